"""How a setting is declared: default, text, range, example and variable, all in one place.

A room's settings are a frozen dataclass whose fields are made by `setting`. The configuration
(`config_fields`), its page (`config_docs`) and the rooms' own checks (`check_ranges`) read the same
declaration, so a range holds for what an operator sets and for what code sets, in the same words.
What a room checks besides is how its settings go together.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, TypeVar

_T = TypeVar("_T")
_KEY = "setting"

PORTS = (0, 65_535)
DAYS = (0, 36_500)
PER_MINUTE = (1, 1_000_000)


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a setting besides its name, its type and its default."""

    text: str
    """For the configuration page: what it does, in sentences."""
    allowed: tuple[float, float] | None
    """The smallest and the largest number, both allowed; None: no number, or any."""
    example: str
    """A value as it stands in a variable; empty: the default."""
    variable: str
    """The whole name of its environment variable; empty: made from section and name."""
    secret: bool
    """Whether its value is shown to nobody."""


def setting(
    default: _T,
    text: str,
    *,
    allowed: tuple[float, float] | None = None,
    example: str = "",
    variable: str = "",
    secret: bool = False,
) -> _T:
    """A field of a dataclass of settings. Its type to a checker is that of its default."""
    about = About(" ".join(text.split()), allowed, example, variable, secret)
    return dataclasses.field(default=default, repr=not secret, metadata={_KEY: about})


def about(item: dataclasses.Field[Any]) -> About:
    """Raises TypeError for a field that was not made by `setting`."""
    found = item.metadata.get(_KEY)
    if not isinstance(found, About):
        raise TypeError(f"{item.name} is not declared with `setting`")
    return found


def range_in_words(allowed: tuple[float, float], *, optional: bool) -> str:
    """`optional`: the setting may also be none."""
    low, high = (f"{bound:g}" if bound < 1e6 else str(int(bound)) for bound in allowed)
    return f"{low} to {high}" + (", or none" if optional else "")


def out_of_range(value: float, allowed: tuple[float, float], *, optional: bool) -> str:
    """What is wrong with the value, in words that follow the name of its setting; "": nothing."""
    low, high = allowed
    if low <= value <= high:  # not so for NaN
        return ""
    return f"{value} is out of range; allowed: {range_in_words(allowed, optional=optional)}"


def check_ranges(settings: Any, room: str = "") -> None:
    """Raises ValueError, naming the first number outside its range. `room`: put before its name."""
    for item in dataclasses.fields(settings):
        allowed, value = about(item).allowed, getattr(settings, item.name)
        if allowed is None or value is None:
            continue
        optional = "None" in str(item.type).split(" | ")
        if wrong := out_of_range(value, allowed, optional=optional):
            raise ValueError(f"{room} {item.name}: {wrong}".lstrip())
