"""What the page of a long report costs in Chromium: 60 minutes, 30 questions, 9,000 words.

`load_ms`: from the navigation until the report is drawn, the server's answer included, which is
made ahead. `longest_task_ms`: of the main thread, until two seconds after that. `scroll_ms`: times
between frames while the page is scrolled from top to bottom at 4,000 px a second. `play_ms`: from a
click on a word 50 minutes in until its sound runs, with nothing fetched before, and what is fetched
for it. The small server of the browser tests serves it; several runs, each in a new profile.

    python -m benchmarks.report_page --runs 5 --json report_page.json
"""

from __future__ import annotations

import argparse
import asyncio
import copy
import json
import statistics
from pathlib import Path
from typing import Any

import numpy as np
from playwright.async_api import Browser, async_playwright

from media_server.audio.ogg import OggOpusWriter
from media_server.audio.opus import OpusEncoder
from media_server.live.report_sound import MOST_STEPS
from tests.browser.conftest import AUTOPLAY, FLAGS
from tests.browser.report_site import RATE, TOKEN, Site, story, valid
from tests.browser.site import served
from tests.support.env import require_tool

NAME = "int_long"
WAVEFORM_VALUES = MOST_STEPS
WATCH = """window.tasks = [];
new PerformanceObserver((list) => {
  for (const { duration, startTime } of list.getEntries()) window.tasks.push([startTime, duration]);
}).observe({ type: "longtask", buffered: true });
window.drawn = new Promise((resolve) => {
  const look = () => document.querySelector(".report")
    ? requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now())))
    : requestAnimationFrame(look);
  requestAnimationFrame(look);
});"""
SCROLL = """async (speed) => {
  const frames = [];
  let before = performance.now();
  const end = () => scrollY + innerHeight >= document.documentElement.scrollHeight - 2;
  while (!end() && frames.length < 5000) {
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    frames.push(now - before);
    scrollBy(0, ((now - before) / 1000) * speed);
    before = now;
  }
  return frames;
}"""
PLAY = """async () => {
  const sound = document.querySelector("audio");
  const section = [...document.querySelectorAll(".answers > .prompt")].at(-5);
  section.scrollIntoView();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const word = [...section.querySelectorAll(".turn:not(.interviewer) .word")].at(40);
  const began = performance.now();
  word.click();
  while (sound.paused || sound.seeking || sound.readyState < 3)
    await new Promise((resolve) => setTimeout(resolve, 2));
  const from = sound.currentTime;
  while (sound.currentTime === from) await new Promise((resolve) => setTimeout(resolve, 2));
  return performance.now() - began;
}"""


def long_report(minutes: float, questions: int, words: int) -> dict[str, Any]:
    """Over 50 lines on purpose: it is one document, part after part."""
    body = copy.deepcopy(story())
    template = copy.deepcopy(body["result"]["answers"][2])
    row, spoken = copy.deepcopy(body["coverage"][2]), copy.deepcopy(body["spoken"][4])
    length_s, each = 60 * minutes / questions, words // questions
    said = [
        "deliveries",
        "are",
        "checked",
        "first",
        "under",
        "five",
        "degrees",
        "or",
        "they",
        "go",
        "back",
        "to",
        "the",
        "lorry",
    ]
    answers, coverage, asked, spans = [], [], [], []
    for number in range(questions):
        start_s = number * length_s
        step_s = (length_s - 12) / each
        made: list[dict[str, Any]] = [
            {"w": said[n % len(said)], "s": round(start_s + 8 + n * step_s, 3),
             "e": round(start_s + 8 + (n + 0.8) * step_s, 3), "c": 0.4 if n % 40 == 7 else 0.9}
            for n in range(each)
        ]  # fmt: skip
        text = " ".join(word["w"] for word in made)
        turn = copy.deepcopy(template["turns"][0])
        turn |= {"start_s": made[0]["s"], "end_s": made[-1]["e"], "text": text, "words": made}
        name = f"q{number + 1}"
        prompt = {"prompt_id": name, "question_id": name, "text": text, "turns": [turn]}
        answers.append(template | prompt | {"asked_text": f"Question {number + 1}: and then?"})
        coverage.append(row | {"prompt_id": name, "number": str(number + 1), "words": each})
        asked.append(
            spoken
            | {"id": f"u-{number}", "prompt_id": name, "words": []}
            | {"start_s": start_s + 1, "end_s": start_s + 1 + spoken["duration_s"]}
        )
        spans.append({"kind": "turn", "start_s": turn["start_s"], "end_s": turn["end_s"]})
        spans[-1] |= {"prompt_id": name, "lasted_s": length_s - 12}
        spans.append(spans[-1] | {"kind": "lost", "end_s": turn["start_s"] + 0.8})
    duration_s = 60.0 * minutes
    body["result"]["answers"], body["result"]["requests"] = answers, []
    recording = body["recordings"][0] | {"start_s": 0.0, "duration_s": duration_s}
    loud = [int(90 + 80 * np.sin(n / 3)) for n in range(WAVEFORM_VALUES)]
    waveform = {"step_s": duration_s / WAVEFORM_VALUES, "candidate": loud, "interviewer": loud}
    body |= {"coverage": coverage, "spoken": asked, "spans": spans, "duration_s": duration_s}
    body |= {"recordings": [recording], "waveform": waveform}
    body["interview"]["id"] = NAME
    return valid(body)


def long_recording(minutes: float) -> bytes:
    """A second of a tone, again and again: only its length matters."""
    at = np.arange(RATE) / RATE
    pcm = (8000 * np.sin(2 * np.pi * 440 * at)).astype(np.int16)
    with OpusEncoder(RATE, bitrate=28_000) as encoder:
        packets = encoder.encode_all(pcm, 20)
    writer = OggOpusWriter(serial=1)
    parts = [writer.header()]
    parts += [writer.add(n / 50, packets[n % 50]) for n in range(int(minutes * 60 * 50))]
    return b"".join([*parts, writer.finish()])


async def run(browser: Browser, base: str) -> dict[str, float]:
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    await context.add_init_script(WATCH)
    page = await context.new_page()
    fetched: list[int] = []
    network = await context.new_cdp_session(page)
    await network.send("Network.enable")
    network.on("Network.dataReceived", lambda event: fetched.append(event["encodedDataLength"]))
    await page.goto(f"{base}/r/{NAME}#{TOKEN}")
    load_ms = await page.evaluate("window.drawn")
    page_bytes = sum(fetched)
    await page.wait_for_timeout(2000)
    tasks = await page.evaluate("window.tasks.map(([, duration]) => duration)")
    frames = sorted((await page.evaluate(SCROLL, 4000))[2:])
    fetched.clear()
    play_ms = await page.evaluate(PLAY)
    sound_bytes = sum(fetched)
    await context.close()
    return {
        "load_ms": load_ms,
        "page_kb": page_bytes / 1000,
        "longest_task_ms": max(tasks, default=0.0),
        "scroll_median_ms": statistics.median(frames),
        "scroll_p99_ms": frames[int(0.99 * len(frames))],
        "scroll_worst_ms": frames[-1],
        "frames_over_50_ms": float(sum(frame > 50 for frame in frames)),
        "play_ms": play_ms,
        "sound_kb": sound_bytes / 1000,
    }


async def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    site = Site()
    site.reports[NAME] = long_report(arguments.minutes, arguments.questions, arguments.words)
    folder = Path(site.folder.name)
    recording = long_recording(arguments.minutes)
    (folder / site.reports[NAME]["recordings"][0]["file"]).write_bytes(recording)
    for spoken in site.reports[NAME]["spoken"]:
        (folder / spoken["file"]).write_bytes(long_recording(spoken["duration_s"] / 60))
    chromium = require_tool("chromium", "chromium-browser", "google-chrome", package="chromium")
    runs = []
    async with served(site.app()) as base, async_playwright() as playwright:
        for _ in range(arguments.runs):
            browser = await playwright.chromium.launch(
                executable_path=str(chromium), args=[*FLAGS, AUTOPLAY]
            )
            runs.append(await run(browser, base))
            await browser.close()
    median = {name: round(statistics.median(one[name] for one in runs), 1) for name in runs[0]}
    worst = {name: round(max(one[name] for one in runs), 1) for name in runs[0]}
    return {"median": median, "worst": worst, "recording_kb": round(len(recording) / 1000)}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--questions", type=int, default=30)
    parser.add_argument("--words", type=int, default=9000)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    found = asyncio.run(measure(arguments))
    print(json.dumps(found, indent=1))
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
