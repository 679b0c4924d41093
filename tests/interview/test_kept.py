"""The page says "What you said until then is kept" of every end: the result has the words.

It shows the same sentence for an interview that was abandoned as for one that has expired.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from media_server.interview import inputs as inp
from media_server.interview.result import build
from media_server.interview.status import TERMINAL, Status
from tests.interview.world import World

SAID = "My answer number 1 is long enough."


def _days_later(world: World) -> None:
    world.do(inp.CallEnded(1, "left", 9.0))
    world.wait(60 * 86_400.0)


ENDINGS: dict[Status, Callable[[World], object]] = {
    Status.ABANDONED: _days_later,
    Status.CANCELLED: lambda world: world.do(inp.Cancel()),
    Status.FAILED: lambda world: world.do(inp.Fail("the store is lost")),
    Status.ENDED_BY_CANDIDATE: lambda world: world.do(inp.LeavePressed()),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_was_said_until_then_is_kept(ending: Status) -> None:
    world = World()
    world.to_question(2)
    ENDINGS[ending](world)
    assert world.state.status in TERMINAL
    result = build("i1", world.state, now_s=world.now_s)
    assert result.status == ending.value
    assert [turn.text for turn in result.answers[0].turns] == [SAID]
