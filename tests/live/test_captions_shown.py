"""What the candidate reads while they speak: interims on their way through the transcriber."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from media_server.audio.types import SegmentAudio
from media_server.interview import inputs as inp
from media_server.live.transcription import Transcriber
from media_server.live.watch_hub import WatchHub
from media_server.ports import SttJob, SttOutcome, Transcription
from media_server.ports.dialect import Interim, ToCandidate
from media_server.segment_info import SegmentId, SegmentInfo

FIRST, SECOND = SegmentId(1, 1), SegmentId(1, 2)


class Candidate:
    """The connection, the session and the recogniser, as far as the transcriber asks them."""

    open = True
    interview_id = "i-1"

    def __init__(self) -> None:
        self.shown: list[tuple[str, str, float]] = []
        self.posted: list[inp.Input] = []
        self.waiting: list[Callable[[SttOutcome], None]] = []
        self.state = SimpleNamespace(
            connections=(),
            spec=SimpleNamespace(candidate=SimpleNamespace(locale="en"), glossary=()),
        )
        stt = SimpleNamespace(submit=self._submit, drop_interims=lambda _id: None)
        services = cast("Any", SimpleNamespace(stt=stt, watching=WatchHub()))
        self.transcriber = Transcriber(cast("Any", self), services, lambda _counter: None)

    def _submit(self, job: SttJob, on_outcome: Callable[[SttOutcome], None]) -> None:
        self.waiting.append(on_outcome)

    def interim_done(self, segment_id: SegmentId) -> None:
        pass

    def post(self, input_: inp.Input) -> None:
        self.posted.append(input_)

    def send(self, said: ToCandidate) -> bool:
        assert isinstance(said, Interim)
        assert said.text.startswith(said.stable)
        self.shown.append((said.stable, said.text[len(said.stable) :], said.segment.start_s))
        return True

    def says(self, start_s: float, end_s: float, *, final: bool = False, of: SegmentId) -> int:
        info = SegmentInfo(of, 1, start_s, end_s, 1000)
        audio = SegmentAudio(info, np.zeros(160, np.int16), final)
        self.transcriber.submit(audio, cast("Any", self))
        return len(self.waiting) - 1

    def heard(self, number: int, text: str | None) -> None:
        made = None if text is None else Transcription(text, (), "e", "m", "en")
        self.waiting[number](SttOutcome("i-1", "s", 1, False, made))


def test_what_stands_is_told_and_a_long_segment_keeps_its_beginning() -> None:
    candidate = Candidate()
    for start_s, end_s, text in (
        (3.0, 7.0, "I looked after"),
        (3.0, 9.0, "I looked after the gardens behind"),
        (3.0, 11.0, "I looked after the gardens behind our school for"),
        (7.0, 15.0, "behind our school for six years"),
    ):
        candidate.heard(candidate.says(start_s, end_s, of=FIRST), text)
    assert candidate.shown == [
        ("", "I looked after", 3.0),
        ("I looked after", " the gardens behind", 3.0),
        ("I looked after the gardens behind", " our school for", 3.0),
        ("I looked after the gardens behind our school for", " six years", 3.0),
    ]
    told = [one.text for one in candidate.posted if isinstance(one, inp.InterimHeard)]
    assert told[-1] == "behind our school for six years", "the machine judges the newest words"


def test_what_never_came_back_changes_nothing_and_segments_do_not_mix() -> None:
    candidate = Candidate()
    candidate.heard(candidate.says(0.0, 2.0, of=FIRST), "hello my")
    late = candidate.says(0.0, 4.0, of=FIRST)
    candidate.heard(candidate.says(0.0, 6.0, of=FIRST), None)
    candidate.heard(late, "somebody else")
    candidate.heard(candidate.says(0.0, 8.0, of=FIRST), "")
    candidate.heard(candidate.says(0.0, 10.0, of=FIRST), "hello my friend")
    assert [shown[:2] for shown in candidate.shown] == [("", "hello my"), ("hello my", " friend")]
    candidate.says(0.0, 10.5, final=True, of=FIRST)
    assert not candidate.transcriber._captions, "nothing is kept of a segment that is closed"
    candidate.heard(candidate.says(11.0, 13.0, of=SECOND), "hello my")
    assert candidate.shown[-1] == ("", "hello my", 11.0)
    candidate.transcriber.hang_up()
    assert not candidate.transcriber._captions
