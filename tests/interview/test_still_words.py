"""Words that have stood still while the gate hears somebody: they may end a turn, never cut it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.effects import CloseTurn
from media_server.interview.pacing import STILL_WORDS_MS
from media_server.interview.spec import Accommodations
from media_server.interview.status import Status
from media_server.interview.still_words import StillWords
from tests.interview.world import World, make_spec
from tests.support.segments import heard, info, ready


def still_after(*interims: tuple[str, float, float, str]) -> int:
    """(segment, begins, ends, text) of each; answers for how many ms nothing was added."""
    still = StillWords(1)
    for segment, start_s, end_s, text in interims:
        still.interim(info(segment, start_s, end_s), text)
    return still.still_ms


# --- what the recogniser's answers prove ----------------------------------------------------------


def test_the_same_words_again_stand_still() -> None:
    assert still_after(("1-1", 1, 3, "I left.")) == 0
    assert still_after(("1-1", 1, 3, "I left."), ("1-1", 1, 5, "i left")) == 2000


def test_a_window_that_moves_on_hears_the_end_of_them_or_nothing() -> None:
    said = ("1-1", 1, 6, "We had a meeting with them")
    assert still_after(said, ("1-1", 3, 11, "eting with them"), ("1-1", 8, 16, "")) == 10_000


@pytest.mark.parametrize("text", ["I left them", "We left", "left I", "I left I left"])
def test_whatever_is_new_begins_again(text: str) -> None:
    assert still_after(("1-1", 1, 3, "I left"), ("1-1", 1, 6, text)) == 0


def test_who_no_longer_hears_the_words_that_were_there_is_deaf() -> None:
    said = ("1-1", 1, 3, "I left.")
    assert still_after(said, ("1-1", 1, 5, ""), ("1-1", 1, 7, "")) == 0
    assert still_after(said, ("1-1", 1, 5, ""), ("1-1", 1, 7, "I left.")) == 4000


def test_the_same_words_in_another_segment_are_new() -> None:
    assert still_after(("1-1", 1, 3, "Yes."), ("1-2", 3.5, 6, "Yes.")) == 0


def test_before_the_first_word_nothing_stands_still() -> None:
    assert still_after(("1-1", 1, 3, ""), ("1-1", 1, 9, "")) == 0


def test_what_nobody_listened_to_proves_nothing() -> None:
    said = ("1-1", 1, 3, "I left.")
    assert still_after(said, ("1-1", 5, 13, "")) == 8000
    assert still_after(said, ("1-2", 9, 11, "")) == 2000
    assert still_after(said, ("1-2", 3.8, 6, "")) == 3000


def test_what_was_lost_proves_nothing() -> None:
    still = StillWords(1)
    still.interim(info("1-1", 1, 3), "I left.")
    still.interim(info("1-1", 1, 9, lost_ms=2000), "I left.")
    assert still.still_ms == 0


@pytest.mark.parametrize("lost_ms", [0, 2000])
def test_nor_does_it_where_the_first_words_come_after_it(lost_ms: int) -> None:
    """The final of the first segment is late, and no interim of it was written down."""
    still = StillWords(1)
    still.interim(info("1-2", 9 if not lost_ms else 3.5, 11, lost_ms=lost_ms), "")
    still.final(info("1-1", 1, 3), 3.0)
    assert still.still_ms == (0 if lost_ms else 2000)


def test_a_final_knows_where_its_last_word_ends() -> None:
    still = StillWords(1)
    still.interim(info("1-1", 1, 13), "I left.")
    still.final(info("1-1", 1, 15), 4.0)
    assert still.still_ms == 2000, "an interim has heard a word later than that"
    still.final(info("1-2", 15, 20), None)
    assert still.still_ms == 7000


@given(
    st.lists(
        st.tuples(st.sampled_from(["new", "same", "end", "none"]), st.integers(1, 4)), max_size=15
    )
)
def test_it_is_the_time_listened_to_since_the_last_new_word(told: list[tuple[str, int]]) -> None:
    still, at_s, new_s, until_s, said = StillWords(1), 1, None, 0, ["well"]
    deaf = False
    for number, (kind, length_s) in enumerate(told):
        at_s += length_s
        if kind == "new":
            said.append(f"word{number}")
            new_s = at_s
        elif new_s is None:
            continue
        text = {"end": said[-1], "none": ""}.get(kind, " ".join(said))
        start_s = max(1, at_s - 8)
        still.interim(info("1-1", start_s, at_s), text)
        assert new_s is not None
        if text or start_s >= new_s:
            until_s = at_s
        else:
            deaf = True
        still_ms = (until_s - new_s) * 1000
        assert still.still_ms <= still_ms if deaf else still.still_ms == still_ms


# --- what the machine makes of it -----------------------------------------------------------------


class Talk:
    """An answer that has begun, in a room where somebody else talks on."""

    def __init__(self, **spec: object) -> None:
        self.world = World(make_spec(2, **spec))
        self.world.to_question(1)
        self.epoch = self.world.state.turn_epoch
        self.world.do(inp.SpeechStarted(self.epoch))
        self.hears("It was far from my home.", 0)

    def hears(self, text: str, still_ms: int, *, turns_ago: int = 0) -> bool:
        """Whether the turn is closed for it."""
        self.world.effects.clear()
        self.world.do(inp.InterimHeard(self.epoch - turns_ago, text, still_ms))
        return CloseTurn(self.epoch, "silence") in self.world.effects


def test_the_turn_ends_where_no_word_was_added() -> None:
    talk = Talk()
    assert not talk.hears("It was far from my home.", STILL_WORDS_MS - 1)
    assert talk.hears("It was far from my home.", STILL_WORDS_MS)
    assert not talk.hears("It was far from my home.", STILL_WORDS_MS + 2000), "once"
    ended = talk.world.do(inp.TurnOver(talk.epoch, "silence", "", 1.0, 9.0))
    detail = [(e.reason, e.detail) for e in ended if isinstance(e, ev.TurnEnded)]
    assert detail == [("silence", "no new words")]
    assert talk.world.state.status is not Status.LISTENING


def test_it_ends_where_the_receiver_does_not_answer_too() -> None:
    talk = Talk()
    assert talk.hears("It was far from my home.", STILL_WORDS_MS)
    talk.world.wait(3.0)
    assert talk.world.state.status is not Status.LISTENING


def test_unfinished_words_are_waited_for_as_in_any_pause() -> None:
    talk = Talk()
    assert not talk.hears("It was far and", 4900)
    assert talk.hears("It was far and", 5000)


def test_the_accommodation_counts() -> None:
    talk = Talk(accommodations=Accommodations(time_multiplier=2.0))
    assert not talk.hears("It was far from my home.", 2 * STILL_WORDS_MS - 1)
    assert talk.hears("It was far from my home.", 2 * STILL_WORDS_MS)


def test_a_recogniser_that_is_late_is_no_evidence() -> None:
    talk = Talk()
    talk.world.do(ready(talk.epoch, "1-1"))
    assert not talk.hears("", 20_000)
    talk.world.do(heard("1-1", "It was far from my home."))
    assert talk.hears("", 20_000)


def test_who_thinks_is_not_ended() -> None:
    talk = Talk()
    talk.world.do(inp.ThinkPressed())
    assert not talk.hears("It was far from my home.", 20_000)


def test_of_an_older_turn_it_says_nothing() -> None:
    talk = Talk()
    assert not talk.hears("It was far from my home.", 20_000, turns_ago=1)


def test_without_a_word_no_turn_ends_by_it() -> None:
    world = World(make_spec(2))
    world.to_question(1)
    world.do(inp.SpeechStarted(world.state.turn_epoch))
    world.effects.clear()
    world.do(inp.InterimHeard(world.state.turn_epoch, "", 20_000))
    assert not world.effects
