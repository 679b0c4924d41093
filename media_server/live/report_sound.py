"""What the recordings of an interview say, on its timeline. Pure."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from media_server.audio.loudness import STEP_S, Loudness, laid, step_for
from media_server.interview import report as rep
from media_server.interview.report_build import Gap, Sound

MOST_STEPS = 14_400
"""An hour in steps of 0.25 s, finer than the picture of one answer has bars: 2 x 40 KB of text."""


def sound_of(report: rep.Report, heard: Mapping[str, Loudness]) -> Sound:
    """`heard`: by the names of files."""
    candidate, gaps, covered, damaged = [], [], [], 0
    for recording in report.recordings:
        found = heard.get(recording.file)
        if found is None:
            continue
        candidate.append((recording.start_s, found.levels))
        damaged += found.damaged
        at_s = recording.start_s
        if found.levels:
            covered.append((at_s, at_s + len(found.levels) * STEP_S))
        gaps += [Gap(at_s + start_s, at_s + end_s) for start_s, end_s in found.gaps]
    interviewer = [
        (said.start_s, _part(heard[said.file].levels, said.from_s, said.heard_s))
        for said in report.spoken
        if said.start_s is not None and said.file is not None and said.file in heard
    ]
    if not any(levels for _, levels in candidate) and not interviewer:
        return Sound(None, tuple(gaps), damaged, tuple(covered))
    step_s = step_for(report.duration_s, MOST_STEPS)
    waveform = rep.Waveform(
        step_s=round(step_s, 3),
        candidate=laid(candidate, report.duration_s, step_s),
        interviewer=laid(interviewer, report.duration_s, step_s),
    )
    return Sound(waveform, tuple(gaps), damaged, tuple(covered))


def _part(levels: bytes, from_s: float, to_s: float) -> bytes:
    return levels[round(from_s / STEP_S) : round(to_s / STEP_S)]


def stored(heard: Mapping[str, Loudness], sizes: Mapping[str, int]) -> dict[str, Any]:
    """As a blob, to be read by `restored`."""
    return {
        "step_s": STEP_S,
        "files": {
            name: {
                "size": sizes[name],
                "levels": base64.b64encode(found.levels).decode(),
                "gaps": found.gaps,
                "damaged": found.damaged,
            }
            for name, found in heard.items()
        },
    }


def restored(body: Mapping[str, Any], sizes: Mapping[str, int]) -> dict[str, Loudness]:
    """Those of files that have not changed since. Raises what a damaged `body` leads to."""
    if body.get("step_s") != STEP_S:
        return {}
    found = {}
    for name, kept in body.get("files", {}).items():
        if kept.get("size") == sizes.get(name):
            found[name] = measured(kept)
    return found


def measured(found: Mapping[str, Any]) -> Loudness:
    """As the sound child answers it."""
    gaps: Sequence[Sequence[float]] = found["gaps"]
    pairs = tuple((float(start_s), float(end_s)) for start_s, end_s in gaps)
    return Loudness(base64.b64decode(found["levels"]), pairs, bool(found["damaged"]))
