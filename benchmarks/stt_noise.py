"""What a recogniser invents of noise, and what its gates cost short answers.

    nice -n 19 python -m benchmarks.stt_noise [--engine faster-whisper] [--model-dir DIR]
        [--moonshine-dir DIR] [--interims] [--speech ../shared/speech] [--each 20] [--json FILE]

Noise: `--each` segments of each kind, made from seeds: breath, keys, knocks, cough, and, with the
recordings, babble (six voices at once, 10 dB below a talker's level) and recorded rooms. The audio
receiver cuts them as in a call, so that only what its speech detector takes for speech is
transcribed; an invented word is any word in a final. `--interims` asks for them as interims.

Short answers ("Yes.", "No.", "I don't know.") are spoken by flite's voices where it is installed,
at three levels over a room's noise, and by the people of the recordings' shortest files. A gate
that rejects noise must not reject them: lost answers are those whose final has no words.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.recordings import FOLDER
from benchmarks.wer import cut, read_16k
from media_server.audio.types import SAMPLE_RATE, Pcm, SegmentAudio
from media_server.ports import SttEngine, SttRequest, Transcription
from media_server.stt.engines.asking import ask
from media_server.stt.engines.registry import create_engines
from media_server.stt.settings import SttSettings
from media_server.tools import wav

Sound = NDArray[np.float64]
TALKER_DBFS = -23
BABBLE_DB = 10
LONGEST_S = 8.0
ANSWERS = (
    "Yes.", "No.", "I don't know.", "Okay.", "Sure.", "Maybe.", "Not really.", "Yes, I did.",
    "Three years.", "Thank you.", "In Berlin.", "Never.",
)  # fmt: skip
VOICES = ("slt", "rms", "awb", "kal16")
LEVELS_DBFS = (-20, -28, -36)
ROOM_DBFS = -66
SPOKEN_FILES = ("g_two_people.wav", "sr_english.wav", "ps_goforward.wav", "ps_cards*.wav")


# --- noise ----------------------------------------------------------------------------------------


def band(sound: Sound, low_hz: float, high_hz: float) -> Sound:
    spectrum = np.fft.rfft(sound)
    at_hz = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE)
    spectrum[(at_hz < low_hz) | (at_hz > high_hz)] = 0
    passed: Sound = np.fft.irfft(spectrum, len(sound))
    return passed


def burst(random: np.random.Generator, length_s: float, attack_s: float, decay_s: float) -> Sound:
    """White noise that rises in `attack_s` and falls to 1/e in `decay_s`."""
    at_s = np.arange(round(length_s * SAMPLE_RATE)) / SAMPLE_RATE
    shape = np.minimum(1, at_s / attack_s) * np.exp(-np.maximum(0, at_s - attack_s) / decay_s)
    made: Sound = random.standard_normal(len(at_s)) * shape
    return made


def scattered(random: np.random.Generator, length_s: float, sounds: list[Sound]) -> Sound:
    whole = np.zeros(round(length_s * SAMPLE_RATE))
    for sound in sounds:
        at = int(random.integers(max(1, len(whole) - len(sound))))
        whole[at : at + len(sound)] += sound[: len(whole) - at]
    return whole


def breath(random: np.random.Generator) -> Sound:
    length_s = random.uniform(0.6, 1.6)
    return band(burst(random, length_s, length_s / 2, length_s / 3), 300, 4000)


def keys(random: np.random.Generator) -> Sound:
    length_s = random.uniform(1.0, 4.0)
    clicks = [
        random.uniform(0.4, 1) * burst(random, 0.05, 0.001, random.uniform(0.003, 0.012))
        for _ in range(int(length_s * random.uniform(5, 9)))
    ]
    return band(scattered(random, length_s, clicks), 500, 7000)


def knocks(random: np.random.Generator) -> Sound:
    thumps = [
        band(burst(random, 0.25, 0.002, random.uniform(0.02, 0.06)), 60, random.uniform(400, 1500))
        for _ in range(int(random.integers(2, 6)))
    ]
    return scattered(random, random.uniform(0.8, 2.0), thumps)


def cough(random: np.random.Generator) -> Sound:
    at = random.uniform(500, 900)
    barks = []
    for _ in range(int(random.integers(1, 4))):
        bark = burst(random, 0.4, 0.01, random.uniform(0.06, 0.15))
        barks.append(band(bark, at, at * 3) + 0.3 * band(bark, 2000, 5000))
    return scattered(random, 0.5 * len(barks) + 0.4, barks)


def babble(speech: Path) -> Callable[[np.random.Generator], Sound]:
    files = sorted(speech.glob("ls_*.wav")) + sorted(speech.glob("lj_*.wav"))
    voices = [read_16k(path).astype(np.float64) for path in files]

    def make(random: np.random.Generator) -> Sound:
        samples = round(random.uniform(2, 6) * SAMPLE_RATE)
        chosen = random.choice(len(voices), 6, replace=False)
        rolled = [np.roll(voices[n], int(random.integers(len(voices[n])))) for n in chosen]
        alike = [np.resize(voice / np.sqrt(np.mean(voice**2)), samples) for voice in rolled]
        mixed: Sound = np.sum(alike, axis=0)
        return mixed

    return make


def recorded(speech: Path) -> Callable[[np.random.Generator], Sound]:
    files = [read_16k(path).astype(np.float64) for path in sorted(speech.glob("noise_*.wav"))]

    def make(random: np.random.Generator) -> Sound:
        noise = files[int(random.integers(len(files)))]
        samples = min(len(noise), round(random.uniform(1, 5) * SAMPLE_RATE))
        at = int(random.integers(len(noise) - samples + 1))
        return noise[at : at + samples]

    return make


def at_level(sound: Sound, dbfs: float) -> Pcm:
    """Its loudest tenth of a second at `dbfs`: a click has no level of its own."""
    step = SAMPLE_RATE // 10
    pieces = np.resize(sound, -(-len(sound) // step) * step).reshape(-1, step)
    loudest = np.sqrt(np.max(np.mean(pieces**2, axis=1))) + 1e-12
    return as_pcm(sound / loudest * 10 ** (dbfs / 20) * 32767)


def as_pcm(sound: Sound) -> Pcm:
    pcm: Pcm = np.clip(sound, -32768, 32767).astype(np.int16)
    return pcm


def in_a_room(pcm: Pcm, seed: int) -> Pcm:
    random = np.random.default_rng(seed)
    whole = np.concatenate([np.zeros(SAMPLE_RATE), pcm, np.zeros(2 * SAMPLE_RATE)])
    whole += random.standard_normal(len(whole)) * 10 ** (ROOM_DBFS / 20) * 32767
    return as_pcm(whole)


def noise_segments(
    make: Callable[[np.random.Generator], Sound], dbfs: float, each: int
) -> Iterator[SegmentAudio]:
    """The first `each` segments that the receiver cuts out of such noise; fewer where it is not
    taken for speech."""
    found = 0
    for seed in range(6 * each):
        sound = make(np.random.default_rng(seed))
        for segment in cut(in_a_room(at_level(sound, dbfs), seed)):
            if found < each and len(segment.pcm) <= LONGEST_S * SAMPLE_RATE:
                found += 1
                yield segment


def noises(speech: Path, each: int) -> dict[str, list[SegmentAudio]]:
    kinds: dict[str, tuple[Callable[[np.random.Generator], Sound], float]] = {
        "breath": (breath, TALKER_DBFS - 10),
        "keys": (keys, TALKER_DBFS - 6),
        "knocks": (knocks, TALKER_DBFS),
        "cough": (cough, TALKER_DBFS),
    }
    if speech.is_dir():
        kinds["babble"] = (babble(speech), TALKER_DBFS - BABBLE_DB)
        kinds["rooms"] = (recorded(speech), TALKER_DBFS - BABBLE_DB)
    return {name: list(noise_segments(make, dbfs, each)) for name, (make, dbfs) in kinds.items()}


# --- short answers --------------------------------------------------------------------------------


def spoken(text: str, voice: str) -> Pcm:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        command = ["flite", "-voice", voice, "-t", text, "-o", str(path)]
        subprocess.run(command, check=True, timeout=60, capture_output=True)
        pcm, rate = wav.read(path).pcm, wav.PLAYBACK_RATE
    return pcm[:: rate // SAMPLE_RATE]  # above 8 kHz flite says next to nothing


def answers(speech: Path) -> list[SegmentAudio]:
    """One segment each: the longest that the receiver cuts."""
    said: list[Pcm] = []
    if shutil.which("flite"):
        said += [
            at_level(spoken(text, voice).astype(np.float64), LEVELS_DBFS[(t + v) % 3])
            for v, voice in enumerate(VOICES)
            for t, text in enumerate(ANSWERS)
        ]
    for pattern in SPOKEN_FILES:
        said += [read_16k(path) for path in sorted(speech.glob(pattern))]
    found = []
    for seed, pcm in enumerate(said):
        segments = cut(in_a_room(pcm, seed))
        found += sorted(segments, key=lambda segment: len(segment.pcm))[-1:]
    return found


# --- the run --------------------------------------------------------------------------------------


def hear(engine: SttEngine, segment: SegmentAudio, *, final: bool) -> Transcription:
    speech_ms = segment.info.speech_ms
    return ask(engine, SttRequest(segment.pcm, "en", final=final, speech_ms=speech_ms))


def figures_of(
    engine: SttEngine, segments: list[SegmentAudio], *, final: bool = True
) -> dict[str, Any]:
    made = [hear(engine, segment, final=final) for segment in segments]
    audio_s = sum(len(segment.pcm) for segment in segments) / SAMPLE_RATE
    words = sum(len(one.text.split()) for one in made)
    return {
        "segments": len(made),
        "audio_s": round(audio_s, 1),
        "with_words": sum(bool(one.text) for one in made),
        "rejected": sum(bool(one.rejected) for one in made),
        "words": words,
        "words_per_minute": round(60 * words / audio_s, 2) if audio_s else 0.0,
        "texts": sorted({one.text for one in made if one.text}),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--engine", default="faster-whisper")
    parser.add_argument("--model-dir", default="build/models/whisper/base")
    parser.add_argument("--moonshine-dir", default="build/models/moonshine/tiny-en")
    parser.add_argument("--interims", action="store_true")
    parser.add_argument("--speech", type=Path, default=FOLDER)
    parser.add_argument("--each", type=int, default=20, help="segments of each kind of noise")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    args = parser.parse_args()
    settings = {
        "engine": args.engine,
        "interim_engine": "same",
        "model_dir": args.model_dir,
        "moonshine_dir": args.moonshine_dir,
    }
    engine = create_engines(SttSettings.from_mapping(settings))
    final = not args.interims
    if not engine.prepare():
        engine.warm_up()
    rows = {
        name: figures_of(engine, found, final=final)
        for name, found in noises(args.speech, args.each).items()
    }
    short = figures_of(engine, answers(args.speech), final=final)
    figures = {
        "engine": args.engine,
        "model": engine.model,
        "noise": rows,
        "noise_segments": sum(row["segments"] for row in rows.values()),
        "noise_segments_with_words": sum(row["with_words"] for row in rows.values()),
        "answers": short,
        "answers_lost": short["segments"] - short["with_words"],
    }
    print(f"{'':<8} {'segments':>8} {'with words':>11} {'rejected':>9} {'words/min':>10}")
    for name, row in {**rows, "answers": short}.items():
        print(
            f"{name:<8} {row['segments']:>8} {row['with_words']:>11} {row['rejected']:>9}"
            f" {row['words_per_minute']:>10}"
        )
    print(json.dumps(figures))
    if args.json:
        args.json.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
