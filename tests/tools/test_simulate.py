"""`media-server simulate` against `media-server serve`: two real processes, real WebRTC, real
recogniser and voice. Slow on purpose: it is what a person would do."""

from __future__ import annotations

import json
import subprocess
import sys
import wave
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from media_server import cli
from media_server.tools import simulate as simulate_command
from media_server.tools.simulation_line import SimulationFailed
from media_server.tools.wav import BadWav, read, reference_of
from tests.support import recogniser
from tests.support.env import SPEECH_DIR, free_port
from tests.support.forked import FORKER
from tests.support.server import REAL_RECOGNISER, Server, start_server, stop_server
from tests.support.speak import read_wav, speak_wav, write_wav

pytestmark = pytest.mark.real_time


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = start_server(tmp_path_factory.mktemp("data"), **REAL_RECOGNISER)
    yield made
    assert stop_server(made) == 0


def simulate(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_simulate(server.environment, "--url", server.url, *arguments)


def run_simulate(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return FORKER.run(["simulate", *arguments], environment, timeout_s=500)  # ends what hangs


PEOPLE = ("ls_2414-128291-0000.wav", "g_two_people.wav", "ls_2609-156975-0003.wav")


@dataclass
class Held:
    done: subprocess.CompletedProcess[str]
    result: Any
    """Of `--json`; None where it wrote none."""
    folder: Path


@pytest.fixture(scope="module")
def held(server: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Held]:
    """Both interviews at the same time: with recordings of people at a server, where there are any,
    and with nothing but the command, which brings its own server and its own voice."""
    folder = tmp_path_factory.mktemp("held")
    ways: dict[str, tuple[str, ...]] = {"alone": ("--record", str(folder / "both.wav"))}
    if any(SPEECH_DIR.glob("*.wav")):
        recordings = [str(SPEECH_DIR / name) for name in PEOPLE]
        ways["people"] = ("--url", server.url, "--answers", *recordings)

    def hold(name: str) -> Held:
        out = folder / f"{name}.json"
        elsewhere = {
            "DATA_DIR": str(folder / name),
            "PORT": str(free_port()),
            "MEDIA_SERVER_STT_ENGINE": recogniser.NAME,
        }
        more = elsewhere if name == "alone" else {}
        done = run_simulate({**server.environment, **more}, *ways[name], "--json", str(out))
        return Held(done, json.loads(out.read_text()) if out.exists() else None, folder)

    with ThreadPoolExecutor(len(ways)) as pool:
        return dict(zip(ways, pool.map(hold, ways), strict=True))


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("speech_dir")
def test_three_recordings_of_people(held: dict[str, Held]) -> None:
    done, result = held["people"].done, held["people"].result
    sys.stdout.write(done.stdout)  # the word error rates, for whoever runs it with -s
    assert done.returncode == 0, done.stderr
    assert result["status"] == "completed"
    assert [answer["status"] for answer in result["answers"]] == ["answered"] * 3
    assert all(answer["turns"][0]["words"] for answer in result["answers"])
    assert done.stdout.count("word error rate ") == 4, "each, and all together"
    assert "stand-in" in result["notices"][0]


@pytest.mark.timeout(600)
def test_one_command_holds_an_interview(held: dict[str, Held]) -> None:
    done, result = held["alone"].done, held["alone"].result
    assert done.returncode == 0, done.stdout + done.stderr
    for words in (
        "starting one for this interview",
        "the candidate's voice: ",
        "say  I work as a nurse",
        "word error rate of all answers: ",
        "end noticed",
    ):
        assert words in done.stdout, done.stdout
    assert result["status"] == "completed"
    assert [a["mode"] for a in result["answers"]] == ["voice"] * 3
    with wave.open(str(held["alone"].folder / "both.wav"), "rb") as file:
        pcm = np.frombuffer(file.readframes(file.getnframes()), np.int16).reshape(-1, 2)
    frames = np.abs(pcm[: len(pcm) // 160 * 160].reshape(-1, 160, 2)).max(axis=1)
    loud_s = (frames > 1_000).sum(axis=0) / 100
    assert loud_s.min() > 5, "both are heard"


def test_wrong_input_is_named_and_nothing_is_contacted(server: Server, tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF nonsense")
    for arguments, words in (
        (["--answers", str(tmp_path / "none.wav")], "no such file"),
        (["--answers", str(broken)], "not a PCM WAV"),
    ):
        done = simulate(server, *arguments)
        assert done.returncode == 2, arguments
        assert words in done.stderr
        assert "Traceback" not in done.stderr


def test_wrong_link_and_no_server(server: Server, tmp_path: Path) -> None:
    wav = tmp_path / "a.wav"
    write_wav(wav, np.ones(16_000, np.int16), 16_000)
    done = simulate(server, "--join", f"{server.url}/j/iv_none.forged", "--answers", str(wav))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    nowhere = Server(f"http://127.0.0.1:{free_port()}", server.data_dir, server.process,
                     server.environment)  # fmt: skip
    done = simulate(nowhere, "--answers", str(wav))
    assert done.returncode == 1
    assert "cannot reach" in done.stderr


def test_words_of_a_foreign_server_do_nothing_to_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    async def refused(*_: object) -> int:
        raise SimulationFailed("\x1b[2Jrefused")

    wav = tmp_path / "a.wav"
    write_wav(wav, np.ones(16_000, np.int16), 16_000)
    monkeypatch.setattr(simulate_command, "_run", refused)
    assert cli.main(["simulate", "--answers", str(wav)]) == 1
    assert capsys.readouterr().err == "simulate: \\x1b[2Jrefused\n"


@pytest.mark.parametrize(
    ("rate", "channels", "samples", "words"),
    [(4_000, 1, 100, "8 to 48 kHz"), (16_000, 6, 100, "channels"), (16_000, 1, 0, "no audio")],
)
def test_wavs_that_cannot_be_spoken(
    tmp_path: Path, rate: int, channels: int, samples: int, words: str
) -> None:
    path = tmp_path / "x.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(2 * channels * samples))
    with pytest.raises(BadWav, match=words):
        read(path)


def test_any_rate_is_resampled_and_the_reference_found(tmp_path: Path) -> None:
    path = speak_wav("One two three.", tmp_path / "a.wav", rate=8_000)
    (tmp_path / "manifest.tsv").write_text("file\ttranscript\na.wav\tone two three\n")
    samples, rate = read_wav(path)
    assert abs(read(path).duration_s - len(samples) / rate) < 0.02
    assert reference_of(path) == "one two three"
