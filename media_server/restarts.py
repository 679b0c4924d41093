"""How often the supervisor has started the server again: each new one exports it.

The parent has no HTTP of its own, and the process that died cannot count its death. So the next one
receives it in its environment, and /metrics goes on counting across them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from typing import Literal, get_args

RestartReason = Literal["hung", "killed", "exited"]
"""hung: no sign of life; killed: by a signal, such as a crash or the kernel out of memory; exited:
with an exit code of its own."""
REASONS: tuple[RestartReason, ...] = get_args(RestartReason)
VARIABLE = "MEDIA_SERVER_RESTARTS"


def environment_for(restarts: Mapping[RestartReason, int]) -> dict[str, str]:
    """What the next process is started with."""
    return {VARIABLE: ",".join(f"{reason}={restarts.get(reason, 0)}" for reason in REASONS)}


def handed_over(environ: MutableMapping[str, str] | os._Environ[str]) -> dict[str, int]:
    """Every reason's count, once: no process of this one's own shall find it. 0 where it is not
    told."""
    told = dict(part.partition("=")[::2] for part in environ.pop(VARIABLE, "").split(","))
    return {reason: int(n) if (n := told.get(reason, "")).isdecimal() else 0 for reason in REASONS}
