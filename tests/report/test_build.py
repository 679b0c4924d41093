"""What a report makes of a log: older ones, interruptions, absences, losses, measured values."""

from __future__ import annotations

import pytest

from media_server.interview import events as ev
from media_server.interview import report as rep
from media_server.interview import result
from media_server.interview.report_build import (
    Gap,
    Sound,
    _first_sound_s,
    build,
    lost,
    with_sound,
)
from media_server.interview.report_log import LogFacts, Placing
from tests.report import example
from tests.report.example import Told

NEW = ("media_at_s", "media_from_s", "prompt_id", "starts_s", "clip")


def older(told: Told) -> LogFacts:
    """As a former release has written it."""
    facts = LogFacts()
    for at_s, event in told.log:
        data = event.model_dump(mode="json")
        if event.type.startswith("utterance"):
            data = {name: value for name, value in data.items() if name not in NEW}
        facts.take(at_s, ev.EVENT.validate_python(data))
    return facts


def test_an_older_log_is_placed_by_the_clock() -> None:
    told = example.told()
    exact = Placing(told.state.connections, told.facts)
    facts = older(told)
    estimated = Placing(told.state.connections, facts)
    for new, old in zip(told.facts.pieces, facts.pieces, strict=True):
        at_s, how = estimated.of(old)
        assert how == "estimated"
        assert at_s == pytest.approx(exact.of(new)[0], abs=0.01)
        if new.prompt_id and new.outcome != "interrupted":  # said before its round began
            assert old.prompt_id == new.prompt_id
        assert old.clip == ""


def report_of(told: Told, facts: LogFacts | None = None, **files: bool) -> rep.Report:
    names = frozenset({"audio-0001.ogg", "audio-0002.ogg"}) if files.get("kept", True) else ()
    made = result.build("iv", told.state, now_s=told.now_s, recordings=frozenset(names))
    return build("iv", told.state, facts or told.facts, made, now_s=told.now_s)


def codes(report: rep.Report) -> set[str]:
    return {reason.code for reason in report.quality.reasons}


def test_words_stop_where_they_were_cut() -> None:
    report = report_of(example.told())
    cut = next(said for said in report.spoken if said.outcome == "interrupted")
    assert cut.heard_s == 1.9
    assert cut.end_s is not None
    assert cut.words[-1].end_s <= cut.end_s
    assert 2 < len(cut.words) < len(cut.text.split())
    whole = next(said for said in report.spoken if said.kind == "greeting")
    assert [word.text for word in whole.words] == whole.text.split()
    starts = [word.start_s for word in whole.words]
    assert starts == sorted(starts)


def test_what_goes_on_after_an_interruption_is_a_piece_of_its_own() -> None:
    told = Told()
    told.write(ev.Created(expires_s=2e9), ev.Joined())
    told.connect()
    told.write(ev.Started())
    told.ask("week")
    question = told.facts.pieces[-1]
    told.now_s += 2.0
    told.write(
        ev.UtteranceResumed(
            utterance_id="u-9",
            kind="question",
            text=question.text,
            duration_s=question.duration_s,
            from_s=2.2,
            media_at_s=told.media_s,
        )
    )
    told.now_s += question.duration_s - 2.2
    told.write(
        ev.UtteranceEnded(
            utterance_id="u-9",
            kind="question",
            heard_s=question.duration_s,
            complete=True,
            outcome="heard",
            reason="played",
        )
    )
    rest = report_of(told).spoken[-1]
    assert (rest.from_s, rest.complete, rest.prompt_id) == (2.2, True, "week")
    assert rest.start_s is not None
    assert rest.end_s == pytest.approx(rest.start_s + question.duration_s - 2.2, abs=0.002)
    assert rest.words[0].start_s >= rest.start_s
    assert 0 < len(rest.words) < len(question.text.split())


def test_nothing_is_placed_where_no_audio_came() -> None:
    told = Told()
    told.write(ev.Created(expires_s=2e9), ev.Joined())
    told.write(ev.Connected(connection_epoch=1, media_offset_s=0.0, microphone=False, channel=True))
    told.write(ev.Started())
    told.write(
        ev.UtteranceStarted(
            utterance_id="u-1", kind="greeting", text="Hello.", duration_s=1.0, spoken=True
        )
    )
    (said,) = report_of(told).spoken
    assert (said.start_s, said.end_s, said.placed, said.words) == (None, None, "none", ())


def test_a_turn_begins_with_its_first_word_where_that_was_before_it_was_known() -> None:
    told = example.told()
    turn = next(turn for turn in told.state.turns if turn.segments and turn.segments[0].words)
    word_s = turn.segments[0].words[0].s
    assert _first_sound_s(word_s + 0.12, turn.segments) == word_s
    assert _first_sound_s(word_s - 0.1, turn.segments) == word_s - 0.1
    assert _first_sound_s(word_s + 2.0, turn.segments) == word_s + 2.0, "a word that is far off"
    assert _first_sound_s(1.0, ()) == 1.0


def test_an_absence_has_no_length_but_lasted() -> None:
    report = report_of(example.told())
    (away,) = (span for span in report.spans if span.kind == "absent")
    assert away.start_s == away.end_s == report.recordings[1].start_s
    assert away.lasted_s == 48.0


def test_an_absence_of_who_vanished_and_came_on_a_new_connection() -> None:
    """The old one ends in the log after the new one has begun."""
    told = example.told()
    before = len(report_of(told).spans)
    for epoch, vanished_s in ((8, 1.5), (9, 12.0)):
        connected = ev.Connected(
            connection_epoch=epoch, media_offset_s=told.offset_s, microphone=True, channel=True,
            vanished_s=vanished_s,
        )  # fmt: skip
        told.facts._over = False
        told.write(connected)
    spans = [span for span in report_of(told).spans if span.kind == "absent"]
    assert len(report_of(told).spans) == before + 1, "a page that was loaded again is none"
    assert spans[-1].lasted_s == 12.0
    assert spans[-1].start_s == spans[-1].end_s


def test_gaps_count_within_damaged_turns_alone() -> None:
    told = example.told()
    spans = report_of(told).spans
    turn = {span.prompt_id: span for span in spans if span.kind == "turn"}
    cold, week = turn["cold"], turn["week"]
    gaps = [
        Gap(cold.start_s + 1, cold.start_s + 2),
        Gap(cold.start_s + 3, cold.start_s + 3.06),
        Gap(week.start_s + 1, week.start_s + 2),  # nothing was lost there: the client was silent
        Gap(cold.start_s - 2, cold.start_s + 0.5),
    ]
    found = sorted(lost(gaps, told.state, spans), key=lambda span: span.start_s)
    assert [(span.kind, span.prompt_id) for span in found] == [
        ("lost", "cold"), ("lost", "cold"), ("concealed", "cold")
    ]  # fmt: skip
    assert found[0].start_s == cold.start_s, "of the turn"


def test_quality_follows_what_was_measured() -> None:
    told = example.told()
    report = report_of(told)
    assert not report.quality.usable
    assert codes(report) == {"lost_audio", "untranscribed"}
    assert "not_recorded" in codes(report_of(told, kept=False))
    damaged = with_sound(report, told.state, Sound(None, (), damaged=1))
    assert "damaged_recording" in codes(damaged)
    for reason in damaged.quality.reasons:
        assert reason.value is not None
        assert reason.message.endswith(".")


def test_words_after_their_answer_was_closed_are_late() -> None:
    told = Told()
    told.write(ev.Created(expires_s=2e9), ev.Joined())
    told.connect()
    told.write(ev.Started())
    told.ask("week")
    told.answer("week", "In time.")
    told.close("week")
    about = {"prompt_id": "week", "round": 0, "turn_epoch": 1}
    told.write(
        ev.SegmentTranscribed(
            segment_id="1-99", start_s=9.0, end_s=10.0, text="Too late for it.", **about
        )
    )
    report = report_of(told)
    assert report.quality.late_words == 4
    assert "late_words" in codes(report)


@pytest.mark.parametrize("kept", [False, True])
def test_what_was_lost_without_a_recording_stays_known(kept: bool) -> None:
    """The log tells of it where no recording can."""
    told = Told()
    told.write(ev.Created(expires_s=2e9), ev.Joined())
    told.connect()
    told.write(ev.Started())
    told.ask("week")
    told.answer("week", "What I cooked last week.")
    told.write(ev.AudioLost(turn_epoch=1, lost_ms=2_000))
    report = report_of(told, kept=kept)
    assert [span.lasted_s for span in report.spans if span.kind == "lost"] == [2.0]
    sound = Sound(None, (), covered=((0.0, 60.0),) if kept else ())
    after = with_sound(report, told.state, sound)
    left = [span.lasted_s for span in after.spans if span.kind == "lost"]
    assert left == ([] if kept else [2.0]), "a recording says it better"
