"""What the candidate's page says on a bad line, every 250 ms, beside what is true.

The server is in one network namespace, Chromium in another, and a link between them carries every
IP packet. In the middle of an answer, one after the other: the line is dead for 2 s, the server's
process is stopped for 20 s, the candidate's machine sleeps (every process of Chromium is stopped)
for 60 s. The candidate speaks on meanwhile. Another interview goes on for 40 s on a line that loses
10 % of its packets. Needs root, /dev/net/tun and Chromium.

A sample is untrue when the page

- says that it listens, hears or speaks although nothing has come through for `--notice` seconds;
- says that the line is weak or lost although all has been well for `--recover` seconds;
- says that the network blocks calls, which it never does here.

The exit status is 1 where one is.

    python -m benchmarks.bad_line --json bad_line.json
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import signal
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright

from benchmarks.process_tree import Tree
from tests.browser.candidate import FAKE_MICROPHONE, Candidate
from tests.browser.conftest import AUTOPLAY, FLAGS
from tests.network.link import enter_namespace, linked
from tests.support.env import require_tool
from tests.support.server import API_KEY, Server, start_server, stop_server
from tests.support.speak import speak_wav

WORDS = (
    "I worked as a teacher for many years and then I went to sea. We sailed from harbour to "
    "harbour in all kinds of weather and I learned more there than in any school before. "
)
SPEC = {
    "greeting": "Hello.",
    "questions": [{"id": f"q{n}", "text": f"Question {n}?"} for n in range(1, 9)],
}
RECORD = """
window.timeline = [];
setInterval(() => {
  const text = (selector) => document.querySelector(selector)?.textContent.trim() ?? "";
  const banner = document.querySelector(".banner");
  window.timeline.push({
    at_ms: Date.now(),
    screen: document.body?.getAttribute("data-screen") ?? "",
    activity: document.querySelector(".presence")?.getAttribute("data-activity") ?? "",
    label: [text(".presence-label"), text(".presence-note")].filter(Boolean).join(" | "),
    banner: banner && !banner.hidden ? banner.getAttribute("data-kind") : "",
    words: banner && !banner.hidden ? text(".banner-words") : "",
  });
}, 250);
"""
ALIVE = frozenset({"listening", "speaking", "thinking"})
TROUBLED = frozenset({"suspect", "lost", "long", "first"})


@dataclass
class Span:
    """When something was wrong, Unix seconds."""

    what: str
    begin_s: float
    end_s: float = float("inf")


class Bench:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.spans: list[Span] = []
        self.began_s = float("inf")
        """Since when there is a call; before, the page says that it connects."""

    async def wrong(self, what: str, begin: Any, end: Any, lasts_s: float) -> None:
        begin()
        span = Span(what, time.time())
        self.spans.append(span)
        await asyncio.sleep(lasts_s)
        end()
        span.end_s = time.time()

    def judge(self, sample: dict[str, Any]) -> str:
        """Why what the page says is untrue; "": it is true, or may not be known yet."""
        at_s = sample["at_ms"] / 1000
        inside = [s for s in self.spans if s.begin_s <= at_s < s.end_s]
        if sample["banner"] == "blocked":
            return "nothing blocks calls here"
        if inside:
            for_s = at_s - inside[0].begin_s
            if for_s > self.options.notice and sample["activity"] in ALIVE:
                return f"{inside[0].what} for {for_s:.1f} s, and it says {sample['label']!r}"
            return ""
        since_s = at_s - max([self.began_s, *(s.end_s for s in self.spans if s.end_s <= at_s)])
        if since_s > self.options.recover and sample["banner"] in TROUBLED:
            return f"well for {since_s:.1f} s, and it says {sample['words']!r}"
        if since_s > self.options.recover and sample["activity"] == "connecting":
            return f"well for {since_s:.1f} s, and it says {sample['label']!r}"
        return ""


def create(address: str) -> str:
    """A join link, asked for on the server's side of the link."""
    request = urllib.request.Request(
        f"http://{address}:8080/v1/interviews",
        data=json.dumps(SPEC).encode(),
        headers={"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  # as above
        return str(json.load(answer)["join_url"])


def stop(pids: list[int], what: signal.Signals) -> None:
    for pid in pids:
        os.kill(pid, what)


async def hold(
    bench: Bench, page: Page, url: str, link: Any, server: Server, speech: bytes
) -> None:
    candidate = Candidate(page)
    await page.goto(url)
    await page.get_by_role("button", name="I agree, continue").click()
    await candidate.click("Use my microphone")
    await candidate.click("Start the interview")
    await candidate.activity("listening")
    bench.began_s = time.time()
    data = base64.b64encode(speech).decode()

    async def speak() -> None:
        await page.evaluate("(data) => void window.say(data)", data)

    async def troubles() -> None:
        toggle = lambda: link.send_signal(signal.SIGUSR1)  # noqa: E731  # the same at both ends
        await asyncio.sleep(3)
        await bench.wrong("dead line", toggle, toggle, 2)
        await asyncio.sleep(12)
        await speak()
        pid = server.process.pid
        await bench.wrong(
            "stopped server",
            lambda: os.kill(pid, signal.SIGSTOP),
            lambda: os.kill(pid, signal.SIGCONT),
            20,
        )
        await asyncio.sleep(20)
        await speak()
        pids = Tree(bench.options.browser_pid).pids()
        await bench.wrong(
            "asleep", lambda: stop(pids, signal.SIGSTOP), lambda: stop(pids, signal.SIGCONT), 60
        )
        await asyncio.sleep(15)

    await speak()
    await (asyncio.sleep(40) if bench.options.quiet else troubles())


async def session(options: argparse.Namespace, loss: float) -> dict[str, Any]:
    number = os.getpid() % 200 + 20
    near, far, net = f"bl{number}a", f"bl{number}b", f"10.{number}.75"
    options.quiet = loss > 0
    bench = Bench(options)
    weather = ("--loss", str(loss), "--delay-ms", "40")
    with linked(near, far, net, *weather) as link, tempfile.TemporaryDirectory() as folder:
        server = start_server(
            Path(folder),
            ("ip", "netns", "exec", far),
            HOST=f"{net}.2",
            PORT="8080",
            MEDIA_SERVER_PUBLIC_URL=f"http://{net}.2:8080",
        )
        try:
            with ThreadPoolExecutor(1, initializer=enter_namespace, initargs=(far,)) as there:
                url = there.submit(create, f"{net}.2").result()
            speech = speak_wav(WORDS * 6, Path(folder) / "a.wav", rate=48_000).read_bytes()
            inside = Path(folder) / "chromium"
            chromium = require_tool("chromium", "chromium-browser", package="chromium")
            pid_file = Path(folder) / "pid"
            inside.write_text(
                f'#!/bin/sh\necho $$ > {pid_file}\nexec ip netns exec {near} {chromium} "$@"\n'
            )
            inside.chmod(0o700)
            secure = f"--unsafely-treat-insecure-origin-as-secure=http://{net}.2:8080"
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=str(inside), args=[*FLAGS, AUTOPLAY, secure]
                )
                options.browser_pid = int(pid_file.read_text())
                page = await browser.new_page()
                await page.add_init_script(path=FAKE_MICROPHONE)
                await page.add_init_script(RECORD)
                await hold(bench, page, url, link, server, speech)
                samples = await page.evaluate("window.timeline")
                await browser.close()
        finally:
            stop_server(server)
    for sample in samples:
        sample["untrue"] = bench.judge(sample)
    return {"loss": loss, "spans": [asdict(s) for s in bench.spans], "samples": samples}


def show(found: dict[str, Any]) -> None:
    """One line for each change of what the page says."""
    samples, spans = found["samples"], found["spans"]
    begin_s = samples[0]["at_ms"] / 1000
    print(f"loss {found['loss']:.0%}")
    for span in spans:
        print(
            f"  {span['what']}: {span['begin_s'] - begin_s:.1f} to {span['end_s'] - begin_s:.1f} s"
        )
    before = None
    for sample in samples:
        said = (sample["screen"], sample["label"], sample["banner"], bool(sample["untrue"]))
        if said != before:
            at_s = sample["at_ms"] / 1000 - begin_s
            mark = f"  UNTRUE: {sample['untrue']}" if sample["untrue"] else ""
            print(f"  {at_s:6.1f} {sample['label']:45} {sample['banner']:10}{mark}")
        before = said
    untrue = sum(bool(sample["untrue"]) for sample in samples)
    print(f"  {untrue} of {len(samples)} samples untrue")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--notice", type=float, default=6.0, help="s until trouble is noticed")
    parser.add_argument("--recover", type=float, default=6.0, help="s until its end is noticed")
    parser.add_argument("--loss", type=float, nargs="+", default=[0.0, 0.1])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    sessions = [asyncio.run(session(options, loss)) for loss in options.loss]
    for found in sessions:
        show(found)
    if options.json is not None:
        options.json.write_text(json.dumps(sessions, indent=1) + "\n")
    if any(sample["untrue"] for found in sessions for sample in found["samples"]):
        sys.exit("the page said what is not true")


if __name__ == "__main__":
    main()
