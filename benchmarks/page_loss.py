"""The candidate's page in Chromium on a network that loses packets: how long until it speaks.

The server is in one network namespace, Chromium in another, and a link between them delays and
loses every IP packet, HTTP's too. Each load has a browser context of its own (nothing cached, no
open connection) and goes the whole way: link, consent, microphone, start, greeting, first
question. Needs root, /dev/net/tun and Chromium.

Seconds, each a step of its own:

- `page`: the address is entered, until the page shows its first screen;
- `consent`: the click on "I agree" until the sound check, one request;
- `connect`: the click on "Start" until the data channel is open: token, offer, ICE, DTLS, SCTP;
- `sound`: the same click until the interviewer is heard;
- `question`: the same click until the first question stands on the page, after a greeting of a
  word.

`failed` has the loads that were not there after `--timeout` seconds; `retried` those whose page
needed more than one call.

    python -m benchmarks.page_loss --loads 30 --loss 0.05 0.1 0.2 --json page_loss.json
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import statistics
import tempfile
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from tests.browser.candidate import FAKE_MICROPHONE
from tests.browser.conftest import AUTOPLAY, FLAGS
from tests.network.link import enter_namespace, linked
from tests.support.env import require_tool
from tests.support.server import API_KEY, REAL_RECOGNISER, Server, start_server, stop_server

STEPS = ("page", "consent", "connect", "sound", "question")
QUESTION = "What is your work?"
SPEC = {"greeting": "Hello.", "questions": [{"id": "q1", "text": QUESTION}]}
WATCH = """
window.seen = {};
const note = (name) => (window.seen[name] ??= performance.now());
addEventListener("click", ({ target }) => {
  const label = target.closest?.("button")?.textContent.trim() ?? "";
  if (label === "I agree, continue") note("agreed");
  if (label === "Start the interview") note("start");
}, true);
const open = RTCPeerConnection.prototype.createDataChannel;
RTCPeerConnection.prototype.createDataChannel = function (...options) {
  const channel = open.apply(this, options);
  channel.addEventListener("open", () => note("open"));
  return channel;
};
setInterval(() => {
  const heading = document.querySelector("main h1")?.textContent.trim() ?? "";
  if (document.querySelector("main button")) note("page");
  if (heading === "Check your sound") note("checked");
  if (heading === QUESTION) note("asked");
  if (window.heard.some(({ rms }) => rms > 0.01)) note("sound");
}, 20);
"""
WATCH = WATCH.replace("QUESTION", json.dumps(QUESTION))


def create(address: str, count: int) -> list[str]:
    """Join links, asked for on the server's side of the link."""

    def one() -> str:
        request = urllib.request.Request(
            f"http://{address}:8080/v1/interviews",
            data=json.dumps(SPEC).encode(),
            headers={"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  # as above
            return str(json.load(answer)["join_url"])

    return [one() for _ in range(count)]


async def load(browser: Browser, join_url: str, timeout_s: float) -> dict[str, Any]:
    """What one page saw, and when; `failed` names the step that did not come."""
    context = await browser.new_context()
    context.set_default_timeout(timeout_s * 1000)
    try:
        await context.add_init_script(path=FAKE_MICROPHONE)
        await context.add_init_script(WATCH)
        page = await context.new_page()
        stage = await walk(page, join_url, timeout_s)
        seen = await page.evaluate("window.seen") if stage != "page" else {}
        calls = await page.evaluate("window.calls.length") if stage != "page" else 0
    finally:
        await context.close()
    found: dict[str, Any] = {"failed": stage, "calls": calls}
    starts = {"page": 0.0, "consent": "agreed", "connect": "start"}
    ends = {"page": "page", "consent": "checked", "connect": "open"}
    for step in STEPS:
        begin = starts.get(step, "start")
        begin_ms = seen.get(begin) if isinstance(begin, str) else begin
        end_ms = seen.get(ends.get(step, "asked" if step == "question" else step))
        if begin_ms is not None and end_ms is not None:
            found[step] = round((end_ms - begin_ms) / 1000, 3)
    return found


async def walk(page: Page, join_url: str, timeout_s: float) -> str:
    """Through the page to the first question; the step that did not come, or nothing."""
    step = "page"
    try:
        async with asyncio.timeout(timeout_s):
            await page.goto(join_url, wait_until="commit")
            await page.get_by_role("button", name="I agree, continue").click()
            step = "consent"
            await page.get_by_role("button", name="Use my microphone").click()
            await page.get_by_role("button", name="Start the interview").click()
        for name, mark in (("connect", "open"), ("sound", "sound"), ("question", "asked")):
            step = name
            async with asyncio.timeout(timeout_s):
                while mark not in await page.evaluate("Object.keys(window.seen)"):
                    await asyncio.sleep(0.2)
    except Exception as error:
        print(f"  {step} did not come: {str(error).splitlines()[0] or type(error).__name__}")
        return step
    return ""


def summary(loss: float, found: list[dict[str, Any]]) -> dict[str, Any]:
    failed = [one["failed"] for one in found if one["failed"]]
    retried = sum(one["calls"] > 1 for one in found)
    table: dict[str, Any] = {
        "loss": loss,
        "loads": len(found),
        "failed": failed,
        "retried": retried,
    }
    for step in STEPS:
        values = sorted(one[step] for one in found if step in one)
        if values:
            table[step] = {
                "p50": round(statistics.median(values), 2),
                "p95": round(values[math.ceil(0.95 * len(values)) - 1], 2),
                "max": round(values[-1], 2),
            }
    return table


async def loads(server: Server, near: str, urls: list[str], options: argparse.Namespace) -> Any:
    chromium = require_tool("chromium", "chromium-browser", package="chromium")
    with tempfile.TemporaryDirectory() as folder:
        inside = Path(folder) / "chromium"
        inside.write_text(f'#!/bin/sh\nexec ip netns exec {near} {chromium} "$@"\n')
        inside.chmod(0o700)
        flags = [*FLAGS, AUTOPLAY, f"--unsafely-treat-insecure-origin-as-secure={server.url}"]
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=str(inside), args=flags)
            places = asyncio.Semaphore(options.at_once)

            async def one(url: str) -> dict[str, Any]:
                async with places:
                    return await load(browser, url, options.timeout)

            try:
                return await asyncio.gather(*map(one, urls))
            finally:
                await browser.close()


def measure(loss: float, options: argparse.Namespace) -> list[dict[str, Any]]:
    """One server, one browser and one link for all loads of one loss."""
    number = os.getpid() % 200 + 20
    near, far, net = f"pl{number}a", f"pl{number}b", f"10.{number}.78"
    weather = (
        "--loss",
        str(loss),
        "--delay-ms",
        str(options.delay_ms),
        "--seed",
        str(options.seed),
    )
    with linked(near, far, net, *weather), tempfile.TemporaryDirectory() as folder:
        address = f"{net}.2"
        server = start_server(
            Path(folder),
            ("ip", "netns", "exec", far),
            HOST=address,
            PORT="8080",
            MEDIA_SERVER_PUBLIC_URL=f"http://{address}:8080",
            **REAL_RECOGNISER,
        )
        try:
            with ThreadPoolExecutor(1, initializer=enter_namespace, initargs=(far,)) as there:
                urls = there.submit(create, address, options.loads).result()
            found: list[dict[str, Any]] = asyncio.run(loads(server, near, urls, options))
            return found
        finally:
            stop_server(server)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--loads", type=int, default=30)
    parser.add_argument("--loss", type=float, nargs="+", default=[0.0, 0.05, 0.1, 0.2])
    parser.add_argument("--delay-ms", type=float, default=40.0, help="each way")
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=40.0, help="seconds for one step")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    tables, single = [], []
    for loss in options.loss:
        found = measure(loss, options)
        tables.append(summary(loss, found))
        single.append({"loss": loss, "loads": found})
        print(json.dumps(tables[-1]), flush=True)
    if options.json is not None:
        whole = {"delay_ms": options.delay_ms, "tables": tables, "loads": single}
        options.json.write_text(json.dumps(whole, indent=1) + "\n")


if __name__ == "__main__":
    main()
