"""The sound of one rehearsal: measured, cut to its words, and given to the recogniser. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from media_server.audio import rehearsal
from media_server.audio.types import SAMPLE_RATE, Pcm
from media_server.interview.spec import InterviewSpec
from media_server.ports import SttJob

_MARGIN_S = 0.25
"""Kept around the words where they are played back and recognised."""


@dataclass(frozen=True, slots=True)
class Judged:
    """`sound` None: it could not be judged, which says nothing against it."""

    sound: rehearsal.SoundHeard | None
    said: Pcm = field(repr=False)
    """The words' own samples; empty: there were none."""
    playback: tuple[bytes, ...] = field(default=(), repr=False)
    """The same as packets of a clip."""

    def findings(self, line: rehearsal.LineHeard) -> tuple[rehearsal.Finding, ...]:
        return () if self.sound is None else rehearsal.findings(self.sound, line)

    def levels(self) -> dict[str, float | bool | None]:
        """For the client, in dBFS; None: not known."""
        sound = self.sound
        level_dbfs = sound.speech_dbfs if sound is not None and self.said.size else None
        return {
            "judged": sound is not None,
            "level_dbfs": _rounded(level_dbfs),
            "noise_dbfs": _rounded(sound.noise_dbfs if sound is not None else None),
        }


NOT_JUDGED = Judged(None, np.zeros(0, np.int16))


def judge(packets: Sequence[tuple[float, bytes]]) -> Judged:
    """Of Opus payloads with their media time. Takes up to 0.2 s: in a thread."""
    pcm = rehearsal.decode(packets)
    sound = rehearsal.measure(pcm)
    if not sound.ends_s:
        return Judged(sound, pcm[:0])
    begin = max(0, round((sound.begins_s - _MARGIN_S) * SAMPLE_RATE))
    said = pcm[begin : round((sound.ends_s + _MARGIN_S) * SAMPLE_RATE)]
    return Judged(sound, said, rehearsal.encode(said))


def words_job(owner: str, spec: InterviewSpec, judged: Judged) -> SttJob:
    """Whenever nothing else is to be done: see `SttJob.record`. `owner`: not the interview's id,
    whose own words must not be dropped with these."""
    return SttJob(
        interview_id=owner,
        segment_id="rehearsal",
        attempt=1,
        final=True,
        start_s=0.0,
        pcm=judged.said,
        language=spec.candidate.locale.partition("-")[0],
        glossary=spec.glossary,
        speech_ms=round(1000 * judged.sound.speech_s) if judged.sound is not None else 0,
        record=True,
    )


def _rounded(level_dbfs: float | None) -> float | None:
    return None if level_dbfs is None else round(level_dbfs, 1)
