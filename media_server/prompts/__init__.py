"""The prompts: one file for each task and language, with a version, and the fence around data.

A file is `<task>.<language>.toml` with `version` (it rises with every change of the words),
`system` and `user`, and may have a table `patterns`. `$name` in the words is filled in. What a
candidate said goes in fenced: `fence` makes it a JSON string between two marks that no text inside
can forge, so that a model can tell what it is asked from what it is shown. Pure.
"""

from __future__ import annotations

import functools
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from string import Template

FALLBACK_LANGUAGE = "en"
_NAME = re.compile(r"[a-z_]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


@dataclass(frozen=True, slots=True)
class Prompt:
    task: str
    language: str
    version: int
    system: str
    user: str
    patterns: Mapping[str, str] = field(default_factory=dict)
    """What an answer must mention → the pattern (`re`) that finds it; empty: nothing is checked."""

    @property
    def name(self) -> str:
        """For the log, such as "follow_up.en@1"."""
        return f"{self.task}.{self.language}@{self.version}"

    def system_with(self, **values: str) -> str:
        """Raises KeyError where a value is missing."""
        return Template(self.system).substitute(values)

    def user_with(self, **values: str) -> str:
        """Raises KeyError where a value is missing."""
        return Template(self.user).substitute(values)


def prompt(task: str, locale: str) -> Prompt:
    """In the language of `locale` (BCP 47), else in English. Raises FileNotFoundError."""
    primary = locale.strip().lower().replace("_", "-").split("-", 1)[0]
    found = _load(task, primary) if _LANGUAGE.fullmatch(primary) else None
    found = found or _load(task, FALLBACK_LANGUAGE)
    if found is None:
        raise FileNotFoundError(f"no prompt for {task}")
    return found


@functools.cache
def _load(task: str, language: str) -> Prompt | None:
    if not _NAME.fullmatch(task):
        return None
    try:
        text = (files(__package__) / f"{task}.{language}.toml").read_text("utf-8")
    except FileNotFoundError:
        return None
    known = tomllib.loads(text)
    return Prompt(
        task=task,
        language=language,
        version=int(known["version"]),
        system=str(known["system"]).strip(),
        user=str(known["user"]).strip(),
        patterns=dict(known.get("patterns", {})),
    )


def fence(label: str, text: str) -> str:
    """`text` as data named `label`: `<label>"…"</label>`, in which no mark can be closed or opened.

    The text is a JSON string (RFC 8259) with every `<` and `>` escaped as `\\u003c` and `\\u003e`.
    """
    data = json.dumps(text, ensure_ascii=False)
    data = data.replace("<", "\\u003c").replace(">", "\\u003e")
    return f"<{label}>{data}</{label}>"
