"""Reads an answer as it comes: what may be passed on, and what ends it early. Pure.

A model that loops, refuses, or says far too much is noticed while it speaks, so that the line can
be hung up; what is in another language or is not there at all is noticed at the end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from media_server.llm import language, refusals, repetition
from media_server.llm.engine import Ending, EngineFault
from media_server.ports import LlmRequest

_CHARS_PER_TOKEN = 8
_CHARS_MORE = 400
_LOOK_EVERY_CHARS = 24
_THINK, _THOUGHT = "<think>", "</think>"
_FENCED = re.compile(r"\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*", re.DOTALL)
"""Servers that pass `response_format` over let the model wrap its JSON in Markdown."""
_LEAST_WORDS = 5
"""Of a text in JSON, to be looked at for its language: identifiers and labels are shorter."""


def most_chars(request: LlmRequest) -> int:
    """A token is four characters on average; twice that is no answer to what was asked."""
    return request.max_tokens * _CHARS_PER_TOKEN + _CHARS_MORE


def object_of(text: str) -> Mapping[str, Any] | None:
    """The JSON object of an answer that was good once, as `JsonAnswer.raw` has it; None: it holds
    none."""
    try:
        value = _parsed(_unfenced(text))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _parsed(text: str) -> Any:
    """Raises ValueError, RecursionError."""
    return json.loads(text, parse_constant=_no_constant)


def _unfenced(text: str) -> str:
    fenced = _FENCED.fullmatch(text)
    return fenced[1] if fenced else text


class Reader:
    """One answer. Every method raises EngineFault for what the model says."""

    def __init__(self, request: LlmRequest, *, is_json: bool) -> None:
        self._request = request
        self._is_json = is_json
        self._raw = ""
        self._looked_at = 0
        self._passed_on = 0
        self._text_from: int | None = None
        """Where the answer begins, behind thoughts; None: not known yet."""

    @property
    def text(self) -> str:
        """So far, without thoughts."""
        return self._raw[self._text_from :] if self._text_from is not None else ""

    def take(self, piece: str) -> str:
        """What may be passed on now: "" while the beginning may yet be a thought or a refusal."""
        self._raw += piece
        if len(self._raw) > most_chars(self._request):
            raise EngineFault("too_long", "more than was asked for", ill=False)
        if len(self._raw) - self._looked_at >= _LOOK_EVERY_CHARS:
            self._looked_at = len(self._raw)
            self._look()
        self._find_text()
        if self._passed_on and not self._is_json and _THOUGHT in self._raw[self._text_from :]:
            raise EngineFault("broken", "thoughts in the answer", ill=False)
        if self._is_json or self._text_from is None or refusals.may_become_one(self.text):
            return ""
        self._refused()
        return self._pass_on()

    def finish(self, ending: Ending) -> str:
        """The rest of what may be passed on."""
        self._find_text(ended=True)
        if not self.text.strip():
            raise EngineFault("empty", "no text", ill=False)
        self._look()
        if self._is_json:
            return ""
        self._refused()
        self._same_language(self.text)
        del ending  # a text that ends at the token limit is cut at its last sentence by its user
        return self._pass_on()

    def value(self, ending: Ending) -> Mapping[str, Any]:
        """The answer as a JSON object; its schema is not looked at here."""
        text = _unfenced(self.text)
        try:
            value = _parsed(text)
        except (ValueError, RecursionError):
            if ending == "length":
                raise EngineFault("cut_off", "JSON cut off at the token limit", ill=False) from None
            if refusals.is_refusal(text):
                raise EngineFault("refused", "the model refused", ill=False) from None
            raise EngineFault("wrong_schema", "no JSON", ill=False) from None
        if not isinstance(value, dict):
            raise EngineFault("wrong_schema", "no JSON object", ill=False)
        self._same_language(" ".join(_sentences(value)))
        return value

    # --- Parts

    def _look(self) -> None:
        if repetition.loops(self._raw, json=self._is_json):
            raise EngineFault("repeats", "the same words again and again", ill=False)

    def _find_text(self, *, ended: bool = False) -> None:
        if self._text_from is not None and not (ended and self._is_json):
            return
        begin = self._raw.lstrip()
        if begin.startswith(_THINK):
            end = self._raw.find(_THOUGHT)
            if end >= 0:
                self._text_from = end + len(_THOUGHT)
        elif self._thought_aloud(begin):
            self._text_from = self._raw.find(_THOUGHT) + len(_THOUGHT)
        elif ended or (begin and not _THINK.startswith(begin)):
            self._text_from = 0

    def _thought_aloud(self, begin: str) -> bool:
        """Thoughts whose first mark stands in the model's template. JSON that holds the mark in a
        string, as a candidate may say it, begins as JSON."""
        return _THOUGHT in begin and not begin.startswith(("{", "[", "```"))

    def _refused(self) -> None:
        if self._passed_on < refusals.HEAD_CHARS and refusals.is_refusal(self.text):
            raise EngineFault("refused", "the model refused", ill=False)

    def _same_language(self, text: str) -> None:
        if language.is_wrong(text, self._request.locale):
            raise EngineFault("wrong_language", "another language than was asked for", ill=False)

    def _pass_on(self) -> str:
        text = self.text
        more, self._passed_on = text[self._passed_on :], len(text)
        return more


def _no_constant(name: str) -> float:
    raise ValueError(name)  # NaN and Infinity are no JSON


def _sentences(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if len(value.split()) >= _LEAST_WORDS:
            yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _sentences(part)
    elif isinstance(value, list):
        for part in value:
            yield from _sentences(part)
