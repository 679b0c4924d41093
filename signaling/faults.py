"""What is wrong with a body, in words: from pydantic's errors to pointers and messages. Pure.

Nothing that was sent is sent back, but for the names in a pointer. A name that is suggested is one
of the model's own.
"""

from __future__ import annotations

import difflib
import functools
import itertools
import re
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from media_server.interview.template import TEMPLATE
from media_server.interview.texts import without_unwanted

MAX_LISTED = 20
"""Faults of one body that are put in words. A body can have a fault every ten bytes, and what was
meant by an unknown name takes a while to find: the event loop waits for it."""
MAX_POINTER_CHARS = 200
NEAR = 0.7
"""How alike two names are, 0 to 1 (difflib), for one to be taken for the other misspelt."""
NAMES_LISTED = 12
_PATTERNS = {
    "^[A-Za-z0-9._-]{1,64}$": "expected 1 to 64 of A-Z a-z 0-9 . _ -",
    "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$": "expected a language such as en, or de-AT (BCP 47)",
    TEMPLATE: "expected the id of a template, or id@version",
}
_SHORTER = {"Question": "expected a text, in quotes, or an object with a text"}
"""By the name of a model: what else may be sent for it."""

Location = Sequence[int | str]
Fault = Mapping[str, Any]
"""One of pydantic's `errors()`: type, loc, msg, ctx."""

_WANTED = {
    "bool": "expected true or false",
    "bytes": "expected a text, in quotes",
    "date": "expected a date such as 2026-12-31",
    "datetime": "expected a time with its zone, such as 2026-12-31T12:00:00Z",
    "dict": "expected an object, in braces",
    "float": "expected a number",
    "int": "expected a whole number",
    "list": "expected a list, in brackets",
    "model": "expected an object, in braces",
    "string": "expected a text, in quotes",
    "timezone": "expected a time with its zone, such as 2026-12-31T12:00:00Z",
    "tuple": "expected a list, in brackets",
}
"""By the first word of pydantic's name of a fault."""
_BOUNDS = {
    "greater_than": ("more than", "gt", ""),
    "greater_than_equal": ("at least", "ge", ""),
    "less_than": ("less than", "lt", ""),
    "less_than_equal": ("at most", "le", ""),
    "string_too_long": ("at most", "max_length", " character"),
    "string_too_short": ("at least", "min_length", " character"),
    "too_long": ("at most", "max_length", " item"),
    "too_short": ("at least", "min_length", " item"),
}
"""By pydantic's name of a fault: words, the name of its limit, and its unit."""
_OF_KIND = re.compile(r"_(type|parsing|from_float|attributes_type|from_date_parsing|aware)$")


def entries(
    error: ValidationError,
    model: type[BaseModel] | None,
    sent: Any,
    entry: Callable[[Location, str], dict[str, str]] | None = None,
) -> tuple[list[dict[str, str]], int]:
    """The first MAX_LISTED faults, each a JSON pointer (RFC 6901) into `sent`, the parsed body, and
    what is expected there; and how many faults there are. `model`: what it was validated by; None:
    no field is suggested. `entry`: makes one of a place in `sent` and a message, where the caller
    has sent something else.

    A field that is missing because its name is misspelt is one fault. Only the first MAX_LISTED
    unknown names are looked at for that."""
    found = error.errors(include_url=False, include_input=False)
    made = entry or (lambda place, text: {"pointer": pointer(place, sent), "message": text})
    unknown = (fault["loc"] for fault in found if fault["type"] == "extra_forbidden")
    misspelt = {
        (*place[:-1], near)
        for place in itertools.islice(unknown, MAX_LISTED)
        if (near := _meant(place, model)) is not None
    }
    around = {fault["loc"][:depth] for fault in found for depth in range(len(fault["loc"]))}
    kept = [
        fault
        for fault in found
        # A list is called too short, too, when an item of it has a fault.
        if not (fault["type"] == "too_short" and fault["loc"] in around)
        and not (fault["type"] == "missing" and fault["loc"] in misspelt)
    ]
    listed = [made(fault["loc"], _message(fault, model)) for fault in kept[:MAX_LISTED]]
    return listed, len(kept)


def pointer(location: Location, sent: Any = None) -> str:
    """As "#/questions/0/text". What was sent in a shorter shape ends where it ends: a question that
    is a text has no member `text`."""
    parts: list[int | str] = []
    for part in location:
        if isinstance(sent, str | int | float):
            break
        parts.append(part)
        sent = _member(sent, part)
    return ("#" + "".join(f"/{_escape(part)}" for part in parts))[:MAX_POINTER_CHARS]


def _member(sent: Any, part: int | str) -> Any:
    if isinstance(sent, Mapping):
        return sent.get(part)
    if isinstance(sent, list) and isinstance(part, int) and part < len(sent):
        return sent[part]
    return None


def _escape(part: int | str) -> str:
    """A name that was sent may hold what no text should: it is not sent back."""
    return without_unwanted(str(part)).replace("~", "~0").replace("/", "~1")


# --- what is expected ---------------------------------------------------------------------------


def _message(fault: Fault, model: type[BaseModel] | None) -> str:
    kind, given = fault["type"], fault.get("ctx", {})
    if kind == "extra_forbidden":
        return unknown_field(model, fault["loc"])
    if kind == "missing":
        return "required field: add it"
    if kind == "literal_error":
        return f"expected {given['expected']}"
    if kind == "string_pattern_mismatch" and given["pattern"] in _PATTERNS:
        return _PATTERNS[given["pattern"]]
    if kind == "model_type" and given["class_name"] in _SHORTER:
        return _SHORTER[given["class_name"]]
    if kind in _BOUNDS:
        words, name, unit = _BOUNDS[kind]
        plural = "s" if unit and given[name] != 1 else ""
        return f"expected {words} {given[name]}{unit}{plural}"
    wanted = _WANTED.get(kind.partition("_")[0])
    if wanted is not None and _OF_KIND.search(kind):
        return wanted
    return str(fault["msg"]).removeprefix("Value error, ")


# --- what was meant -----------------------------------------------------------------------------


def unknown_field(model: type[BaseModel] | None, location: Location) -> str:
    """`location`: of the field that `model` does not have there. Names the field that was meant:
    one beside it, or the same one at another level; else those there are."""
    advice = "unknown field: remove it or correct its spelling"
    if model is None or not location:
        return advice
    name = str(location[-1])
    here = _names_at(model, location[:-1])
    if not here:
        return advice
    if (near := _nearest(name, here)) is not None:
        return f'unknown field: did you mean "{near}"?'
    if (path := _elsewhere(model).get(_plain(name[:100]))) is not None:
        return f'unknown field here: did you mean "{".".join(path)}"?'
    more = ", …" if len(here) > NAMES_LISTED else ""
    return f"unknown field: remove it; known here are {', '.join(here[:NAMES_LISTED])}{more}"


@functools.cache
def _elsewhere(model: type[BaseModel]) -> Mapping[str, tuple[str, ...]]:
    """The nearest place of each field below the top, by its plain name."""
    return {_plain(path[-1]): path for path in reversed(list(_paths(model)))}


def _meant(location: Location, model: type[BaseModel] | None) -> str | None:
    if model is None or not location:
        return None
    return _nearest(str(location[-1]), _names_at(model, location[:-1]))


def _names_at(model: type[BaseModel], location: Location) -> list[str]:
    """In the order of the models, which is that of the documentation."""
    models = _models_at(model, location)
    return list(dict.fromkeys(field for one in models for field in one.model_fields))


def _plain(name: str) -> str:
    """However its words are put together: maxTurnMs, max-turn-ms."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _nearest(name: str, known: Sequence[str]) -> str | None:
    by_plain = {_plain(one): one for one in known}
    found = difflib.get_close_matches(_plain(name[:100]), by_plain, n=1, cutoff=NEAR)
    return by_plain[found[0]] if found else None


def _models_at(model: type[BaseModel], location: Location) -> list[type[BaseModel]]:
    """The models that an object at this place may be of."""
    kinds: list[Any] = [model]
    for part in location:
        inner: list[Any] = []
        for kind in kinds:
            for one in _alternatives(kind):
                if isinstance(one, type) and issubclass(one, BaseModel):
                    field = one.model_fields.get(str(part))
                    inner += [field.annotation] if field is not None else []
                else:
                    inner += [argument for argument in get_args(one) if argument is not ...]
        kinds = inner
    return [
        one
        for kind in kinds
        for one in _alternatives(kind)
        if isinstance(one, type) and issubclass(one, BaseModel)
    ]


def models_of(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """The model, and those of its parts; one that stands in several places comes several times."""
    yield model
    for field in model.model_fields.values():
        for one in _alternatives(field.annotation):
            item = get_args(one)[0] if get_origin(one) in (list, tuple) else one
            for kind in _alternatives(item):
                if isinstance(kind, type) and issubclass(kind, BaseModel):
                    yield from models_of(kind)


def _alternatives(kind: Any) -> Iterator[Any]:
    """What stands in a union, without its annotations."""
    if get_origin(kind) is Annotated:
        yield from _alternatives(get_args(kind)[0])
    elif get_origin(kind) in (Union, types.UnionType):
        for one in get_args(kind):
            yield from _alternatives(one)
    else:
        yield kind


def _paths(model: type[BaseModel], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every field below the top, the nearest first; "[]" stands for the place in a list."""
    inner: list[tuple[type[BaseModel], tuple[str, ...]]] = []
    for name, field in model.model_fields.items():
        if above:
            yield (*above, name)
        for one in _alternatives(field.annotation):
            item = get_args(one)[0] if get_origin(one) in (list, tuple) else one
            for kind in _alternatives(item):
                if isinstance(kind, type) and issubclass(kind, BaseModel):
                    listed = f"{name}[]" if item is not one else name
                    inner.append((kind, (*above, listed)))
    for kind, path in inner:
        yield from _paths(kind, path)
