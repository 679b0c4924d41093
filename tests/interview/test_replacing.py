"""A changed copy is what `dataclasses.replace` makes, of the state and of what it holds."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import Any

import pytest

from media_server.interview.replacing import replace
from media_server.interview.state import AudioGone, Listening, Skipped, Turn, initial
from tests.interview.world import make_spec

VALUES: tuple[tuple[Any, dict[str, Any]], ...] = (
    (initial(make_spec(2)), {"entered_s": 3.0, "muted": True}),
    (Turn(4, "q1", 1.5, typed="words"), {"end_reason": "silence", "flagged": True}),
    (Listening(2.0, rung=1), {"rung": 2}),
    (AudioGone(7.0), {}),
    (Skipped("q1", 2.0), {"prompt_id": "q2"}),
)


@pytest.mark.parametrize(("value", "changes"), VALUES)
def test_it_is_the_copy_that_dataclasses_make(value: Any, changes: dict[str, Any]) -> None:
    before = dataclasses.replace(value)
    made = replace(value, **changes)
    assert made == dataclasses.replace(value, **changes)
    assert type(made) is type(value)
    assert value == before
    assert hasattr(made, "__dict__") is not hasattr(value, "__slots__")


@pytest.mark.parametrize(("value", "changes"), VALUES)
def test_a_field_that_is_not_there_is_refused(value: Any, changes: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="no colour"):
        replace(value, **changes, colour="red")


@dataclasses.dataclass(frozen=True)
class Counted:
    words: str

    @cached_property
    def count(self) -> int:
        return len(self.words.split())


class Inherits(Counted):
    pass


@pytest.mark.parametrize("kind", [Counted, Inherits])
def test_what_a_value_has_worked_out_is_not_that_of_its_copy(kind: type[Counted]) -> None:
    value = kind("one two")
    assert value.count == 2
    assert replace(value, words="one").count == 1
