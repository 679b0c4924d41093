"""How often the supervisor has started a process again: each new one exports it.

The parent has no HTTP of its own, and the process that died cannot count its death. So the next one
receives it in its environment, and /metrics goes on counting across them. The recognisers' process
has no /metrics either: of it the parent writes a file, which the front exports.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

RestartReason = Literal["hung", "killed", "exited"]
"""hung: no sign of life; killed: by a signal, such as a crash or the kernel out of memory; exited:
with an exit code of its own."""
REASONS: tuple[RestartReason, ...] = get_args(RestartReason)
VARIABLE = "MEDIA_SERVER_RESTARTS"


_AGO = "ago_s"


@dataclass(frozen=True, slots=True)
class Restarts:
    """As a process has them from its parent."""

    counts: Mapping[str, int]
    """By the reason, since the supervisor began."""
    ago_s: float | None = None
    """How long before this process began the last one was; None: there was none. A process that
    was replaced on purpose has not been restarted, and comes after one that may have been."""


def environment_for(
    restarts: Mapping[RestartReason, int], ago_s: float = math.inf
) -> dict[str, str]:
    """What the next process is started with. `ago_s`: how long ago the last death was."""
    parts = [f"{reason}={restarts.get(reason, 0)}" for reason in REASONS]
    if math.isfinite(ago_s):
        parts.append(f"{_AGO}={ago_s:.0f}")
    return {VARIABLE: ",".join(parts)}


def handed_over(environ: MutableMapping[str, str] | os._Environ[str]) -> Restarts:
    """Every reason's count, once: no process of this one's own shall find it. 0 where it is not
    told."""
    return _read(environ.pop(VARIABLE, ""))


def write(path: Path, restarts: Mapping[RestartReason, int]) -> None:
    """For the front, which may read it at any moment. A disk that is full costs the figure."""
    draft = path.with_suffix(".draft")
    with contextlib.suppress(OSError):
        draft.write_text(environment_for(restarts)[VARIABLE])
        draft.replace(path)


def read(path: Path) -> Restarts | None:
    """What `write` has left; None: nothing, for there is no such process."""
    try:
        return _read(path.read_text())
    except (OSError, ValueError):
        return None


def _read(text: str) -> Restarts:
    told = dict(part.partition("=")[::2] for part in text.split(","))

    def number(name: str) -> int | None:
        said = told.get(name, "")
        return int(said) if said.isdecimal() else None

    return Restarts({reason: number(reason) or 0 for reason in REASONS}, number(_AGO))
