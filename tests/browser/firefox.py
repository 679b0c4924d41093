"""A real Firefox, driven by WebDriver BiDi (W3C), which it speaks itself.

Playwright drives only a Firefox that it has patched. The few commands of a smoke test are asked for
here directly: go to a page, run a script in it, wait until the script says yes.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

START_S = 60.0
ANSWER_S = 30.0
STEP_S = 60.0
_LOOK_S = 0.1
_PREFERENCES = {
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
    "media.autoplay.block-webaudio": False,
    "media.peerconnection.ice.loopback": True,  # a machine may have no other address
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "http://127.0.0.1:9",
    "toolkit.telemetry.enabled": False,
}


class FirefoxPage:
    """One tab. A script that throws, and an error on the console, fail the test."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._context = ""
        self.troubles: list[str] = []

    async def open(self, *scripts: Path) -> None:
        """`scripts` run in every document before it does."""
        await self._ask("session.new", capabilities={})
        await self._ask("session.subscribe", events=["log.entryAdded"])
        for script in scripts:
            text = await asyncio.to_thread(script.read_text)
            # Not in the empty page before the first, which has no devices.
            source = f"() => {{ if (navigator.mediaDevices) {{ {text} }} }}"
            await self._ask("script.addPreloadScript", functionDeclaration=source)
        tree = await self._ask("browsingContext.getTree", maxDepth=0)
        self._context = tree["contexts"][0]["context"]

    async def enter_frame(self) -> None:
        """From now on: in the newest frame of the page."""
        tree = await self._ask("browsingContext.getTree", root=self._context)
        self._context = tree["contexts"][0]["children"][-1]["context"]

    async def goto(self, url: str) -> None:
        await self._ask("browsingContext.navigate", context=self._context, url=url, wait="complete")

    async def evaluate(self, expression: str) -> Any:
        """What it resolves to, by way of JSON."""
        answer = await self._ask(
            "script.evaluate",
            expression=f"(async () => JSON.stringify((await ({expression})) ?? null))()",
            target={"context": self._context},
            awaitPromise=True,
            userActivation=True,
        )
        if answer["type"] != "success":
            raise AssertionError(f"{expression}: {answer['exceptionDetails']['text']}")
        return json.loads(answer["result"]["value"])

    async def wait_for(self, expression: str, *, within_s: float = STEP_S) -> Any:
        """Until it is true."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while not (found := await self.evaluate(expression)):
                    await asyncio.sleep(_LOOK_S)
                return found
        text = await self.evaluate("document.body.innerText")
        raise AssertionError(f"never true: {expression}\n{text}")

    async def click(self, name: str) -> None:
        """The button that is called so, where a person can see it."""
        button = (
            "[...document.querySelectorAll('button')].find((one) =>"
            f" one.innerText.trim() === {json.dumps(name)} && one.checkVisibility()"
            " && !one.disabled && one.ariaDisabled !== 'true')"
        )
        await self.wait_for(f"!!{button}")
        await self.evaluate(f"{button}.click()")

    async def sees(self, text: str) -> None:
        await self.wait_for(f"document.body.innerText.includes({json.dumps(text)})")

    async def _ask(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        async with asyncio.timeout(ANSWER_S):
            await self._socket.send_json({"id": number, "method": method, "params": params})
            while True:
                said = json.loads((await self._socket.receive()).data)
                if said.get("method") == "log.entryAdded":
                    self._note(said["params"])
                if said.get("id") != number:
                    continue
                if said["type"] == "error":
                    raise AssertionError(f"{method}: {said['error']}: {said['message']}")
                return said["result"]

    def _note(self, entry: dict[str, Any]) -> None:
        if entry["level"] == "error" and "NetworkError" not in (entry["text"] or ""):
            self.troubles.append(entry["text"])


@contextlib.asynccontextmanager
async def firefox_page(
    program: Path, directory: Path, *scripts: Path
) -> AsyncIterator[FirefoxPage]:
    """A page in a browser of its own that must end without a complaint. `directory`: empty, for its
    profile."""
    lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in _PREFERENCES.items()]
    (directory / "user.js").write_text("\n".join(lines))
    environment = {**os.environ, "HOME": str(directory), "MOZ_CRASHREPORTER_DISABLE": "1"}
    async with contextlib.AsyncExitStack() as stack:
        if (pulseaudio := shutil.which("pulseaudio")) is not None:
            environment["PULSE_SERVER"] = await stack.enter_async_context(
                _sound(Path(pulseaudio), directory)
            )
        command: list[str | Path] = [
            program,
            "--headless",
            "--no-remote",
            "--remote-debugging-port",
            "0",
        ]
        process = await stack.enter_async_context(
            _running([*command, "--profile", directory], environment)
        )
        assert process.stderr is not None
        url = await _address(process.stderr)
        reading = asyncio.create_task(_discard(process.stderr))
        stack.push_async_callback(_end, reading)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        socket = await stack.enter_async_context(
            session.ws_connect(f"{url}/session", max_msg_size=0)
        )
        page = FirefoxPage(socket)
        await page.open(*scripts)
        yield page
        assert not page.troubles, "\n".join(page.troubles)


@contextlib.asynccontextmanager
async def _sound(program: Path, directory: Path) -> AsyncIterator[str]:
    """A loudspeaker that leads nowhere: without any Firefox never starts an AudioContext."""
    socket = directory / "sound.socket"
    command: list[str | Path] = [
        program, "-n", "--daemonize=no", "--exit-idle-time=-1", "--load=module-null-sink",
        f"--load=module-native-protocol-unix socket={socket} auth-anonymous=1",
    ]  # fmt: skip
    own = {**os.environ, "HOME": str(directory), "XDG_RUNTIME_DIR": str(directory)}
    async with _running(command, own) as process:
        assert process.stderr is not None
        reading = asyncio.create_task(_discard(process.stderr))
        try:
            async with asyncio.timeout(START_S):
                while not socket.exists():
                    await asyncio.sleep(_LOOK_S)
            yield f"unix:{socket}"
        finally:
            await _end(reading)


@contextlib.asynccontextmanager
async def _running(
    command: list[str | Path], environment: dict[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Killed at the end."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _address(output: asyncio.StreamReader) -> str:
    async with asyncio.timeout(START_S):
        while line := await output.readline():
            if found := re.search(rb"WebDriver BiDi listening on (ws://\S+)", line):
                return found[1].decode()
    raise AssertionError("Firefox ended before it could be driven")


async def _discard(output: asyncio.StreamReader) -> None:
    while await output.read(65_536):
        pass


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
