"""What the page of a report plays: measured on what comes out of it, against known times."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import OpenBrowser
from tests.browser.hearing import begins_s, listen, recording_took_s, spans
from tests.browser.reader import BUILD_ALL, NAME, PLAY, SAID, SEEK, TONE, opened, reaches, site_of
from tests.browser.report_site import INTERVIEWER_HZ, PILOT, PILOT_HZ, tone_hz, tone_s, words

pytestmark = [pytest.mark.real_time, pytest.mark.browser, pytest.mark.timeout(240)]


async def test_a_word_plays_from_where_it_was_said(open_browser: OpenBrowser) -> None:
    """Each word of the recording is a tone of its own that begins when it does, over a hum that is
    there all the time: where any sound begins, playing began. If that is within a tone, the hum may
    be too quiet to be detected there."""
    site = site_of()
    said = words(site.reports[NAME])
    async with opened(open_browser, site, tap=True) as page:
        await page.evaluate(BUILD_ALL)
        assert await page.evaluate(SAID + ".length") == len(said)
        for index in (0, 7, 41, 60, 99, len(said) - 2):
            sound = await listen(page, 1.2, f"{SAID}[{index}].click()")
            await page.keyboard.press("Space")  # stop: the next hum begins by itself
            assert spans(sound, PILOT_HZ, PILOT / 2), "the hum is there"
            began_s = begins_s(sound, PILOT / 2)
            first, *_ = spans(sound, tone_hz(index), TONE)
            assert 0 <= first[0] - began_s + 0.02 < 0.12, (index, first, began_s)
            late_s = tone_s(said, index) - (first[1] - first[0])
            assert late_s < 0.1, "it is heard from its beginning"
            assert not spans(sound, tone_hz(index - 1), TONE), "and nothing of the word before"


async def test_the_word_that_is_spoken_is_marked(open_browser: OpenBrowser) -> None:
    """Its mark comes with it, and the marks follow the words."""
    site = site_of()
    said = words(site.reports[NAME])
    watch = f"""new Promise((resolve) => {{
      const seen = [], all = {SAID}, sound = document.querySelector("audio");
      const look = () => {{
        const index = all.findIndex((one) => one.hasAttribute("data-now"));
        if (index >= 0 && seen.at(-1)?.[0] !== index) seen.push([index, sound.currentTime]);
        if (seen.length < 9) requestAnimationFrame(look); else resolve(seen);
      }};
      all[10].click();
      look();
    }})"""
    async with opened(open_browser, site) as page:
        await page.evaluate(BUILD_ALL)
        seen = await page.evaluate(watch)
    assert [index for index, _ in seen] == list(range(10, 19))
    late_s = [at_s - said[index]["s"] for index, at_s in seen[1:]]
    assert all(-0.03 < one < 0.1 for one in late_s), late_s


@pytest.mark.parametrize("speed", [1, 1.5])
async def test_as_it_was_both_sides_stay_on_one_timeline(
    open_browser: OpenBrowser, speed: float
) -> None:
    """The interviewer's clip is started in time, and in step by its end; also when it is entered in
    the middle."""
    site = site_of()
    body = site.reports[NAME]
    said = words(body)
    async with opened(open_browser, site, tap=True) as page:
        await page.locator(".speed").select_option(str(speed))
        for at_s in (45.2, 35.4, 19.0, 37.2):
            clip = next(one for one in body["spoken"] if one["end_s"] > at_s)
            index, word = next((n, w) for n, w in enumerate(said) if w["s"] > clip["end_s"])
            long_s = (word["s"] + 1 - at_s) / speed + 0.5
            sound = await listen(page, long_s, f"{SEEK}({at_s}); {PLAY}")
            await page.keyboard.press("Space")
            ours, theirs = spans(sound, INTERVIEWER_HZ, TONE), spans(sound, tone_hz(index), TONE)
            assert ours, at_s
            assert theirs, at_s
            rate = await page.evaluate("document.querySelector('audio').playbackRate")
            assert rate == speed, "the recording's; what follows is measured by its clock"
            recording_s = next(
                one["start_s"] for one in reversed(body["recordings"]) if one["start_s"] <= at_s
            )
            start_s, end_s, word_s = (
                one - recording_s for one in (clip["start_s"], clip["end_s"], word["s"])
            )
            told = (at_s, ours, theirs, await page.evaluate("window.clock"))
            if clip["start_s"] > at_s:
                before_s = await recording_took_s(page, start_s, word_s)
                assert abs(theirs[0][0] - ours[0][0] - before_s) < 0.08, told
            after_s = await recording_took_s(page, end_s, word_s)
            apart_s = theirs[0][0] - ours[-1][1] - after_s
            # Stretching the sound takes a browser a few hundredths of a second.
            assert abs(apart_s) < (0.025 if speed == 1 else 0.06), told


async def test_the_candidate_alone_and_without_silence(open_browser: OpenBrowser) -> None:
    site = site_of()
    said = words(site.reports[NAME])
    async with opened(open_browser, site, tap=True) as page:
        await page.get_by_label("Listen to").select_option("alone")
        await page.get_by_label("Skip silence").check()
        # Over 5 s of the interviewer and of silence lie before the next word.
        index = next(n for n, word in enumerate(said) if word["s"] > 45)
        sound = await listen(page, 3.0, f"{SEEK}(44.6); {PLAY}")
        assert spans(sound, tone_hz(index), TONE), "the next word has come"
        assert not spans(sound, INTERVIEWER_HZ, TONE)


async def test_from_one_recording_to_the_next(open_browser: OpenBrowser) -> None:
    """Two connections are two files on one timeline."""
    site = site_of()
    edge_s = site.reports[NAME]["recordings"][1]["start_s"]
    async with opened(open_browser, site) as page:
        await page.evaluate(f"{SEEK}({edge_s - 0.8}); {PLAY}")
        await reaches(page, edge_s + 0.7)
        assert "audio-0002" in await page.evaluate("document.querySelector('audio').src")


async def test_sound_that_is_gone_leaves_the_words(open_browser: OpenBrowser) -> None:
    """Erased meanwhile, or no longer allowed: each is said, and what to do."""
    for status, text in ((404, "The recording has been erased."), (401, "This link has expired.")):
        site = site_of()
        async with opened(open_browser, site) as page:
            site.audio_status = status
            if status == 401:
                site.report_status = (401, "report_link_expired")
            await page.evaluate(f"document.querySelector('audio').src = ''; {SEEK}(120); {PLAY}")
            await page.locator(".bar-message").filter(has_text=text).wait_for()
            assert await page.get_by_text("braised lamb shoulder").count() == 1
            assert await page.get_by_role("button", name="Play", exact=True).is_visible()


async def test_a_clip_that_is_gone_stays_said_while_the_rest_plays(
    open_browser: OpenBrowser,
) -> None:
    site = site_of()
    clip = next(one for one in site.reports[NAME]["spoken"] if one["prompt_id"] == "cold")
    del site.sounds[clip["file"]]
    async with opened(open_browser, site) as page:
        await page.evaluate(f"{SEEK}({clip['start_s'] - 0.5}); {PLAY}")
        await reaches(page, clip["end_s"] + 0.5)
        told = await page.locator(".bar-message").inner_text()
        assert told.startswith("A part of what the interviewer said has no sound any more.")
        await page.get_by_role("button", name="Pause", exact=True).click()
        await page.get_by_role("button", name="Play", exact=True).click()
        await page.locator(".bar-message").wait_for(state="hidden")


async def test_fresh_addresses_are_fetched_when_the_old_ones_run_out(
    open_browser: OpenBrowser,
) -> None:
    site = site_of()
    async with opened(open_browser, site) as page:
        site.audio_status, site.renews = 401, True
        asked = len(site.asked)
        async with page.expect_response(re.compile(r"/report$")):
            await page.evaluate(f"document.querySelector('audio').src = ''; {SEEK}(120); {PLAY}")
        await reaches(page, 120.5)
        assert len(site.asked) > asked
