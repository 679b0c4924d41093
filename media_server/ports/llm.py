"""The language model: text that streams, and JSON of a given schema.

Whoever asks a model has an answer at hand for the case that there is none, and code that checks
what it says. A model that is asked decides nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, get_args

Purpose = Literal[
    "greeting", "follow_up", "faq", "intent", "summary", "evaluation", "check", "warm_up"
]
"""What a model is asked for: a label of figures and log lines. warm_up: that it is loaded before it
is needed; nobody waits for the answer."""
Failure = Literal[
    "no_model",
    "resting",
    "unreachable",
    "busy",
    "silent",
    "slow",
    "broken",
    "too_long",
    "cut_off",
    "wrong_schema",
    "wrong_language",
    "empty",
    "repeats",
    "refused",
    "rejected",
]
"""Why there is no answer. no_model: none is configured. resting: it failed too often lately
(the circuit is open). silent: no first token in time. slow: not finished in time. broken: not the
protocol, or the line was lost. too_long: more than was asked for. cut_off: JSON that ends at the
token limit. empty, repeats, refused: nothing, the same words again and again, or "I cannot help
with that". rejected: the caller's own check."""
FAILURES: frozenset[Failure] = frozenset(get_args(Failure))
NextStep = Literal["retry", "fall_back"]


class LlmUnavailable(Exception):
    """No usable answer: `str(error)` is a short reason fit for the log, without the model's words.

    `failure` says why as a value, and `next_step` whether the same request may be sent once more.
    """

    def __init__(
        self, reason: str, *, failure: Failure = "broken", next_step: NextStep = "fall_back"
    ) -> None:
        super().__init__(reason)
        self.failure: Failure = failure
        self.next_step: NextStep = next_step


@dataclass(frozen=True, slots=True)
class GreetingRequest:
    """What a greeting may mention. Nothing of the candidate: no name goes to a model."""

    title: str
    questions_total: int
    minutes: int
    """How long the interview takes, about."""
    locale: str
    """BCP 47, such as "en" or "pt-BR": the language of the answer."""


@dataclass(frozen=True, slots=True)
class LlmRequest:
    """One request. What a candidate said stands in `user` only, fenced (`prompts.fence`)."""

    purpose: Purpose
    system: str
    user: str
    locale: str = ""
    """The language that the answer must be in, BCP 47; "": any."""
    max_tokens: int = 200
    temperature: float = 0.0
    seed: int | None = None
    first_token_s: float = 4.0
    """From now until the first token must be there, retries included."""
    total_s: float = 10.0
    """From now until the last token must be there, retries included."""
    retries: int = 0
    """At most 2, with jitter, and only within `total_s`."""
    check: Callable[[str], Awaitable[None]] | None = field(default=None, repr=False, compare=False)
    """Of a text, once all of it is there: whether whoever asks can use it. It raises LlmUnavailable
    ("rejected") where not, which is then what came of the request."""


@dataclass(frozen=True, slots=True)
class JsonAnswer:
    """What a model answered by a schema. It fits the schema; nothing else is known of it."""

    value: Mapping[str, Any]
    raw: str
    """As it came, for the log."""
    model: str


class Llm(Protocol):
    """One language model for all interviews of the process."""

    name: str
    """For logs and the result, such as "ollama llama3.2"."""
    scripted: bool
    """There is no model, only fixed texts: `stream` and `json` raise LlmUnavailable at once."""

    def stream(self, request: LlmRequest) -> AsyncIterator[str]:
        """Pieces of the answer's text as they come; close it early and the model stops computing.

        Raises LlmUnavailable, also after pieces that have been yielded.
        """

    async def json(self, request: LlmRequest, schema: Mapping[str, Any]) -> JsonAnswer:
        """One JSON object that fits `schema` (JSON Schema 2020-12). Raises LlmUnavailable."""

    def available(self) -> bool:
        """Whether asking now makes sense: there is a model, and it is not left to rest."""

    async def close(self) -> None:
        """End its connections. Requests under way raise LlmUnavailable."""
