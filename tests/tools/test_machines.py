"""A server without a recogniser and a transcription machine, each a process of its own, and a
candidate: the way of a word from the microphone over Redis into the result."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.env import free_port
from tests.support.forked import FORKER
from tests.support.server import API_KEY, Server, kill_leftovers, start_server, stop_server
from tests.support.speak import speak_wav

pytestmark = pytest.mark.redis
RUN = [sys.executable, "-m", "media_server"]
ENGINE = ("--engine", "pocketsphinx")
INTERVIEW = {
    "title": "Short",
    "greeting": "Hello.",
    "questions": [{"id": "q1", "text": "What did you do?"}],
    "turn": {"silence_ms": 1000, "min_turn_ms": 500},
}
pytest.importorskip("pocketsphinx", reason="no pocketsphinx wheel for this Python")


def readiness(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=20) as answer:  # noqa: S310  # http
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, "it does not listen"


def wait_for(url: str, status: int) -> str:
    """Returns what else /readyz says."""
    end_s = time.monotonic() + 120
    while (seen := readiness(url))[0] != status:
        assert time.monotonic() < end_s, f"/readyz says {seen}"
        time.sleep(0.1)
    return seen[1]


def create(server: Server) -> str:
    """The join link."""
    request = urllib.request.Request(  # noqa: S310  # http
        f"{server.url}/v1/interviews",
        json.dumps(INTERVIEW).encode(),
        {"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  # http
        return str(json.load(answer)["join_url"])


def simulate(server: Server, wav: Path, out: Path) -> None:
    arguments = ["--join", create(server), "--json", str(out), "--answers", str(wav)]
    done = FORKER.run(["simulate", *arguments], server.environment, timeout_s=120)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(180)
def test_words_of_a_candidate_come_from_another_machine(redis_url: str, tmp_path: Path) -> None:
    wav = speak_wav("I worked as a teacher for many years.", tmp_path / "a.wav", rate=16_000)
    out = tmp_path / "result.json"
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = {
        "PORT": str(port),
        "MEDIA_SERVER_STT_WORKERS": "0",
        "MEDIA_SERVER_STT_REDIS_URL": redis_url,
    }
    with ThreadPoolExecutor(1) as beside, ExitStack() as leaving:
        leaving.callback(kill_leftovers)  # what waits for a server that never gets ready ends, too
        starting = beside.submit(start_server, tmp_path, **settings)
        said = wait_for(url, 503)
        assert "no transcription worker has joined: start `media-server stt-worker`" in said
        machine = leaving.enter_context(
            subprocess.Popen([*RUN, "stt-worker", "--redis", redis_url, *ENGINE])
        )
        leaving.callback(machine.kill)
        server = starting.result(40)
        simulate(server, wav, out)
        machine.send_signal(signal.SIGTERM)
        assert machine.wait(30) == 0
        wait_for(url, 503)
        assert stop_server(server) == 0
    turns = [turn for answer in json.loads(out.read_text())["answers"] for turn in answer["turns"]]
    assert len(turns) == 1
    assert all(turn["engine"] == "pocketsphinx" and turn["words"] for turn in turns)
    assert not any(turn["untranscribed"] for turn in turns)
    assert any("teacher" in turn["text"] or "years" in turn["text"] for turn in turns)
