from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from media_server.ports import (
    CannotTranscribe,
    EngineUnavailable,
    SttCapabilities,
    SttRequest,
    Transcription,
)
from media_server.stt.engines.asking import ask
from media_server.stt.engines.failover import Failover
from media_server.stt.settings import SttSettings

PCM = np.zeros(16_000, np.int16)


class Scripted:
    """Does what `mood` says; counts what it was asked."""

    def __init__(self, name: str, mood: str = "fine") -> None:
        self.name = self.model = name
        self.notice = f"{name} notice."
        self.mood = mood
        self.capabilities = SttCapabilities()
        self.asked = 0
        self.warmed = 0

    def prepare(self) -> bool:
        return False

    def warm_up(self) -> None:
        self.warmed += 1
        if self.mood == "missing":
            raise EngineUnavailable(f"{self.name} is missing")
        if self.mood == "broken":
            raise OSError

    def transcribe(self, requests: Sequence[SttRequest]) -> Sequence[Transcription | Exception]:
        (request,) = requests
        self.asked += 1
        if self.mood == "raises":
            raise RuntimeError
        if self.mood == "refuses":
            raise CannotTranscribe("not this language")
        if self.mood == "gone":
            raise EngineUnavailable(f"{self.name} is gone")
        if self.mood == "nonsense":
            return None  # type: ignore[return-value]  # on purpose
        text = "" if self.mood in ("silent", "gated") else self.name
        rejected = "loop" if self.mood == "gated" else ""
        return [Transcription(text, (), self.name, self.model, request.language, rejected=rejected)]


class Batching(Scripted):
    """The first sample of a segment is what becomes of it in a batch: 0 fine, 1 not at all."""

    batches = 0

    def __init__(self, name: str, mood: str = "fine") -> None:
        super().__init__(name, mood)
        self.capabilities = SttCapabilities(batch_size=8)

    def transcribe(self, requests: Sequence[SttRequest]) -> Sequence[Transcription | Exception]:
        if len(requests) == 1:
            return super().transcribe(requests)
        self.batches += 1
        if self.mood == "no batches":
            raise RuntimeError
        return [self._one(request) for request in requests]

    def _one(self, request: SttRequest) -> Transcription | Exception:
        if request.pcm[0] == 1:
            return CannotTranscribe("not this one")
        text = "" if self.mood == "silent" else self.name
        return Transcription(text, (), self.name, self.model, "en")


def in_a_batch(failover: Failover, *, hopeless: int | None = None) -> list[str]:
    """Which engine did each of three segments."""
    requests = [SttRequest(PCM.copy(), "en", True, (), 2000) for _ in range(3)]
    if hopeless is not None:
        requests[hopeless].pcm[0] = 1
    made = failover.transcribe(requests)
    return [one.text if isinstance(one, Transcription) else type(one).__name__ for one in made]


class Bench:
    def __init__(self, *moods: str) -> None:
        self.engines = [Scripted(f"e{n}", mood) for n, mood in enumerate(moods)]
        self.now_s = 1000.0
        self.failover = Failover(self.engines, rest_s=30.0, now_s=lambda: self.now_s)

    def ask_again(self, lost: int) -> str:
        """After so many workers died over the segment."""
        request = SttRequest(PCM, "en", True, (), 2000, lost)
        return ask(self.failover, request).engine

    def ask(self, speech_ms: int = 2000) -> str:
        made = ask(self.failover, SttRequest(PCM, "en", final=True, speech_ms=speech_ms))
        return made.engine if made.text else ""


def test_the_first_that_works_is_used_and_named() -> None:
    bench = Bench("missing", "fine", "fine")
    bench.failover.warm_up()
    assert bench.failover.name == "e1"
    assert bench.ask() == "e1"
    assert bench.failover.notice == "e0 notice. e1 notice. e2 notice."


def test_failed_engine_rests_and_is_probed_again() -> None:
    bench = Bench("fine", "fine")
    bench.failover.warm_up()
    bench.engines[0].mood = "raises"
    assert [bench.ask(), bench.ask()] == ["e1", "e1"]
    assert bench.engines[0].asked == 1
    bench.engines[0].mood = "fine"
    bench.now_s += 29
    assert bench.ask() == "e1"
    bench.now_s += 1
    assert bench.ask() == "e0"
    assert bench.failover.name == "e0"


def test_engine_that_could_not_be_loaded_is_tried_later() -> None:
    bench = Bench("broken", "fine")
    bench.failover.warm_up()
    bench.engines[0].mood = "fine"
    assert bench.ask() == "e1"
    bench.now_s += 30
    assert bench.ask() == "e0"


def test_silence_of_an_engine_on_speech_is_a_failure() -> None:
    bench = Bench("silent", "fine")
    bench.failover.warm_up()
    assert [bench.ask() for _ in range(5)] == ["e1"] * 5
    assert bench.engines[0].asked == 3


@pytest.mark.parametrize(("mood", "speech_ms"), [("silent", 400), ("gated", 5000)])
def test_empty_for_a_reason_is_no_failure(mood: str, speech_ms: int) -> None:
    bench = Bench(mood, "fine")
    bench.failover.warm_up()
    assert bench.ask(speech_ms) == ""
    assert bench.engines[1].asked == 0


def test_empty_when_all_are_silent_and_error_when_all_fail() -> None:
    bench = Bench("silent", "silent")
    bench.failover.warm_up()
    assert bench.ask() == ""
    bench = Bench("fine", "fine")
    bench.failover.warm_up()
    for engine in bench.engines:
        engine.mood = "raises"
    for _ in range(3):
        with pytest.raises(RuntimeError):
            bench.ask()
    bench.engines[1].mood = "fine"
    assert bench.ask() == "e1", "with nothing better left, a resting engine is asked"


def test_job_that_one_engine_cannot_do_rests_nobody() -> None:
    bench = Bench("refuses", "fine")
    bench.failover.warm_up()
    assert [bench.ask(), bench.ask()] == ["e1", "e1"]
    assert bench.engines[0].asked == 2


def test_none_usable_names_every_reason() -> None:
    bench = Bench("missing", "broken")
    with pytest.raises(EngineUnavailable, match="e0 is missing; e1: OSError while loading"):
        bench.failover.warm_up()


def test_segment_may_wait_when_one_engine_is_only_away() -> None:
    bench = Bench("fine", "fine", "fine")
    bench.failover.warm_up()
    for engine, mood in zip(bench.engines, ("gone", "gone", "raises"), strict=True):
        engine.mood = mood
    with pytest.raises(EngineUnavailable, match=r"^e0 is gone; e1 is gone$"):
        bench.ask()


def test_nonsense_is_a_failure_of_the_engine() -> None:
    bench = Bench("nonsense", "fine")
    bench.failover.warm_up()
    assert [bench.ask(), bench.ask()] == ["e1", "e1"]
    assert bench.engines[0].asked == 1


def test_after_a_lost_worker_the_next_engine_begins_and_the_suspect_rests() -> None:
    bench = Bench("fine", "fine", "fine")
    bench.failover.warm_up()
    assert bench.ask_again(lost=1) == "e1"
    assert bench.ask() == "e1", "the next segment would hang in it as well"
    bench.now_s += 30
    assert bench.ask() == "e0"
    assert bench.ask_again(lost=2) == "e2"
    assert bench.ask_again(lost=3) == "e0"


def batches(*engines: Scripted) -> Failover:
    failover = Failover(engines, rest_s=30.0, now_s=lambda: 1000.0)
    failover.warm_up()
    return failover


def test_batch_goes_to_the_first_engine_and_what_fails_to_the_next() -> None:
    first, second = Batching("e0"), Scripted("e1")
    failover = batches(first, second)
    assert failover.capabilities.batch_size == 8
    assert in_a_batch(failover) == ["e0"] * 3
    assert in_a_batch(failover, hopeless=1) == ["e0", "e1", "e0"]
    assert (first.batches, first.asked, second.asked) == (2, 0, 1)
    first.mood = "silent"
    assert in_a_batch(failover) == ["e1"] * 3
    second.mood = "refuses"
    assert in_a_batch(batches(Batching("e0"), second), hopeless=0) == [
        "CannotTranscribe",
        "e0",
        "e0",
    ]


def test_batch_that_cannot_be_done_as_one_is_done_one_by_one() -> None:
    plain, taking = Scripted("e0"), Batching("e1")
    failover = batches(plain, taking)
    assert failover.capabilities.batch_size == 1
    assert in_a_batch(failover) == ["e0"] * 3
    plain.mood = "raises"
    assert in_a_batch(failover) == ["e1"] * 3
    failover = batches(Batching("e0", "no batches"), Scripted("e1"))
    with pytest.raises(RuntimeError):  # as of any engine: each segment is then tried alone
        in_a_batch(failover)


class Forkable(Scripted):
    def prepare(self) -> bool:
        self.warm_up()
        return True


def test_only_what_may_be_forked_is_loaded_before_the_fork() -> None:
    forkable, other = Forkable("e0"), Scripted("e1")
    failover = Failover((forkable, other), rest_s=30.0)
    assert not failover.prepare()
    assert (forkable.warmed, other.warmed) == (1, 0)
    failover.warm_up()
    assert (forkable.warmed, other.warmed) == (1, 1)
    missing = Forkable("e0", "missing")
    failover = Failover((missing, other), rest_s=30.0)
    failover.prepare()
    missing.mood = "fine"
    failover.warm_up()
    assert failover.name == "e0", "it was tried again in the worker"
    assert Failover((Forkable("e0"), Forkable("e1")), rest_s=30.0).prepare()


def test_each_engine_is_asked_for_what_it_can_do() -> None:
    """One for interims of one language, short ones, before one for everything."""
    quick, every = Scripted("quick"), Scripted("every")
    quick.capabilities = SttCapabilities(languages=("en",), finals=False, longest_s=30.0)
    every.capabilities = SttCapabilities(batch_size=4)
    failover = Failover((quick, every), rest_s=30.0)
    failover.warm_up()
    assert (failover.name, failover.capabilities.batch_size) == ("every", 4)
    long = np.zeros(31 * 16_000, np.int16)
    asked = (
        SttRequest(PCM, "en-GB", final=False),
        SttRequest(PCM, "auto", final=False),
        SttRequest(PCM, "de", final=False),
        SttRequest(long, "en", final=False),
        SttRequest(PCM, "en", final=True),
    )
    by = [ask(failover, request).engine for request in asked]
    assert by == ["quick", "quick", "every", "every", "every"]
    assert quick.asked == 2


def test_what_no_engine_can_do_is_refused_with_the_reason() -> None:
    quick = Scripted("quick")
    quick.capabilities = SttCapabilities(finals=False)
    failover = Failover((quick, quick), rest_s=30.0)
    failover.warm_up()
    with pytest.raises(CannotTranscribe, match="quick quick does not make finals"):
        ask(failover, SttRequest(PCM, "en", final=True))
    assert quick.asked == 0


def test_requests_to_servers_leave_time_for_the_engines_after_them() -> None:
    alone = SttSettings(engine="openai-compatible", request_timeout_s=10.0, request_retries=1)
    assert alone.for_one_engine() == alone
    assert alone.deadline_s(1.0) == pytest.approx(5 + 2 + 2 * 10 + 0.4)
    listed = SttSettings(engine="openai-compatible, faster-whisper", request_timeout_s=10.0)
    one = listed.for_one_engine()
    assert (one.request_timeout_s, one.request_retries) == (5.0, 0)
    assert listed.deadline_s(1.0) == pytest.approx(5 + 2 + 5)
    assert SttSettings(engine="faster-whisper").deadline_s(1.0) == pytest.approx(5 + 2)


def test_finals_go_together_past_an_engine_that_makes_none() -> None:
    quick, big = Scripted("quick"), Batching("big")
    quick.capabilities = SttCapabilities(finals=False)
    failover = Failover((quick, big), rest_s=30.0)
    failover.warm_up()
    assert failover.capabilities.batch_size == 8
    assert in_a_batch(failover) == ["big"] * 3
    assert (big.batches, quick.asked) == (1, 0)


def test_an_engine_that_was_not_asked_does_not_end_the_tries() -> None:
    failing, english = Scripted("failing", "raises"), Scripted("english")
    english.capabilities = SttCapabilities(languages=("en",))
    failover = Failover((failing, english), rest_s=30.0)
    failover.warm_up()
    with pytest.raises(RuntimeError):
        ask(failover, SttRequest(PCM, "de", final=True))


@pytest.mark.parametrize(("locale", "by"), [("en-GB", "english"), ("de", "every")])
def test_who_cannot_find_out_the_language_is_asked_for_that_of_the_interview(
    locale: str, by: str
) -> None:
    english, every = Scripted("english"), Scripted("every")
    english.capabilities = SttCapabilities(languages=("en",), detects=False)
    failover = Failover((english, every), rest_s=30.0)
    failover.warm_up()
    asked = SttRequest(PCM, "auto", final=True, locale=locale)
    assert ask(failover, asked).engine == by


def test_an_engine_may_learn_what_it_can_do_while_it_warms_up() -> None:
    class Late(Scripted):
        def __init__(self) -> None:
            super().__init__("late")
            del self.capabilities

        def warm_up(self) -> None:
            self.capabilities = SttCapabilities(batch_size=4)

    failover = Failover((Late(), Scripted("other")), rest_s=30.0)
    failover.warm_up()
    assert (failover.name, failover.capabilities.batch_size) == ("late", 4)
