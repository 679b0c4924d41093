"""The record: what is decoded once more, where its words lie, when they replace the live ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import record, snapshot
from media_server.interview.fold import evolve
from media_server.interview.record import LONGEST_S, PAUSE_S, Stretch, stretches
from media_server.interview.result import build
from media_server.interview.settling import has_content
from media_server.interview.state import State, Turn
from media_server.interview.status import Status
from media_server.segment_info import SegmentId
from tests.interview.world import World, assert_log_folds_to_the_same_answers, make_spec
from tests.support.examples import examples
from tests.support.segments import heard, ready


def segment(
    segment_id: str, start_s: float, end_s: float, text: str = "some words", **changes: Any
) -> ev.SegmentTranscribed:
    values = {"speech_ms": 900, "prompt_id": "q1"} | changes
    return ev.SegmentTranscribed(
        segment_id=segment_id, turn_epoch=1, start_s=start_s, end_s=end_s, text=text, **values
    )


def turn(*segments: ev.SegmentTranscribed, **changes: Any) -> Turn:
    return replace(Turn(1, "q1", 0.0, end_reason="silence", segments=segments), **changes)


@st.composite
def spoken(draw: st.DrawFn) -> list[ev.SegmentTranscribed]:
    """Segments as they come: none overlaps, some were given up or thrown away, calls are lost."""
    at_s, epoch, found = 0.0, 1, []
    for number in range(draw(st.integers(0, 25))):
        epoch += draw(st.sampled_from([0, 0, 0, 0, 1]))
        at_s += draw(st.sampled_from([0.0, 0.1, 0.5, 0.9, 4.0, 60.0]))
        length_s = draw(st.floats(0.2, 20.0))
        changes = draw(
            st.sampled_from([{}, {}, {}, {}, {"untranscribed": "x"}, {"rejected": "loop"}])
        )
        name = f"{epoch}-{number}"
        found.append(segment(name, at_s, at_s + length_s, **changes))
        at_s += length_s
    return draw(st.permutations(found))


@settings(max_examples=examples(80), deadline=None)
@given(segments=spoken())
def test_every_usable_segment_is_in_one_stretch_in_its_order(
    segments: list[ev.SegmentTranscribed],
) -> None:
    planned = stretches(turn(*segments))
    usable = [s for s in segments if not s.untranscribed and not s.rejected]
    inside = [piece.segment for stretch in planned for piece in stretch.pieces]
    assert inside == sorted(usable, key=lambda s: s.start_s)
    for stretch in planned:
        assert stretch.length_s <= LONGEST_S
        assert len({id_.connection_epoch for id_ in stretch.segment_ids}) == 1
        for before, after in zip(stretch.pieces, stretch.pieces[1:], strict=False):
            silence_s = after.at_s - before.at_s - before.length_s
            pause_s = after.segment.start_s - before.segment.end_s
            assert silence_s == pytest.approx(min(PAUSE_S, pause_s), abs=1e-9)


@settings(max_examples=examples(80), deadline=None)
@given(segments=spoken(), times=st.lists(st.floats(-1.0, 30.0), min_size=1, max_size=20))
def test_times_map_back_to_the_timeline(
    segments: list[ev.SegmentTranscribed], times: list[float]
) -> None:
    for stretch in stretches(turn(*segments)):
        for piece in stretch.pieces:
            for share in (0.0, 0.3, 0.99):
                into_s = share * piece.length_s
                mapped = stretch.on_timeline(piece.at_s + into_s)
                assert mapped == pytest.approx(piece.segment.start_s + into_s, abs=1e-6)
        mapped_all = [stretch.on_timeline(at_s) for at_s in sorted(times)]
        assert mapped_all == sorted(mapped_all)
        words = [ev.SpokenWord(w="x", s=at_s, e=at_s + 0.3) for at_s in sorted(times)]
        placed = stretch.words(words)
        assert [word.s for word in placed] == sorted(word.s for word in placed)
        spans = [(p.segment.start_s, p.segment.end_s) for p in stretch.pieces]
        for word in placed:
            assert word.s <= word.e
            assert any(a - 1e-3 <= word.s and word.e <= b + 1e-3 for a, b in spans), (word, spans)


def test_a_word_in_the_silence_goes_to_the_segment_it_reaches_into() -> None:
    (stretch,) = stretches(turn(segment("1-1", 10.0, 12.0), segment("1-2", 30.0, 31.0)))
    assert stretch.length_s == pytest.approx(3.5)
    early, late = stretch.words(
        [ev.SpokenWord(w="a", s=1.9, e=2.2), ev.SpokenWord(w="b", s=2.2, e=2.7)]
    )
    assert (early.s, early.e) == (11.9, 12.0)
    assert (late.s, late.e) == (30.0, 30.2)


def test_a_long_answer_is_cut_at_the_longest_pause_of_the_second_half() -> None:
    at = [(0, 5), (9, 14), (14.6, 19.6), (21, 25), (25.5, 30), (30.5, 33)]
    planned = stretches(turn(*(segment(f"1-{n}", *span) for n, span in enumerate(at))))
    assert [[id_.number for id_ in s.segment_ids] for s in planned] == [[0, 1, 2], [3, 4, 5]]


def test_one_segment_longer_than_a_stretch_stands_alone() -> None:
    (stretch,) = stretches(turn(segment("1-1", 0.0, 40.0)))
    assert stretch.length_s == 40.0


# --- in an interview ---


def answered_in_three(
    texts: tuple[str, ...] = ("I was a", "Teacher for", "Ten years."), pause_s: float = 0.8
) -> World:
    """Question one has its answer; question two is being asked."""
    step_s = 1.2 + pause_s
    world = World(make_spec(2))
    world.to_question(1)
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch))
    for n, text in enumerate(texts, start=1):
        at_s = 2.0 + step_s * (n - 1)
        world.do(ready(epoch, f"1-{n}", at_s, at_s + 1.2, 900))
        word = ev.SpokenWord(w=text.split()[0], s=at_s, e=at_s + 0.4) if text else None
        world.do(heard(f"1-{n}", text, (word,) if word else (), "whisper", "base", "en", 0.6))
    assert record.due(world.state) == [], "it is not over yet"
    assert len(record.held(world.state)) == len(texts), "and its audio is needed all the same"
    world.do(inp.TurnOver(epoch, "silence", "silence 2000 ms", 2.0, 7.2))
    assert record.due(world.state) == [], "what follows from it is not decided yet"
    world.speak()
    return world


def better(stretch: Stretch, text: str, **changes: Any) -> inp.StretchHeard:
    step_s = stretch.length_s / max(1, len(text.split()))
    words = tuple(
        ev.SpokenWord(w=word, s=n * step_s, e=n * step_s + 0.1, c=0.9)
        for n, word in enumerate(text.split())
    )
    made: dict[str, Any] = {"engine": "whisper", "model": "base", "language": "en"}
    values = made | {"confidence": 0.9} | changes
    heard_again = inp.StretchHeard(stretch.turn_epoch, stretch.segment_ids, text, words)
    return replace(heard_again, **values)


def the_only(world: World) -> Stretch:
    (stretch,) = record.due(world.state)
    return stretch


def turn_result(state: State) -> dict[str, Any]:
    built = build("iv", state, now_s=0.0, record_within_s=60.0).model_dump(mode="json")
    return {**built["answers"][0]["turns"][0], "pending": built["record_pending"]}


def test_better_words_take_the_place_of_the_live_ones_which_stay() -> None:
    world = answered_in_three()
    before, known = world.state, len(world.log)
    live = turn_result(before)
    assert (live["words_from"], live["live_text"], live["pending"]) == ("live", None, 1)
    world.do(better(the_only(world), "I was a teacher for ten years."))
    told = turn_result(world.state)
    assert told["text"] == "I was a teacher for ten years."
    assert (told["words_from"], told["pending"], told["confidence"]) == ("record", 0, 0.9)
    assert told["live_text"] == live["text"] == "I was a Teacher for Ten years."
    words = told["words"]
    assert isinstance(words, list)
    assert [word["w"] for word in words] == ["I", "was", "a", "teacher", "for", "ten", "years."]
    assert [event.type for event in world.log[known:]] == ["stretch_transcribed"]
    after = world.state
    assert after.answers["q1"].turns[0].text == live["text"], "the conversation goes by these"
    assert replace(after, answers=before.answers) == before, "nothing else has moved"
    assert snapshot.load(after.spec, snapshot.dump(after)) == replace(
        after, listening=None, utterance=None
    )
    assert_log_folds_to_the_same_answers(world)


def test_it_is_written_once_whoever_comes_twice() -> None:
    world = answered_in_three()
    stretch = the_only(world)
    world.do(better(stretch, "I was a teacher for ten years."))
    known, state = len(world.log), world.state
    world.do(better(stretch, "I was a creature for ten years."))
    world.do(replace(better(stretch, "Of another turn, perhaps."), turn_epoch=9))
    world.do(replace(better(stretch, "x"), segment_ids=(SegmentId.parse("9-9"),)))
    assert (len(world.log), world.state) == (known, state)
    event = world.log[known - 1]
    assert evolve(state, event, world.now_s) == state, "folding it again changes nothing"


@pytest.mark.parametrize(
    ("text", "changes", "kept"),
    [
        ("", {}, "empty"),
        ("I was a", {}, "shorter"),
        ("I was a teacher. " * 8, {}, "longer"),
        ("I was a teacher for ten years.", {"rejected": "a loop"}, "rejected"),
        ("", {"failed": "failed"}, "failed"),
        ("", {"failed": "audio_gone"}, "audio_gone"),
    ],
)
def test_worse_words_are_noted_and_never_asked_for_again(
    text: str, changes: dict[str, Any], kept: str
) -> None:
    world = answered_in_three()
    live = turn_result(world.state)
    world.do(better(the_only(world), text, **changes))
    event = world.log[-1]
    assert isinstance(event, ev.StretchTranscribed)
    assert (event.kept, event.text, event.words) == (kept, "", ())
    assert record.due(world.state) == []
    assert record.held(world.state) == []
    assert turn_result(world.state) == {**live, "pending": 0}


def test_a_sentence_that_was_passed_over_is_no_better() -> None:
    lines = ("I was a teacher there.", "We had forty children in a class.", "It was hard work.")
    world = answered_in_three(lines)
    stretch = the_only(world)
    text = "I was a teacher there, and oh, it was hard, hard work."
    half = [ev.SpokenWord(w=word, s=0.1, e=0.2) for word in text.split()[:6]]
    rest_s = stretch.pieces[-1].at_s
    half += [ev.SpokenWord(w=w, s=rest_s + 0.1, e=rest_s + 0.2) for w in text.split()[6:]]
    world.do(replace(better(stretch, text), words=tuple(half)))
    event = world.log[-1]
    assert isinstance(event, ev.StretchTranscribed)
    assert event.kept == "gap"


@pytest.mark.parametrize("pause_s", [0.0, 0.1, 0.8])
@pytest.mark.parametrize("short", ["No, never.", "Yes.", ""])
@pytest.mark.parametrize("place", [0, 1])
def test_a_short_answer_without_any_word_at_its_place_stays(
    short: str, pause_s: float, place: int
) -> None:
    """However close its neighbour's words are: they lie in another segment."""
    long = "I have worked with databases for about three years."
    texts = [long]
    texts.insert(place, short)
    world = answered_in_three(tuple(texts), pause_s=pause_s)
    stretch = the_only(world)
    at_s = stretch.pieces[1 - place].at_s
    words = [
        ev.SpokenWord(w=word, s=at_s + 0.12 * n, e=at_s + 0.12 * n + 0.1)
        for n, word in enumerate(long.split())
    ]
    world.do(replace(better(stretch, long), words=tuple(words)))
    event = world.log[-1]
    assert isinstance(event, ev.StretchTranscribed)
    assert event.kept == ("gap" if short else "")
    assert short in turn_result(world.state)["text"]


def test_a_short_answer_whose_word_is_timed_into_the_silence_is_there() -> None:
    world = answered_in_three(("Yes.", "I have worked there for years."), pause_s=0.8)
    stretch = the_only(world)
    text = "Yes, I have worked there for years."
    after_s = stretch.pieces[0].length_s
    late = ev.SpokenWord(w="Yes,", s=after_s + 0.1, e=after_s + 0.3)
    rest_s = stretch.pieces[1].at_s
    rest = [ev.SpokenWord(w=w, s=rest_s + 0.1, e=rest_s + 0.2) for w in text.split()[1:]]
    world.do(replace(better(stretch, text), words=(late, *rest)))
    assert turn_result(world.state)["text"] == text


def test_words_that_come_late_plan_the_answer_again() -> None:
    """And until that is done they stand beside the better words: nothing is lost meanwhile."""
    world = answered_in_three(("I was a", "Teacher for", "Ten years."))
    first = the_only(world)
    world.do(better(first, "I was a teacher for ten years."))
    late = segment("1-9", 7.5, 9.0, "In Leeds.")
    world.fold(late.model_copy(update={"turn_epoch": first.turn_epoch}))
    told = turn_result(world.state)
    assert (told["text"], told["words_from"]) == (
        "I was a teacher for ten years. In Leeds.",
        "both",
    )
    again = the_only(world)
    assert set(first.segment_ids) < set(again.segment_ids)
    world.do(better(again, ""))
    assert turn_result(world.state)["text"] == told["text"], "a pass that failed takes nothing away"
    assert record.due(world.state) == []


def test_what_is_no_spoken_answer_has_no_record() -> None:
    segments = (segment("1-1", 1.0, 2.0), segment("1-2", 3.0, 4.0))
    spec = make_spec(1)
    world = World(spec)
    for changes, due in (
        ({}, 1),
        ({"typed": "By hand."}, 0),
        ({"request": "repeat"}, 0),
        ({"segments": segments[:1]}, 0),
        ({"segments": ()}, 0),
        ({"segments": tuple(s.model_copy(update={"text": ""}) for s in segments)}, 0),
        ({"segments": (segments[0], segment("1-3", 3.0, 4.0, untranscribed="erased"))}, 0),
    ):
        answer = replace(world.state.answers["q1"], turns=(turn(*segments, **changes),))
        state = replace(world.state, answers={"q1": answer})
        assert len(record.due(state)) == due, changes


def test_it_is_waited_for_so_long_and_no_longer() -> None:
    world = answered_in_three()
    assert record.pending(world.state, 1e9, 60.0) == 1, "while the interview goes on"
    assert record.pending(world.state, 0.0, 0.0) == 0, "switched off"
    world.do(inp.LeavePressed())
    assert world.at(Status.ENDED_BY_CANDIDATE)
    ended_s = world.state.entered_s
    assert record.pending(world.state, ended_s + 59.0, 60.0) == 1
    assert record.pending(world.state, ended_s + 61.0, 60.0) == 0
    world.do(better(the_only(world), "I was a teacher for ten years."))
    assert turn_result(world.state)["words_from"] == "record", "also when it is over"
    assert has_content(world.state, "q1")
