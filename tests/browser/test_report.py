"""The page of a report in a real browser: what it shows, and who can use it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, get_args

import pytest

from media_server.interview.spoken_requests.model import Intent
from tests.browser import report_states
from tests.browser.conftest import AUTOPLAY, OpenBrowser, comes_true, new_page
from tests.browser.reader import (
    BUILD_ALL,
    NAME,
    PLAY,
    SAID,
    SEEK,
    opened,
    opens,
    reaches,
    site_of,
    turns_to,
)
from tests.browser.report_site import TOKEN
from tests.browser.site import CLIENT, served
from tests.browser.test_gallery import (
    COLOURS,
    CUT_OFF,
    ELEMENTS,
    EVERY_RULE,
    RULES_OF_COLOUR,
    RULES_OF_LAYOUT,
    axe,
    too_wide,
    violations,
)
from tests.browser.test_languages import english_of, read

if TYPE_CHECKING:
    from playwright.async_api import Page

__all__ = ["axe"]  # a fixture

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


# --- hands ----------------------------------------------------------------------------------------

NOTE_THE_WORDS = """() => {
  window.noted = [];
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      if (target.hasAttribute("data-now")) window.noted.push(target.textContent);
    }
  }).observe(document.body, { subtree: true, attributeFilter: ["data-now"] });
}"""
"""The words as they are marked: on a slow machine the next one is marked before a test looks."""


async def test_with_the_keyboard_alone(open_browser: OpenBrowser) -> None:
    site = site_of()
    active = "document.activeElement.textContent"
    async with opened(open_browser, site) as page:
        await page.keyboard.press("Tab")
        assert await page.evaluate(active) == "Skip to the answers"
        await page.keyboard.press("Enter")
        for _ in range(30):
            await page.keyboard.press("Tab")
            if (await page.evaluate(active)) == "Last":
                break
        assert await page.evaluate(active) == "Last", "a text is one stop"
        for _ in range(4):
            await page.keyboard.press("ArrowRight")
        assert await page.evaluate(active) == "a"
        await page.keyboard.press("ArrowDown")
        below = await page.evaluate(active)
        await page.keyboard.press("ArrowUp")
        assert (below, await page.evaluate(active)) != ("a", below)
        await page.keyboard.press("Home")
        await page.keyboard.press("ArrowRight")
        await page.evaluate(NOTE_THE_WORDS)
        await page.keyboard.press("Enter")
        await comes_true(page, "window.noted[0] === 'week'")
        await page.get_by_role("button", name="Pause", exact=True).wait_for()
        await page.evaluate("document.activeElement.blur()")
        await page.keyboard.press("Space")
        await page.get_by_role("button", name="Play", exact=True).wait_for()
        at_s = await page.evaluate("document.querySelector('.position').valueAsNumber")
        await page.keyboard.press("ArrowRight")
        later_s = await page.evaluate("document.querySelector('.position').valueAsNumber")
        assert later_s == pytest.approx(at_s + 5, abs=0.3)
        await page.get_by_label("Position").focus()
        await page.keyboard.press("Home")
        assert await page.get_by_label("Position").get_attribute("aria-valuetext") == "0:00 of 2:47"


async def test_no_focus_lies_beneath_the_player(open_browser: OpenBrowser) -> None:
    """WCAG 2.4.11, on the smallest window."""
    seen: list[str] = []
    covered = """(() => {
      const one = document.activeElement;
      if (one === document.body) return null;
      if (one.closest(".bar")) return "";
      const { top } = document.querySelector(".bar").getBoundingClientRect();
      return one.getBoundingClientRect().bottom > top ? one.textContent : "";
    })()"""
    size = {"width": 320, "height": 640}
    async with opened(open_browser, site_of("marked"), name="marked", viewport=size) as page:
        while len(seen) < 200:
            await page.keyboard.press("Tab")
            found = await page.evaluate(covered)
            if found is None:
                break
            seen.append(found)
    assert 40 < len(seen) < 200
    assert [one for one in seen if one] == []


async def test_an_hour_has_few_stops(open_browser: OpenBrowser) -> None:
    """Not one for each word, and each text is read as one."""
    async with opened(open_browser, site_of()) as page:
        await page.evaluate(BUILD_ALL)
        stops = await page.locator(".word[tabindex='0']").count()
        texts = await page.locator("[data-words]").count()
        count = await page.locator(".word").count()
        text = await page.locator(".turn:not(.interviewer) .said").nth(1).inner_text()
    assert stops == texts
    assert count > 5 * texts
    assert text.startswith("Last week I made a braised lamb shoulder for forty covers. You sear")


# --- states ---------------------------------------------------------------------------------------


APART = """() => {
  const places = [...document.querySelectorAll(".places li:not([hidden])")];
  const left = places.map((place) => place.getBoundingClientRect().left);
  return left.every((at, n) => n === 0 || at - left[n - 1] >= 24);
}"""
"""Numbers on the time line that stand too close after a change of width go a frame later."""


ALIKE = re.compile(r'-\d+| data-state="\w+"')
"""What may differ in elements of the same kind: numbers in ids, and which state it is (its colours
are looked at)."""


async def test_every_state_is_told_and_nothing_spills(open_browser: OpenBrowser, axe: str) -> None:
    """axe in light, dark and on paper, wide and at 320 px; a status in words in each. A state with
    the same elements in the same colours as one before has other words alone: those may spill."""
    found: dict[str, Any] = {}
    seen: set[str] = set()
    site = site_of(*report_states.STATES)
    async with (
        served(site.app()) as base,
        open_browser() as browser,
        new_page(browser, bypass_csp=True, reduced_motion="reduce") as (page, _),
    ):
        await opens(page, base, name=NAME)
        await page.add_style_tag(content=".prompt { content-visibility: visible !important }")
        await page.evaluate(axe)
        for state, (_, status) in report_states.STATES.items():
            await page.set_viewport_size({"width": 1280, "height": 900})
            await turns_to(page, NAME if state == "complete" else state)
            assert await page.locator(".badge-text").inner_text() == status, state
            await page.evaluate(BUILD_ALL)
            elements = ALIKE.sub("", await page.evaluate(ELEMENTS))
            drawn = elements + await page.evaluate(COLOURS)
            is_new = drawn not in seen
            seen.add(drawn)
            found[f"{state}, wide"] = await too_wide(page)
            if is_new:
                found |= await _looks(page, state)
            await page.set_viewport_size({"width": 320, "height": 720})
            await page.wait_for_function(APART, polling=50)
            found[f"{state}, 320"] = await too_wide(page)
            found[f"{state}, 320"] += [
                one for one in await page.evaluate(CUT_OFF) if "wave" not in one
            ]
            if is_new:
                same = elements == ALIKE.sub("", await page.evaluate(ELEMENTS))
                rules = RULES_OF_LAYOUT if same else EVERY_RULE
                found[f"{state}, 320"] += await violations(page, rules)
    assert len(seen) > 10
    assert {where: wrong for where, wrong in found.items() if wrong} == {}


async def _looks(page: Page, state: str) -> dict[str, list[str]]:
    """What axe finds on a wide window, by day and by night, and on paper."""
    found = {f"{state}, light": await violations(page, EVERY_RULE)}
    await page.emulate_media(color_scheme="dark")
    found[f"{state}, dark"] = await violations(page, RULES_OF_COLOUR)
    await page.emulate_media(color_scheme="light", media="print")
    found[f"{state}, paper"] = await violations(page, RULES_OF_COLOUR)
    await page.emulate_media(color_scheme="light", media="screen")
    return found


async def test_high_contrast_keeps_what_pictures_mean(open_browser: OpenBrowser) -> None:
    """Keys, the track and the line where it plays are made of backgrounds, which it takes away."""
    filled = """(names) => names.map((name) => {
      const style = getComputedStyle(document.querySelector(name));
      return style.backgroundColor + style.backgroundImage;
    })"""
    names = [".key-candidate", ".key-interviewer", ".key-lost", ".key-concealed", ".wave-now"]
    async with opened(open_browser, site_of(), forced_colors="active") as page:
        found = await page.evaluate(filled, names)
        assert len(set(found)) == len(names), found
        adjusted = "getComputedStyle(document.querySelector('.position')).forcedColorAdjust"
        assert await page.evaluate(adjusted) == "none"


async def test_every_mark_is_there(open_browser: OpenBrowser) -> None:
    site = site_of("marked")
    async with opened(open_browser, site, name="marked") as page:
        text = await page.locator("main").text_content() or ""
        await page.evaluate(BUILD_ALL)
        assert await page.locator(".word.unsure").count() >= 2
        requests = await page.locator(".requests li").all_inner_texts()
        practice = await page.locator(".prompt.practice").text_content() or ""
        follow_up = page.locator("section.prompt section.prompt")
        assert await follow_up.count() == 1
        assert "How did you know" in (await follow_up.text_content() or "")
        quote = follow_up.locator("q")
        assert await quote.text_content() == "about three hours at a hundred and forty"
        grounds = await quote.locator("..").text_content()
        assert grounds == f"Asked about {await quote.text_content()} · criterion technique"
    for mark in (
        "Typed",
        "Request, not part of the answer: Repeat the question",
        "Echo of the interviewer, not part of the answer",
        "Said over the question, not part of the answer",
        "A part of this could not be written down. Listen to it.",
        "Left out, because it cannot have been said:",
        "thank you thank you thank",
        "Corrected by the candidate after the interview",
        "Deliveries are checked first, under five degrees",
        "Deliveries are checked first, below four degrees.",
        "The candidate has taken this answer back.",
        "Not usable as sole evidence",
        "The candidate’s questions",
        "5 of 6",
    ):
        assert mark in text, mark
    assert len(requests) == 5
    assert "Question to the employer" in requests[2]
    assert "Another request" in requests[4], "one that a newer server knows, in plain words"
    assert "of_tomorrow" not in text
    assert re.search(r"0:12\s+Repeat the question\s+Question 1\s+.?Sorry, could you", requests[0])
    assert "by button" in requests[3]
    assert "Not part of the answers." in practice


async def test_every_request_of_the_product_has_a_name() -> None:
    """In English; `strings.test.mjs` sees that every language has what English has."""
    table = (CLIENT / "strings/report/en.js").read_text("utf-8")
    named = re.search(r"intents: \{(.*?)\}", table, re.DOTALL)
    assert named is not None
    noted = {"no_question"}  # what "no" means when their own questions are asked for
    assert set(re.findall(r"(\w+): \"", named[1])) == {*get_args(Intent), *noted}


async def test_names_in_every_script_and_no_markup(open_browser: OpenBrowser) -> None:
    async with opened(open_browser, site_of("hostile"), name="hostile") as page:
        assert await page.locator("main img, main script, main b").count() == 0
        assert "taken" not in await page.title()
        name = await page.locator(".properties bdi").inner_text()
        assert "李雷 Ольга שָׁלוֹם محمد ไทย 🙂" in name
        assert "<script>alert(2)</script>" in await page.locator("main").inner_text()
        assert await page.locator("h1").get_attribute("dir") == "auto"


async def test_right_to_left_words_and_keys(open_browser: OpenBrowser) -> None:
    async with opened(open_browser, site_of("arabic"), name="arabic", locale="ar-EG") as page:
        assert await page.evaluate("document.documentElement.dir") == "rtl"
        await page.evaluate(BUILD_ALL)
        first = page.locator(".turn:not(.interviewer) .word").first
        assert await first.evaluate("(one) => getComputedStyle(one).direction") == "rtl"
        await first.focus()
        await page.keyboard.press("ArrowLeft")
        index = f"{SAID}.indexOf(document.activeElement)"
        assert await page.evaluate(index) == 1, "on is to the left"
        await page.keyboard.press("ArrowRight")
        assert await page.evaluate(index) == 0


async def test_no_english_in_other_languages(open_browser: OpenBrowser) -> None:
    """Of what the page itself says: what was said stands in the language of the interview."""
    apart = "bdi, .brand-mark, .rejected, .properties, [lang]:not(html)"
    same = {"question", "Text", "Interview"}
    states = ("marked", "silent", "running", "evaluated", "being_evaluated")
    site = site_of(*states)
    in_english: dict[str, set[str]] = {}
    async with served(site.app()) as base, open_browser() as browser:
        for language in ("en", "de", "es", "fr", "ar"):
            async with new_page(browser, locale=language, reduced_motion="reduce") as (page, _):
                await opens(page, base, name=states[0])
                for state in states:
                    await turns_to(page, state)
                    words_shown = await read(page, language, apart=apart)
                    assert len(words_shown) > 20
                    if language == "en":
                        in_english[state] = words_shown
                        continue
                    english = english_of("de", words_shown, in_english[state]) - same
                    assert english == set(), (language, state)


# --- what leaves the page -------------------------------------------------------------------------


async def test_nothing_is_loaded_from_elsewhere(open_browser: OpenBrowser) -> None:
    """Under the strict policy, which `new_page` fails on; the token goes out as a header alone."""
    site = site_of()
    asked: list[str] = []
    async with (
        served(site.app()) as base,
        open_browser(AUTOPLAY) as browser,
        new_page(browser) as (page, _),
    ):
        page.on("request", lambda request: asked.append(request.url))
        await page.goto(f"{base}/r/{NAME}#{TOKEN}")
        await page.locator(".report").wait_for()
        await page.evaluate(f"{SEEK}(10); {PLAY}")
        await reaches(page, 11)
        await page.mouse.wheel(0, 20_000)
    assert all(url.startswith(base) for url in asked)
    assert any("audio-0001.ogg" in url for url in asked)
    assert not any(TOKEN in url.split("#")[0] for url in asked)


async def test_downloads_are_fetched_with_the_token(open_browser: OpenBrowser) -> None:
    site = site_of()
    async with opened(open_browser, site) as page:
        names = await page.locator(".downloads button").all_inner_texts()
        assert names == [
            "Print or save as PDF", "Text", "Table (CSV)", "Data (JSON)", "Captions (WebVTT)",
            "Sound, both sides", "Sound, candidate alone",
        ]  # fmt: skip
        async with page.expect_download() as waiting:
            await page.get_by_role("button", name="Table (CSV)").click()
        download = await waiting.value
        assert download.suggested_filename == "report.csv"
        assert (await download.path()).read_text() == "this is report.csv"
        site.report_status = (503, "unavailable")
        await page.get_by_role("button", name="Text", exact=True).click()
        await page.get_by_text("The file could not be fetched.").wait_for()


async def test_paper_has_the_words_and_no_controls(open_browser: OpenBrowser) -> None:
    async with opened(open_browser, site_of("marked"), name="marked") as page:
        pdf = await page.pdf(format="A4")
        assert pdf.startswith(b"%PDF")
        assert 2 <= pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") <= 8
        await page.emulate_media(media="print")
        visible = "(e) => e.checkVisibility({ contentVisibilityAuto: true })"
        for hidden in (".bar", ".downloads", ".contents", ".skip-link"):
            assert not await page.locator(hidden).first.evaluate(visible), hidden
        assert await page.locator(".word.unsure").last.evaluate(visible)
        blank = """[...document.querySelectorAll("canvas")].filter((one) => {
          const { width, height } = one;
          const data = one.getContext("2d").getImageData(0, 0, width, height).data;
          return !data.some((value) => value);
        }).length"""
        assert await page.evaluate(blank) == 0, "every picture is drawn, also far down"


async def test_loudness_that_comes_later_is_drawn(open_browser: OpenBrowser) -> None:
    """A long interview is looked through once; the words do not wait for it."""
    site = site_of()
    body = site.reports[NAME]
    kinds = ("lost", "concealed")
    gone = [span for span in body["spans"] if span["kind"] in kinds]
    site.sound = {"waveform": body["waveform"], "spans": gone}
    body["waveform"] = None
    body["spans"] = [span for span in body["spans"] if span["kind"] not in kinds]
    async with opened(open_browser, site) as page:
        await page.locator(".legend .key-lost").wait_for()
        assert await page.locator(".wave.whole canvas").is_visible()
        site.sound = None
        await page.reload()
        await page.locator(".report").wait_for()
        await page.locator(".wave").first.wait_for(state="detached")
