"""How much of a core the candidate's page takes on its main thread, in Chromium, in a real call.

The browser's own fake microphone plays a file, so that nothing of the measurement runs in the page.
`speech`: the candidate speaks all the time and words come back; `silent`: the microphone is open
and hears nothing but a faint hiss; `muted`: the same with "Mute" pressed. Percent of one core, by
the CPU time of the main thread (Chrome DevTools Protocol, Performance.getMetrics in threadTicks),
and what of it are scripts, styles and layout.

    python -m benchmarks.page_cpu --seconds 12 --json page_cpu.json
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import struct
import tempfile
import urllib.request
import wave
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright

from tests.browser.conftest import AUTOPLAY, FLAGS
from tests.support.env import require_tool
from tests.support.server import API_KEY, REAL_RECOGNISER, Server, start_server, stop_server
from tests.support.speak import speak_wav

RATE = 48_000
SPOKEN = (
    "I am a nurse in a small hospital and I look after twelve people every night and "
    "I write down what they need and then I talk with the doctor about each of them in turn "
)
PARTS = ("TaskDuration", "ScriptDuration", "RecalcStyleDuration", "LayoutDuration")
SPEC = {
    "greeting": "Hello.",
    "questions": [{"id": "q1", "text": "What is your work?"}, {"id": "q2", "text": "And then?"}],
}


def hiss(path: Path, seconds: int = 5) -> Path:
    rng = random.Random(1)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(
            b"".join(struct.pack("<h", rng.randint(-3, 3)) for _ in range(RATE * seconds))
        )
    return path


def create(server: Server) -> str:
    request = urllib.request.Request(  # noqa: S310  # our own server, by HTTP
        f"{server.url}/v1/interviews",
        data=json.dumps(SPEC).encode(),
        headers={"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  # our own server
        return str(json.load(answer)["join_url"])


async def to_the_question(page: Page, url: str) -> None:
    await page.goto(url)
    await page.get_by_role("button", name="I agree, continue").click()
    await page.get_by_role("button", name="Start the interview").click()
    await page.locator('.presence[data-activity="listening"]').wait_for(timeout=60_000)


async def cost(page: Page, seconds: float) -> dict[str, float]:
    """Percent of a core, by part."""
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})

    async def read() -> dict[str, float]:
        rows = (await session.send("Performance.getMetrics"))["metrics"]
        return {row["name"]: row["value"] for row in rows}

    await asyncio.sleep(1.5)
    before = await read()
    await asyncio.sleep(seconds)
    after = await read()
    await session.detach()
    return {name: round(100 * (after[name] - before[name]) / seconds, 2) for name in PARTS}


async def measure(server: Server, microphone: Path, seconds: float, *, mute: bool) -> Any:
    flags = [
        *FLAGS,
        AUTOPLAY,
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={microphone}",
    ]
    chromium = require_tool("chromium", "chromium-browser", package="chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(chromium), args=flags)
        try:
            context = await browser.new_context(viewport={"width": 1280, "height": 800})
            page = await context.new_page()
            page.on("pageerror", lambda error: print(f"page: {error}"))
            await to_the_question(page, await asyncio.to_thread(create, server))
            found: dict[str, Any] = {"listening": await cost(page, seconds)}
            found["words"] = len(await page.locator(".words").inner_text())
            if mute:
                await page.get_by_role("button", name="Mute").click()
                found["muted"] = await cost(page, seconds)
            return found
        finally:
            await browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=12)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        spoken = speak_wav(SPOKEN * 3, place / "spoken.wav", rate=RATE)
        silent = hiss(place / "silent.wav")
        server = start_server(place, **REAL_RECOGNISER)
        try:
            speech = asyncio.run(measure(server, spoken, options.seconds, mute=False))
            quiet = asyncio.run(measure(server, silent, options.seconds, mute=True))
        finally:
            stop_server(server)
    table = {
        "speech": speech["listening"],
        "characters": speech["words"],
        "silent": quiet["listening"],
        "muted": quiet["muted"],
    }
    print(json.dumps(table, indent=2))
    if options.json:
        options.json.write_text(json.dumps(table, indent=2) + "\n")


if __name__ == "__main__":
    main()
