from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.audio.barge_in import BargeInDetector
from media_server.audio.events import (
    AudioLost,
    Backchannel,
    BargeIn,
    ReceiverEvent,
    ReceiverSettings,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    TurnEnded,
    TurnNotice,
)
from media_server.audio.turns import TurnDetector
from tests.support.examples import examples

SPEECH, SILENCE, LOST = "speech", "silence", "lost"
RUNS = st.lists(
    st.tuples(st.sampled_from([SPEECH, SILENCE, LOST]), st.integers(1, 150)), max_size=25
)


def run(
    detector: TurnDetector, *runs: tuple[str, int], start_ms: int = 0
) -> list[tuple[int, ReceiverEvent]]:
    """(end of the frame in ms, event), for runs of (kind, milliseconds)."""
    events: list[tuple[int, ReceiverEvent]] = []
    at_ms = start_ms
    for kind, length_ms in runs:
        for _ in range(length_ms // 20):
            at_ms += 20
            found = detector.frame(at_ms, kind == SPEECH, heard=kind != LOST)
            events += [(at_ms, event) for event in found]
    return events


def detector(*, max_turn_ms: int | None = None, **changes: float) -> TurnDetector:
    made = TurnDetector(ReceiverSettings(**changes))  # type: ignore[arg-type]  # all settings are numbers
    made.start(1, 0, max_turn_ms)
    return made


def end_of(events: list[tuple[int, ReceiverEvent]]) -> tuple[int, TurnEnded] | None:
    ends = [(at_ms, event) for at_ms, event in events if isinstance(event, TurnEnded)]
    assert len(ends) <= 1
    return ends[0] if ends else None


def of_kind(events: list[tuple[int, ReceiverEvent]], kind: type[ReceiverEvent]) -> list[int]:
    return [at_ms for at_ms, event in events if isinstance(event, kind)]


def test_yes_ends_three_seconds_after_it_began() -> None:
    found = end_of(run(detector(), (SILENCE, 1000), (SPEECH, 400), (SILENCE, 5000)))
    assert found is not None
    assert found[0] == 4000
    assert found[1] == TurnEnded(1, "silence", 1.0, 1.4, 2600, 3000)


def test_a_longer_answer_ends_two_seconds_after_its_last_word() -> None:
    found = end_of(run(detector(), (SPEECH, 4000), (SILENCE, 5000)))
    assert found is not None
    assert (found[0], found[1].silence_ms) == (6000, 2000)


@given(RUNS, st.integers(300, 3000), st.integers(0, 4000))
@settings(max_examples=examples(200), deadline=None)
def test_the_end_is_where_the_definition_puts_it(
    runs: list[tuple[str, int]], silence_ms: int, min_turn_ms: int
) -> None:
    """Last speech + silence that was received, first speech + minimum: whichever is later."""
    kinds = [kind for kind, count in runs for _ in range(count)]
    expected: int | None = None
    for index, kind in enumerate(kinds):
        before = kinds[: index + 1]
        if SPEECH not in before or kind == SPEECH:
            continue
        first = before.index(SPEECH)
        last = index - before[::-1].index(SPEECH)
        received_ms = 20 * before[last + 1 :].count(SILENCE)
        if received_ms >= silence_ms and 20 * (index + 1 - first) >= min_turn_ms:
            expected = 20 * (index + 1)
            break
    events = run(
        detector(silence_ms=silence_ms, min_turn_ms=min_turn_ms),
        *[(kind, count * 20) for kind, count in runs],
    )
    found = end_of(events)
    assert (found[0] if found else None) == expected


@given(RUNS, st.integers(300, 3000))
@settings(max_examples=examples(100), deadline=None)
def test_events_come_in_a_sensible_order(runs: list[tuple[str, int]], silence_ms: int) -> None:
    events = run(detector(silence_ms=silence_ms), *[(kind, n * 20) for kind, n in runs])
    state = "before"
    for _, event in events:
        if isinstance(event, SpeechStarted):
            assert state == "before"
            state = "speaking"
        elif isinstance(event, SpeechPaused):
            assert state == "speaking"
            state = "paused"
        elif isinstance(event, SpeechResumed):
            assert state == "paused"
            state = "speaking"
        else:
            assert isinstance(event, TurnEnded)
            assert state != "before"
            state = "over"


def test_lost_audio_is_not_silence() -> None:
    found = end_of(run(detector(), (SPEECH, 4000), (SILENCE, 1000), (LOST, 60_000), (SILENCE, 980)))
    assert found is None
    found = end_of(run(detector(), (SPEECH, 4000), (SILENCE, 1000), (LOST, 5000), (SILENCE, 5000)))
    assert found is not None
    assert found[0] == 11_000


def test_pause_and_resumption_are_told() -> None:
    events = run(detector(), (SPEECH, 1000), (SILENCE, 1000), (SPEECH, 500), (SILENCE, 680))
    assert of_kind(events, SpeechPaused) == [1500, 3000]
    assert of_kind(events, SpeechResumed) == [2020]


def test_pace_holds_for_the_pause_that_runs() -> None:
    made = detector()
    run(made, (SPEECH, 4000), (SILENCE, 1000))
    made.set_silence_ms(4000)
    found = end_of(run(made, (SILENCE, 5000), start_ms=5000))
    assert found is not None
    assert found[0] == 8000
    with pytest.raises(ValueError, match="silence_ms"):
        made.set_silence_ms(0)


def test_a_wait_belongs_to_the_pause_that_runs() -> None:
    made = detector()
    run(made, (SPEECH, 4000), (SILENCE, 800))
    made.set_wait_ms(5000)
    events = run(made, (SILENCE, 4100), (SPEECH, 500), (SILENCE, 5000), start_ms=4800)
    found = end_of(events)
    assert found is not None
    assert found[0] == 4000 + 4900 + 500 + 2000


def test_a_wait_while_somebody_speaks_is_ignored() -> None:
    made = detector()
    made.set_wait_ms(5000)
    run(made, (SPEECH, 4000))
    made.set_wait_ms(5000)
    found = end_of(run(made, (SILENCE, 6000), start_ms=4000))
    assert found is not None
    assert found[0] == 6000


def test_each_pause_can_be_given_its_own_wait() -> None:
    made = detector()
    at_ms = 0
    for _ in range(5):
        run(made, (SPEECH, 1000), (SILENCE, 700), start_ms=at_ms)
        made.set_wait_ms(5000)
        assert end_of(run(made, (SILENCE, 4200), start_ms=at_ms + 1700)) is None
        at_ms += 5900
    run(made, (SPEECH, 1000), (SILENCE, 700), start_ms=at_ms)
    made.set_wait_ms(5000)
    made.set_wait_ms(2000)  # what was known later: the words are complete
    found = end_of(run(made, (SILENCE, 5000), start_ms=at_ms + 1700))
    assert found is not None
    assert found[0] == at_ms + 3000


def test_a_wait_that_is_over_already_ends_the_turn_at_once() -> None:
    made = detector()
    run(made, (SPEECH, 4000), (SILENCE, 800))
    made.set_wait_ms(5000)
    run(made, (SILENCE, 3000), start_ms=4800)
    made.set_wait_ms(2000)
    found = end_of(run(made, (SILENCE, 1000), start_ms=7800))
    assert found is not None
    assert found[0] == 7820
    with pytest.raises(ValueError, match="wait_ms"):
        made.set_wait_ms(0)


def test_accommodation_multiplies_last() -> None:
    made = detector(time_multiplier=1.5)
    run(made, (SPEECH, 4000), (SILENCE, 800))
    made.set_wait_ms(5000)
    found = end_of(run(made, (SILENCE, 9000), start_ms=4800))
    assert found is not None
    assert found[0] == 4000 + 5000 * 1.5


def test_an_outage_begins_the_pause_anew() -> None:
    made = detector()
    run(made, (SPEECH, 4000), (SILENCE, 1600))
    made.set_wait_ms(5000)
    assert made.lost(6680) == (AudioLost(1, 6680),)
    events = run(made, (LOST, 1000), (SILENCE, 3000), start_ms=5600)
    assert of_kind(events, SpeechPaused) == [7100]
    found = end_of(events)
    assert found is not None
    assert (found[0], found[1].silence_ms) == (8600, 2000)


def test_speech_after_an_outage_in_a_pause_is_told() -> None:
    made = detector()
    run(made, (SPEECH, 4000), (SILENCE, 1600))
    made.lost(3000)
    events = run(made, (LOST, 1000), (SILENCE, 200), (SPEECH, 500), start_ms=5600)
    assert [event for _, event in events] == [SpeechResumed(1, 6.8, 200)]


def test_a_short_loss_stops_the_count_of_the_silence_only() -> None:
    made = detector()
    run(made, (SPEECH, 4000), (SILENCE, 1600))
    assert made.lost(980) == ()
    found = end_of(run(made, (LOST, 980), (SILENCE, 3000), start_ms=5600))
    assert found is not None
    assert found[0] == 5600 + 980 + 400


@given(st.lists(st.tuples(st.integers(1, 100), st.integers(1, 400)), max_size=12))
@settings(max_examples=examples(100), deadline=None)
def test_whoever_falls_silent_is_waited_for_once_and_no_longer(
    pauses: list[tuple[int, int]],
) -> None:
    """Waits given in any pause, at any time: the last silence ends by its own."""
    made = detector()
    at_ms = 0
    for speech, silence in pauses:
        run(made, (SPEECH, speech * 20), start_ms=at_ms)
        at_ms += speech * 20
        quiet_ms = min(silence * 20, 4900)
        run(made, (SILENCE, 100), start_ms=at_ms)
        made.set_wait_ms(5000)
        run(made, (SILENCE, max(0, quiet_ms - 100)), start_ms=at_ms + 100)
        at_ms += max(100, quiet_ms)
    run(made, (SPEECH, 3000), start_ms=at_ms)
    found = end_of(run(made, (SILENCE, 3000), start_ms=at_ms + 3000))
    assert found is not None
    assert found[0] == at_ms + 5000


def test_let_me_think_holds_for_thirty_seconds() -> None:
    made = detector()
    run(made, (SPEECH, 4000), (SILENCE, 1000))
    made.hold(30.0)
    found = end_of(run(made, (SILENCE, 40_000), start_ms=5000))
    assert found is not None
    assert found[0] == 35_000


def test_an_answer_ends_the_holding_and_a_noise_does_not() -> None:
    made = detector()
    run(made, (SPEECH, 4000), (SILENCE, 1000))
    made.hold(30.0)
    events = run(made, (SILENCE, 5000), (SPEECH, 280), (SILENCE, 5000), start_ms=5000)
    assert end_of(events) is None
    found = end_of(run(made, (SPEECH, 3000), (SILENCE, 5000), start_ms=15_280))
    assert found is not None
    assert found[0] == 15_280 + 3000 + 2000


def test_soft_landing() -> None:
    limit = {"max_turn_ms": 10_000, "silence_ms": 3000}
    events = run(detector(**limit), (SPEECH, 9500), (SILENCE, 900), (SPEECH, 700), (SILENCE, 3000))
    assert of_kind(events, TurnNotice) == [8000]
    found = end_of(events)
    assert found is not None
    assert (found[0], found[1].reason) == (12_100, "soft_landing")
    notice = next(event for _, event in events if isinstance(event, TurnNotice))
    assert notice.remaining_ms == 2000


def test_a_room_too_noisy_to_pause_ends_thirty_seconds_after_the_limit() -> None:
    found = end_of(run(detector(max_turn_ms=10_000), (SPEECH, 60_000)))
    assert found is not None
    assert (found[0], found[1].reason) == (40_000, "hard_limit")


def test_a_question_may_have_its_own_limit() -> None:
    found = end_of(run(detector(max_turn_ms=5000), (SPEECH, 5500), (SILENCE, 1000)))
    assert found is not None
    assert (found[0], found[1].reason) == (6500, "soft_landing")


def test_nothing_said_never_ends_a_turn() -> None:
    assert run(detector(), (SILENCE, 400_000)) == []


def test_after_the_end_nothing_more_is_said() -> None:
    made = detector()
    assert end_of(run(made, (SPEECH, 4000), (SILENCE, 3000))) is not None
    assert run(made, (SPEECH, 4000), (SILENCE, 3000), start_ms=7000) == []
    assert made.turn_epoch is None


LOUD, QUIET = 1000.0, 1.0


def over(
    *runs: tuple[bool, int], speaking_from_ms: int = 0
) -> tuple[list[tuple[int, BargeIn | Backchannel]], BargeInDetector]:
    detector = BargeInDetector(300)
    events: list[tuple[int, BargeIn | Backchannel]] = []
    at_ms = 0
    for speech, length_ms in runs:
        for _ in range(length_ms // 20):
            if at_ms == speaking_from_ms:
                detector.bot_speaking(True)
            at_ms += 20
            event = detector.frame(at_ms, speech, LOUD if speech else QUIET)
            if event is not None:
                events.append((at_ms, event))
    return events, detector


def test_three_tenths_of_a_second_interrupt() -> None:
    events, _ = over((False, 1000), (True, 2000), (False, 500))
    assert events == [(1300, BargeIn(1.0, 1.3))]


def test_less_is_a_backchannel() -> None:
    events, detector = over((False, 1000), (True, 280), (False, 500))
    assert events == [(1480, Backchannel(1.0, 280))]
    assert detector.backchannels == 1


def test_a_breath_within_the_words_does_not_start_over() -> None:
    events, _ = over((True, 160), (False, 180), (True, 160), (False, 500), speaking_from_ms=0)
    assert events == [(480, BargeIn(0.0, 0.48))]


def test_both_starting_together_is_an_interruption() -> None:
    events, _ = over((False, 500), (True, 2000), speaking_from_ms=1000)
    assert events == [(1020, BargeIn(0.5, 1.02))]


def test_a_sound_that_never_stops_does_not_silence_the_bot() -> None:
    events, _ = over((True, 60_000), speaking_from_ms=10_000)
    assert events == []


def test_without_the_bot_there_is_nothing_to_interrupt() -> None:
    events, _ = over((True, 3000), (False, 1000), speaking_from_ms=99_990)
    assert events == []


def test_what_does_not_stand_out_from_the_background_interrupts_nobody() -> None:
    """Babble is speech to any detector; the candidate is louder than it."""
    rng = random.Random(1)
    detector = BargeInDetector(300)
    found: list[tuple[int, BargeIn]] = []
    for at_ms in range(20, 10_020, 20):
        if at_ms == 1000:
            detector.bot_speaking(True)
        loud = 30.0 if at_ms > 9000 else 1.0
        speech = at_ms > 9000 or at_ms % 900 > 300  # a detector's view of babble
        event = detector.frame(at_ms, speech, loud * rng.uniform(0.5, 2.0))
        if isinstance(event, BargeIn):
            found.append((at_ms, event))
    ((at_ms, barge),) = found
    assert 9000 < at_ms <= 9420
    assert barge.at_s == at_ms / 1000


def test_each_utterance_of_the_bot_can_be_interrupted() -> None:
    detector = BargeInDetector(300)
    found: list[BargeIn | Backchannel | None] = []
    for round_ms in (0, 10_000):
        found += [detector.frame(round_ms + at_ms, False, QUIET) for at_ms in range(20, 1020, 20)]
        detector.bot_speaking(True)
        found += [detector.frame(round_ms + at_ms, True, LOUD) for at_ms in range(1020, 2020, 20)]
        detector.bot_speaking(False)
    assert [event for event in found if event is not None] == [
        BargeIn(1.0, 1.3),
        BargeIn(11.0, 11.3),
    ]
