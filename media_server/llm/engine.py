"""What an engine is: it speaks one protocol, once, and says as a value why it could not.

Deadlines, retries, the circuit, places and what an answer must be like are the same for every
engine and stand in `guarded`.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import httpx

from media_server.llm.bounded_http import AnswerTooLong
from media_server.llm.settings import LlmSettings
from media_server.ports import LlmRequest, LlmUnavailable
from media_server.ports.llm import Failure, NextStep

_SECONDS = re.compile("[0-9]{1,6}")
_AGAIN: frozenset[Failure] = frozenset(
    ["busy", "broken", "too_long", "cut_off", "wrong_schema", "wrong_language", "empty", "repeats"]
)
"""Once more may help: the server was busy or restarted, or the model may say something else."""

Ending = Literal["", "stop", "length"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an answer; `ending`: why it is the last one."""

    text: str
    ending: Ending = ""


class EngineFault(LlmUnavailable):
    """`certain`: the next request would fail as well, whoever asks. `ill`: the server or the line,
    not what the model said: this counts towards leaving it alone. `after_s`: the server asks to be
    left alone for so long."""

    def __init__(
        self,
        failure: Failure,
        reason: str,
        *,
        certain: bool = False,
        ill: bool = True,
        after_s: float = 0.0,
    ) -> None:
        super().__init__(reason, failure=failure, next_step=step_after(failure))
        self.certain = certain
        self.ill = ill
        self.after_s = after_s


class Engine(Protocol):
    name: str
    """Of the protocol, for logs: "ollama"."""
    model: str

    def chat(
        self, request: LlmRequest, schema: Mapping[str, Any] | None
    ) -> AsyncGenerator[Piece, None]:
        """One request, one answer in pieces, the last with an `ending`. Closing it hangs up, and
        the server stops computing. Raises EngineFault; deadlines are the caller's."""

    async def close(self) -> None:
        """End its connections."""


def authorization(settings: LlmSettings) -> dict[str, str]:
    """The header with the API key; none without one."""
    return {"Authorization": f"Bearer {settings.api_key}"} if settings.api_key else {}


def step_after(failure: Failure) -> NextStep:
    return "retry" if failure in _AGAIN else "fall_back"


def fault_of_status(status: int, retry_after: str = "") -> EngineFault:
    """For an HTTP status that is no success. Never with a word of the body.

    `retry_after`: the header, where there is one; a date in it (RFC 9110, 10.2.3) is passed over.
    """
    reason = f"HTTP {status}"
    match status:
        case 401 | 403:
            return EngineFault("no_model", f"{reason}: the API key is refused", certain=True)
        case 404:
            return EngineFault("no_model", f"{reason}: no such model or address", certain=True)
        case 408 | 429 | 503:
            wait_s = int(retry_after) if _SECONDS.fullmatch(retry_after) else 0
            return EngineFault("busy", reason, after_s=wait_s)
        case 400 | 413 | 422:
            # Whose words were too long, or stopped by a filter, stops nobody else's interview.
            fault = EngineFault("broken", f"{reason}: the request is refused", ill=False)
            fault.next_step = "fall_back"
            return fault
        case _ if status >= 500:
            return EngineFault("broken", reason)
        case _:
            what = "a redirect, not followed" if status < 400 else "the request is refused"
            fault = EngineFault("broken", f"{reason}: {what}")
            fault.next_step = "fall_back"
            return fault


def fault_of_line(error: Exception) -> EngineFault:
    """For what httpx and reading the protocol raise. Short and without a word of the server's."""
    match error:
        case EngineFault():
            return error
        case AnswerTooLong():
            return EngineFault("too_long", "the answer is too long")
        case httpx.ConnectTimeout():
            return EngineFault("unreachable", "no connection in time")
        case httpx.ConnectError() | ConnectionError():
            return EngineFault("unreachable", "connection refused", certain=True)
        case httpx.HTTPError():
            return EngineFault("broken", f"connection lost ({type(error).__name__})")
        case ValueError() | TypeError() | AttributeError() | LookupError() | RecursionError():
            return EngineFault("broken", "not the protocol")
        case _:
            return EngineFault("broken", type(error).__name__)
