"""Criteria that ask how somebody speaks, or who somebody is: refused, with better words. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from media_server.interview.spec import InterviewContent


@dataclass(frozen=True, slots=True)
class RubricFault:
    """What is wrong with a criterion or an anchor."""

    pointer: str
    """JSON pointer into the specification, such as "#/questions/0/criteria/1/text"."""
    message: str
    better: str
    """Other words that can be judged by what was said."""


def faults(spec: InterviewContent) -> list[RubricFault]:
    """Everything that is wrong, in the order of the specification."""
    del spec
    return []
