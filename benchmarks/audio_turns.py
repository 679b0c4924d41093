"""How well does the receiver find the end of a turn? Real speech with labelled pauses, in noise.

    python benchmarks/audio_turns.py [--gate webrtc] [--speech ../shared/speech] [--json FILE]

39 clips per condition: 13 turns of recorded speech, each with a pause of 0.8, 1.2 and 1.6 s in
its middle and 4 s of silence at its end. Every clip goes through the speech gate and the turn
detector frame by frame. A turn is cut off early when it ends before the last word does; the delay
is from the true end of speech to the decision; "never" is a turn that 4 s of silence do not end.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib.util
import json
import statistics
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.recordings import FOLDER, require
from media_server.audio.events import ReceiverSettings, TurnEnded
from media_server.audio.gate.factory import make_gate, problem_of
from media_server.audio.gate.policy import SpeechGate
from media_server.audio.ring import FRAME_BYTES, FRAME_MS, Origin
from media_server.audio.turns import TurnDetector
from media_server.audio.types import GateName

CONDITIONS: tuple[tuple[str, str | None, float | None, tuple[float, ...]], ...] = (
    ("clean", None, None, (1.0, 1.5, 2.0)),
    ("brown 5 dB", "brown", 5, (1.5,)),
    ("babble 20 dB", "babble", 20, (1.5, 2.0)),
    ("babble 15 dB", "babble", 15, (1.5, 2.0)),
    ("white 10 dB", "white", 10, (1.5,)),
)
PAUSES_S = (0.8, 1.2, 1.6)


@dataclasses.dataclass(frozen=True)
class Clip:
    frames: list[bytes]
    end_s: float


@dataclasses.dataclass(frozen=True)
class Row:
    condition: str
    silence_s: float
    clips: int
    early_percent: float
    median_delay_s: float | None
    never_percent: float


def maker(speech: Path) -> ModuleType:
    require(speech / "make_turns.py")
    spec = importlib.util.spec_from_file_location("make_turns", speech / "make_turns.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except ModuleNotFoundError as missing:  # the recordings' own script may want more than we do
        print(f"skipped: {missing}")
        raise SystemExit(0) from None
    return module


def clips(make: Any, speech: Path, noise: str | None, snr: float | None) -> list[Clip]:
    made = []
    sources = [("cut", name) for name in make.CUT] + [("two", pair) for pair in make.PAIR]
    for number, (kind, source) in enumerate(sources):
        parts = make.parts(str(speech), kind, source)
        for pause in PAUSES_S:
            seed = number * 10 + int(pause * 5)
            pcm, label = make.make(str(speech), parts, [pause], nz=noise, snr=snr, seed=seed)
            data = pcm.tobytes()
            frames = [data[at : at + FRAME_BYTES] for at in range(0, len(data), FRAME_BYTES)]
            if len(frames[-1]) < FRAME_BYTES:
                frames.pop()
            made.append(Clip(frames, label["end_of_turn"]))
    return made


def judge(clip: Clip, gate: SpeechGate) -> list[bool]:
    return [gate.judge(frame, Origin.RECEIVED) for frame in clip.frames]


def decide(speech: list[bool], silence_s: float) -> float | None:
    """When the turn ended; None: it did not."""
    settings = ReceiverSettings(silence_ms=round(silence_s * 1000), min_turn_ms=0)
    detector = TurnDetector(settings)
    detector.start(1, 0)
    for index, is_speech in enumerate(speech):
        for event in detector.frame((index + 1) * FRAME_MS, is_speech, heard=True):
            if isinstance(event, TurnEnded):
                return (index + 1) * FRAME_MS / 1000
    return None


def score(name: str, silence_s: float, judged: list[tuple[Clip, list[bool]]]) -> Row:
    delays, early, never = [], 0, 0
    for clip, speech in judged:
        ended_s = decide(speech, silence_s)
        if ended_s is None:
            never += 1
        elif ended_s < clip.end_s:
            early += 1
        else:
            delays.append(ended_s - clip.end_s)
    count = len(judged)
    return Row(
        condition=name,
        silence_s=silence_s,
        clips=count,
        early_percent=round(100 * early / count, 1),
        median_delay_s=round(statistics.median(delays), 3) if delays else None,
        never_percent=round(100 * never / count, 1),
    )


def measure(speech: Path, gate: GateName) -> list[Row]:
    make = maker(speech)
    rows = []
    for name, noise, snr, silences in CONDITIONS:
        judged = [(clip, judge(clip, make_gate(gate))) for clip in clips(make, speech, noise, snr)]
        rows += [score(name, silence_s, judged) for silence_s in silences]
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--speech", type=Path, default=FOLDER)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--gate", choices=("silero", "webrtc"), default="silero")
    arguments = parser.parse_args()
    if problem := problem_of(arguments.gate):
        parser.exit(1, f"{problem}\n")
    rows = measure(arguments.speech, arguments.gate)
    print(f"{'condition':<14}{'silence':>8}{'early %':>9}{'delay s':>9}{'never %':>9}")
    for row in rows:
        delay = "-" if row.median_delay_s is None else f"{row.median_delay_s:.2f}"
        print(
            f"{row.condition:<14}{row.silence_s:>8}{row.early_percent:>9}{delay:>9}"
            f"{row.never_percent:>9}"
        )
    if arguments.json:
        document = {"benchmark": "audio_turns", "rows": [dataclasses.asdict(row) for row in rows]}
        arguments.json.write_text(json.dumps(document, indent=1))


if __name__ == "__main__":
    main()
