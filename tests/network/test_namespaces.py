"""Server and candidate as processes in network namespaces of their own, a bad network between.

Needs root, TUN and the impairment tool beside the repository; skips, saying so, without them.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.env import REPOSITORY
from tests.support.speak import speak_wav

pytestmark = pytest.mark.timeout(120)
TOOL = REPOSITORY.parent / "shared" / "tools" / "netimpair.py"
WEATHER = "--loss 0.1 --delay 30 --jitter 100 --reorder 0.02 --dup 0.05 --udp-only"
KEY = "test-key-of-the-namespaces"


@pytest.fixture
def names() -> Iterator[tuple[str, str, str]]:
    """(the candidate's namespace, the server's, the server's address)."""
    if os.geteuid() != 0 or not Path("/dev/net/tun").exists() or shutil.which("ip") is None:
        pytest.skip("namespaces need root, /dev/net/tun and iproute2")
    if not TOOL.exists():
        pytest.skip(f"no {TOOL.name} beside the repository")
    number = os.getpid() % 200 + 20
    a, b, net = f"ms{number}a", f"ms{number}b", f"10.{number}.77"
    command = [sys.executable, str(TOOL), *WEATHER.split(), "--a", a, "--b", b, "--net", net]
    tool = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert tool.stdout is not None
    try:
        if not tool.stdout.readline().startswith("ready"):
            pytest.skip("network namespaces cannot be made here")
        yield a, b, f"{net}.2"
    finally:
        tool.send_signal(signal.SIGTERM)
        tool.communicate(timeout=10)


def test_whole_processes_with_loss_jitter_reordering_and_duplicates(
    tmp_path: Path, names: tuple[str, str, str]
) -> None:
    candidate, server, address = names
    speech = speak_wav("I worked as a teacher for many years.", tmp_path / "a.wav")
    environment = {
        **os.environ,
        "HOST": address,
        "PORT": "8080",
        "DATA_DIR": str(tmp_path / "data"),
        "MEDIA_SERVER_API_KEY": KEY,
    }
    python = [sys.executable, "-m", "media_server"]
    with (tmp_path / "serve.log").open("w") as log:
        serving = subprocess.Popen(
            ["ip", "netns", "exec", server, *python, "serve"],
            env=environment, stdout=subprocess.PIPE, stderr=log, text=True,
        )  # fmt: skip
    try:
        assert serving.stdout is not None
        while not (line := serving.stdout.readline()).startswith("ready"):
            assert line, (tmp_path / "serve.log").read_text()
        wanted = ["--url", f"http://{address}:8080", "--answers", str(speech)]
        done = subprocess.run(
            ["ip", "netns", "exec", candidate, *python, "simulate", *wanted,
             "--timeout", "80", "--json", str(tmp_path / "result.json")],
            env=environment, capture_output=True, text=True, timeout=90, check=False,
        )  # fmt: skip
    finally:
        serving.terminate()
        serving.communicate(timeout=20)
    assert "question 2 of 3" in done.stdout, done.stdout + done.stderr
    result = json.loads((tmp_path / "result.json").read_text())
    answer = result["answers"][0]
    assert answer["status"] == "answered"
    assert answer["lost_ms"] + answer["concealed_ms"] > 0
    assert 0.03 < result["media"]["loss"] < 0.25
