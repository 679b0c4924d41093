"""Server and candidate as processes in network namespaces of their own, a bad network between.

Needs root, /dev/net/tun and iproute2; skips, saying so, without them.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.network.inside import ask, environment
from tests.network.link import NoLink, linked
from tests.support.forked import FORKER
from tests.support.server import HURRIED, start_server, stop_server
from tests.support.speak import speak_wav

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(300)]
SENTENCE = "I worked as a teacher for many years."
INTERVIEW = {
    "greeting": "Hello.",  # the usual one takes 14 s
    "questions": [{"id": "q1", "text": "And you?"}],
    "turn": {"silence_ms": 800, "min_turn_ms": 500},
}


@dataclass
class Network:
    candidate: str
    server: str
    """The namespaces."""
    address: str
    """Of the server."""
    tool: subprocess.Popen[str]

    def toggle_outage(self) -> None:
        self.tool.send_signal(signal.SIGUSR1)


@contextmanager
def network(weather: str) -> Iterator[Network]:
    number = os.getpid() % 200 + 20
    a, b, net = f"ms{number}a", f"ms{number}b", f"10.{number}.77"
    with ExitStack() as stack:
        try:
            tool = stack.enter_context(linked(a, b, net, *weather.split()))
        except NoLink as lack:
            pytest.skip(str(lack))
        yield Network(a, b, f"{net}.2", tool)


class Interview:
    """One question, answered by `simulate`; `hold` waits for the end and gives the result.

    The result is the server's: the last message to the candidate may be lost with the call's end.
    """

    def __init__(self, at: Network, folder: Path) -> None:
        self._url = f"http://{at.address}:8080/v1/interviews"
        self._at = at.candidate
        self._errors = folder / "simulate.log"
        self._made = ask(self._at, self._url, json.dumps(INTERVIEW))
        self._client: subprocess.Popen[str] | None = None
        self._told: list[str] = []

    def begin(self, speech: Path) -> None:
        wanted = ["--join", self._made["join_url"], "--answers", str(speech), "--timeout", "60"]
        with self._errors.open("w") as errors:
            self._client = FORKER.start(
                ["simulate", *wanted], {**os.environ, **environment(self._at)}, errors
            )

    def until(self, words: str) -> None:
        assert self._client is not None
        assert self._client.stdout is not None
        for line in self._client.stdout:
            self._told.append(line)
            if words in line:
                return
        said = "".join(self._told) + self._errors.read_text()
        raise AssertionError(f"{words!r} never came: {said}")

    def hold(self) -> dict[str, Any]:
        self.until("  turn  ended")
        end_s = time.monotonic() + 30
        while time.monotonic() < end_s:
            result: dict[str, Any] = ask(self._at, f"{self._url}/{self._made['id']}/result")
            connections = result["media"]["connections"]
            if result["status"] == "completed" and all(c["ended_reason"] for c in connections):
                return result
            time.sleep(0.1)
        raise AssertionError(f"not completed: {result['status']}; {''.join(self._told)}")

    def close(self) -> None:
        if self._client is not None:
            self._client.kill()
            self._client.communicate(timeout=10)


@contextmanager
def interview(at: Network, folder: Path, words: str = SENTENCE) -> Iterator[Interview]:
    speech = speak_wav(words, folder / "a.wav")
    server = start_server(
        folder,
        HOST=at.address,
        PORT="8080",
        MEDIA_SERVER_PUBLIC_URL=f"http://{at.address}:8080",
        **environment(at.server),
        **HURRIED,
    )
    try:
        held = Interview(at, folder)
        try:
            held.begin(speech)
            yield held
        finally:
            held.close()
    finally:
        stop_server(server)


@pytest.mark.parametrize(
    ("weather", "loss", "jitter_ms"),
    [
        pytest.param("--loss 0.3 --delay-ms 20 --udp-only", (0.15, 0.45), 0, id="30 % loss"),
        pytest.param(
            "--delay-ms 100 --jitter-ms 100 --udp-only", (0.0, 0.05), 10, id="200 ms jitter"
        ),
        pytest.param(
            "--loss 0.02 --burst 8 --delay-ms 30 --reorder 0.02 --dup 0.05 --udp-only",
            (0.03, 0.35), 0, id="bursts of 180 ms, reordering, duplicates",
        ),
    ],
)  # fmt: skip
def test_an_answer_arrives_and_what_was_missing_is_told(
    tmp_path: Path, weather: str, loss: tuple[float, float], jitter_ms: float
) -> None:
    with network(weather) as at, interview(at, tmp_path) as held:
        result = held.hold()
    (answer,) = result["answers"]
    assert (result["status"], answer["status"]) == ("completed", "answered")
    assert loss[0] <= result["media"]["loss"] <= loss[1]
    if loss[0] > 0.02:
        assert answer["lost_ms"] + answer["concealed_ms"] > 0
    assert answer["jitter_ms"] >= jitter_ms


def test_an_outage_of_ten_seconds_in_an_answer_is_survived_and_told(tmp_path: Path) -> None:
    with network("--delay-ms 20") as at, interview(at, tmp_path, " ".join([SENTENCE] * 5)) as held:
        held.until("  say  ")
        time.sleep(1.5)
        at.toggle_outage()
        time.sleep(10.0)
        at.toggle_outage()
        result = held.hold()
    (answer,) = result["answers"]
    assert (result["status"], answer["status"]) == ("completed", "answered")
    assert len(result["media"]["connections"]) == 1  # the same call went on
    assert answer["lost_ms"] == pytest.approx(10_000, abs=600)
