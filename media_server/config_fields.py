"""What the configuration knows of each setting: its variable, type, range, example and text.

Types and defaults come from the rooms' dataclasses, the rest from how each field is declared there
(`setting`). Here are only the sections and how values are read.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import re
import types
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from media_server.http_settings import HttpSettings, LogSettings
from media_server.live.settings import LiveSettings
from media_server.llm.settings import LlmSettings
from media_server.process_settings import ProcessSettings
from media_server.rtc.settings import RtcSettings
from media_server.setting import about, out_of_range, range_in_words
from media_server.store.settings import StoreSettings
from media_server.stt.settings import SttSettings
from media_server.tts.settings import TtsSettings
from media_server.webhooks.settings import WebhookSettings

SECTIONS: dict[str, Any] = {
    "http": HttpSettings,
    "live": LiveSettings,
    "rtc": RtcSettings,
    "store": StoreSettings,
    "stt": SttSettings,
    "tts": TtsSettings,
    "llm": LlmSettings,
    "webhooks": WebhookSettings,
    "log": LogSettings,
    "process": ProcessSettings,
}
_UNPREFIXED = frozenset({"http", "live", "store", "process"})
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_NONE = frozenset({"none", "never", ""})
MAX_SHOWN = 40
_PASSWORD = re.compile(r"//[^/@]*@")
"""User and password in the address of a store."""


@dataclass(frozen=True, slots=True)
class Field:
    section: str
    name: str
    variable: str
    kind: Any
    """int, float, bool, str or Path; `many` and `optional` say the rest."""
    many: bool
    optional: bool
    default: Any
    range: tuple[float, float] | None
    choices: tuple[str, ...]
    """The words it may be; empty: any."""
    example: str
    secret: bool
    text: str
    """What it does, for the configuration page."""

    @property
    def is_text(self) -> bool:
        return self.kind is str or self.many

    def parse(self, text: str) -> Any:
        """A variable's text. Raises ValueError: what is wrong, what is allowed, an example."""
        if self.many:
            return tuple(part.strip() for part in text.split(",") if part.strip())
        text = text.strip()
        if self.optional and text.lower() in _NONE:
            return None
        if self.kind is bool:
            if self.optional and text.lower() == "auto":
                return None
            if text.lower() not in _TRUE | _FALSE:
                raise ValueError(f"{self._shown(text)} is neither on nor off; {self._advice()}")
            return text.lower() in _TRUE
        if self.kind in (int, float):
            try:
                value = self.kind(text)
            except ValueError:
                what = "a whole number" if self.kind is int else "a number"
                raise ValueError(f"{self._shown(text)} is not {what}; {self._advice()}") from None
            return self._in_range(value)
        return self.kind(text)

    def convert(self, value: Any) -> Any:
        """A TOML value. Raises ValueError as `parse` does."""
        if self.many:
            if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
                raise ValueError(f"a list of strings is expected; {self._advice()}")
            return tuple(value)
        if self.kind is bool or isinstance(value, bool):
            if self.kind is bool and isinstance(value, bool):
                return value
            if self.kind is bool and self.optional and value == "auto":
                return None
            raise ValueError(f"{self._shown(str(value))} has the wrong type; {self._advice()}")
        if self.kind in (int, float) and isinstance(value, int | float):
            if self.kind is int and not (math.isfinite(value) and value == int(value)):
                raise ValueError(f"{value} is not a whole number; {self._advice()}")
            return self._in_range(self.kind(value))
        if isinstance(value, str):
            return self.parse(value)
        raise ValueError(f"{self._shown(str(value))} has the wrong type; {self._advice()}")

    def show(self, value: Any) -> Any:
        if value is None:
            return None
        if self.secret:
            return "(set)" if value else ""
        if isinstance(value, str):
            return _PASSWORD.sub("//(set)@", value)
        return str(value) if isinstance(value, Path) else value

    def allowed(self) -> str:
        """What may be given, in words."""
        if self.range is not None:
            return range_in_words(self.range, optional=self.optional)
        if self.choices:
            return " or ".join((", ".join(self.choices[:-1]), self.choices[-1]))
        if self.many:
            return "a list, separated by commas"
        if self.kind is bool and self.optional:
            return "on, off or auto"
        words = {bool: "on or off", int: "a whole number", float: "a number", Path: "a path"}
        return words.get(self.kind, "text")

    def _in_range(self, value: float) -> float:
        wrong = self.range and out_of_range(value, self.range, optional=self.optional)
        if wrong:
            raise ValueError(f"{wrong}; {self._for_example()}")
        return value

    def _advice(self) -> str:
        return f"allowed: {self.allowed()}; {self._for_example()}"

    def _for_example(self) -> str:
        return f"for example {self.variable}={self.example}"

    def _shown(self, text: str) -> str:
        return "the value" if self.secret else repr(text[:MAX_SHOWN])


@functools.cache
def fields_of(section: str) -> tuple[Field, ...]:
    settings = SECTIONS[section]
    hints = typing.get_type_hints(settings)
    return tuple(
        _field(section, item, hints[item.name])
        for item in dataclasses.fields(settings)
        if item.init
    )


def _field(section: str, item: dataclasses.Field[Any], hint: Any) -> Field:
    optional = False
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        optional = type(None) in typing.get_args(hint)
        hint = next(kind for kind in typing.get_args(hint) if kind is not type(None))
    many = typing.get_origin(hint) is tuple
    if many:
        hint = typing.get_args(hint)[0]
    choices: tuple[str, ...] = ()
    if typing.get_origin(hint) is typing.Literal:
        choices, hint = typing.get_args(hint), str
    if hint not in (int, float, bool, str, Path):
        raise TypeError(f"{section}.{item.name}: settings are numbers, switches, text and paths")
    default = item.default
    if item.default_factory is not dataclasses.MISSING:
        default = item.default_factory()
    said = about(item)
    prefix = "" if section in _UNPREFIXED else section.upper() + "_"
    name = item.name.upper()
    if prefix and name.startswith(prefix):
        prefix = ""
    return Field(
        section=section,
        name=item.name,
        variable=said.variable or f"MEDIA_SERVER_{prefix}{name}",
        kind=hint,
        many=many,
        optional=optional,
        default=default,
        range=said.allowed,
        choices=choices,
        example=said.example or _example(hint, default),
        secret=said.secret,
        text=said.text,
    )


def _example(kind: Any, default: Any) -> str:
    if kind is bool:
        return "off" if default else "on"
    if kind in (int, float) and default is not None:
        return f"{default:g}" if isinstance(default, float) else str(default)
    return str(default) if default not in (None, "", ()) else "…"
