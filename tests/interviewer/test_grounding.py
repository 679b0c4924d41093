"""How often the checks of a follow-up are right, on proposals that were written before them.

A hundred in four languages, half of which should be asked: at least 98 right. The checks were
tuned with these in sight, so forty others were held out: of those none that should not be asked
is let through, and the share that is right was 38 of 40 when they were looked at first.
"""

from __future__ import annotations

import pytest

from media_server.interviewer.follow_up_checks import Grounded
from tests.interviewer.proposals import LANGUAGES, Proposal, proposals

ALL = [(name, made) for name in LANGUAGES for made in proposals(name)]
SMALL_MODEL = list(proposals("as_a_small_model"))
HELD_OUT = list(proposals("held_out"))


def test_half_of_a_hundred_should_be_asked() -> None:
    assert len(ALL) == 100
    assert sum(made.ask for _, made in ALL) == 50
    assert len(HELD_OUT) == 40


def test_at_least_98_of_100_are_judged_right() -> None:
    wrong = [f"{name}: {made.question} -> {made.judged()}" for name, made in ALL if _wrong(made)]
    assert len(wrong) <= 2, "\n".join(wrong)


def test_of_those_held_out_nothing_wrong_is_asked() -> None:
    asked = [made.question for made in HELD_OUT if not made.ask and _wrong(made)]
    assert not asked


def test_of_those_held_out_nineteen_in_twenty_are_judged_right() -> None:
    assert sum(made.is_right for made in HELD_OUT) >= 38


def test_of_what_a_small_model_may_say_hardly_anything_wrong_is_asked() -> None:
    """Insults, private matters, presumed facts, two questions in one.

    "Why did you let it break?" and a second question with the voice of a relative clause are asked.
    """
    asked = [made.question for made in SMALL_MODEL if not made.ask and _wrong(made)]
    assert sum(not made.ask for made in SMALL_MODEL) > 110
    assert len(asked) <= 2, "\n".join(asked)


def test_of_what_a_small_model_may_say_most_that_is_good_is_asked() -> None:
    good = [made for made in SMALL_MODEL if made.ask]
    assert len(good) >= 70
    lost = [f"{made.question} -> {made.judged()}" for made in good if _wrong(made)]
    assert len(lost) <= len(good) // 10, "\n".join(lost)


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_quote_comes_back_as_the_candidate_said_it(name: str) -> None:
    for made in proposals(name):
        judged = made.judged()
        if isinstance(judged, Grounded):
            assert judged.quote in made.asking.answer


def _wrong(made: Proposal) -> bool:
    return not made.is_right
