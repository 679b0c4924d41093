"""Problem details (RFC 9457) as the published OpenAPI document has them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Open(BaseModel):
    """They may carry more than a client knows (RFC 9457 §3.2)."""

    model_config = ConfigDict(extra="allow", frozen=True)


class ProblemError(_Open):
    pointer: str = Field(description="JSON pointer (RFC 6901) into the body.")
    message: str


class ProblemWaiting(_Open):
    """Of a candidate's call that is refused now and will be let in: ask again after `Retry-After`.
    Whoever keeps asking keeps their turn."""

    waits_for: Literal["place", "load"] = Field(
        description="That somebody goes, or that the server has less to do."
    )
    ahead: int | None = Field(description="How many have their turn before; null: no queue.")
    expected_s: int | None = Field(description="About how long it takes; null: not known.")


class ProblemDetails(_Open):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable and short, for programs.")
    errors: list[ProblemError] | None = None
    waiting: ProblemWaiting | None = Field(None, description="With 503 `full`.")
