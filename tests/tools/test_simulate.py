"""`media-server simulate` against `media-server serve`: two real processes, real WebRTC, real
recogniser and voice. Slow on purpose: it is what a person would do."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from media_server.tools.wav import BadWav, read, reference_of
from tests.support.env import SPEECH_DIR, free_port
from tests.support.server import REAL_RECOGNISER, Server, start_server, stop_server
from tests.support.speak import read_wav, speak_wav, write_wav

pytestmark = pytest.mark.real_time


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = start_server(tmp_path_factory.mktemp("data"), **REAL_RECOGNISER)
    yield made
    assert stop_server(made) == 0


def simulate(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "media_server", "simulate", "--url", server.url, *arguments],
        env=server.environment,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


PEOPLE = ("ls_2414-128291-0000.wav", "g_two_people.wav", "ls_2609-156975-0003.wav")
TEXTS = ("I am a nurse.", "I fixed the water pump.", "I want to learn to swim.")


@dataclass
class Held:
    done: subprocess.CompletedProcess[str]
    result: Any
    """Of `--json`; None where it wrote none."""


@pytest.fixture(scope="module")
def held(server: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Held]:
    """Both interviews at the same time: with recordings of people, where there are any, and with
    a voice engine."""
    folder = tmp_path_factory.mktemp("held")
    answers = {"voice engine": [str(spoken(text, folder, n)) for n, text in enumerate(TEXTS)]}
    if any(SPEECH_DIR.glob("*.wav")):
        answers["people"] = [str(SPEECH_DIR / name) for name in PEOPLE]

    def hold(name: str) -> Held:
        out = folder / f"{name}.json"
        done = simulate(server, "--answers", *answers[name], "--json", str(out))
        return Held(done, json.loads(out.read_text()) if out.exists() else None)

    with ThreadPoolExecutor(len(answers)) as pool:
        return dict(zip(answers, pool.map(hold, answers), strict=True))


def spoken(text: str, folder: Path, number: int) -> Path:
    wav = speak_wav(text, folder / f"{number}.wav", rate=(8_000, 22_050, 48_000)[number])
    wav.with_suffix(".txt").write_text(text)
    return wav


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("speech_dir")
def test_three_recordings_of_people(held: dict[str, Held]) -> None:
    done, result = held["people"].done, held["people"].result
    sys.stdout.write(done.stdout)  # the word error rates, for whoever runs it with -s
    assert done.returncode == 0, done.stderr
    assert result["status"] == "completed"
    assert [answer["status"] for answer in result["answers"]] == ["answered"] * 3
    assert all(answer["turns"][0]["words"] for answer in result["answers"])
    assert done.stdout.count("word error rate") == 3


@pytest.mark.timeout(300)
def test_spoken_by_a_voice_engine(held: dict[str, Held]) -> None:
    done, result = held["voice engine"].done, held["voice engine"].result
    assert done.returncode == 0, done.stdout + done.stderr
    assert result["status"] == "completed"
    assert [a["mode"] for a in result["answers"]] == ["voice"] * 3
    assert "stand-in" in result["notices"][0]


def test_wrong_input_is_named_and_nothing_is_contacted(server: Server, tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF nonsense")
    for arguments, words in (
        (["--answers", str(tmp_path / "none.wav")], "no such file"),
        (["--answers", str(broken)], "not a PCM WAV"),
        ([], "--answers"),
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


@pytest.mark.parametrize(
    ("rate", "channels", "samples", "words"),
    [(4_000, 1, 100, "8 to 48 kHz"), (16_000, 6, 100, "channels"), (16_000, 1, 0, "no audio")],
)
def test_wavs_that_cannot_be_spoken(
    tmp_path: Path, rate: int, channels: int, samples: int, words: str
) -> None:
    import wave  # noqa: PLC0415

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
