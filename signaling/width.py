"""What of a body is wider than any of its kind can be: found before it is validated.

Validation looks at every item of a list that is far too long, and puts each one's fault in words: a
body of 256 KiB can have 100,000 of them, and hold a second. Pure.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from signaling.faults import MAX_LISTED, Location, models_of

LONGEST = 100
"""Items of a list, where the model does not name a limit for one of this name."""
WIDEST = 60
"""Members of an object: more than any model has, and `metadata` may have."""


def too_wide(sent: Any, model: type[BaseModel]) -> list[tuple[Location, str]]:
    """Places in `sent`, a parsed body, and what is expected there: the first MAX_LISTED. Nothing
    within one of them is looked at."""
    limits, found = _limits(model), list[tuple[Location, str]]()
    left: list[tuple[tuple[int | str, ...], Any, int]] = [((), sent, LONGEST)]
    while left and len(found) < MAX_LISTED:
        place, value, longest = left.pop()
        if isinstance(value, Mapping):
            if len(value) > WIDEST:
                found.append((place, f"expected at most {WIDEST} members, and not {len(value)}"))
                continue
            left += [
                ((*place, name), inner, limits.get(name, LONGEST))
                for name, inner in reversed(list(value.items()))
                if isinstance(inner, dict | list)
            ]
        elif isinstance(value, list):
            if len(value) > longest:
                found.append((place, f"expected at most {longest} items, and not {len(value)}"))
                continue
            left += [
                ((*place, n), inner, LONGEST)
                for n, inner in reversed(list(enumerate(value)))
                if isinstance(inner, dict | list)
            ]
    return found


@functools.cache
def _limits(model: type[BaseModel]) -> Mapping[str, int]:
    """By the name of a field of it or of a part: the most that any list of this name may hold."""
    found: dict[str, int] = {}
    for one in models_of(model):
        for name, field in one.model_fields.items():
            longest = next((m.max_length for m in field.metadata if hasattr(m, "max_length")), None)
            if longest is not None and get_origin(_plain(field.annotation)) in (list, tuple):
                found[name] = max(longest, found.get(name, 0))
    return found


def _plain(kind: Any) -> Any:
    """The list in a list that may be left out."""
    inner = [one for one in get_args(kind) if get_origin(one) in (list, tuple)]
    return inner[0] if inner and get_origin(kind) not in (list, tuple) else kind
