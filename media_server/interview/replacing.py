"""`dataclasses.replace`, several times as fast for the state of an interview.

The state has dozens of fields and changes with every event. Its `__init__` would set each of them
again; here its dictionary is copied as a whole. Smaller values are copied field by field, but for
those whose `__post_init__` has a say.
"""

from __future__ import annotations

import dataclasses
import functools
import operator
from collections.abc import Callable
from typing import Any, TypeVar, cast

from media_server.interview.state import State

T = TypeVar("T")
_FIELDS = frozenset(field.name for field in dataclasses.fields(State))
_set = object.__setattr__


def replace(value: T, /, **changes: Any) -> T:
    """The same with these fields changed. Raises TypeError for a field that it does not have."""
    if type(value) is not State:
        if hasattr(value, "__post_init__"):
            return cast("T", dataclasses.replace(cast("Any", value), **changes))
        return _replaced(value, changes)
    if not _FIELDS.issuperset(changes):
        raise TypeError(f"State has no {', '.join(sorted(changes.keys() - _FIELDS))}")
    new = object.__new__(State)
    new.__dict__.update(value.__dict__)
    new.__dict__.update(changes)
    return cast("T", new)


def _replaced(value: T, changes: dict[str, Any]) -> T:
    kind: type[Any] = type(value)
    names, values_of = _fields(cast("Any", kind))
    if not names.keys() >= changes.keys():
        raise TypeError(f"{kind.__name__} has no {', '.join(sorted(changes.keys() - names))}")
    new = object.__new__(kind)
    for name, kept in zip(names, values_of(value), strict=False):
        _set(new, name, kept)
    for name, changed in changes.items():
        _set(new, name, changed)
    return cast("T", new)


@functools.cache
def _fields(kind: type[Any]) -> tuple[dict[str, None], Callable[[Any], tuple[Any, ...]]]:
    """Their names in order, and what reads all of them."""
    names = [field.name for field in dataclasses.fields(kind)]
    if len(names) == 1:
        only = operator.attrgetter(names[0])
        return dict.fromkeys(names), lambda value: (only(value),)
    return dict.fromkeys(names), operator.attrgetter(*names)
