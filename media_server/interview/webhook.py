"""Where the events of one interview go besides the endpoints of its tenant. Pure."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

MAX_URL_CHARS = 2_048


def webhook_url(text: str) -> str:
    """Where to post. Which addresses may be reached is checked where that is done. Raises
    ValueError."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("is no URL: its host or port cannot be read") from None
    # As it stands there: `urlsplit` passes over a space before it and a line feed within.
    if not text.startswith(("https://", "http://")) or not host:
        raise ValueError("must be https://host/path")
    if any(char <= " " or char == "\x7f" for char in text):
        raise ValueError("must have no spaces and no control characters")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must have no user and password: a receiver checks the signature")
    if parts.fragment:
        raise ValueError("must have no fragment: it is not sent")
    return text


class InterviewWebhook(BaseModel):
    """Part of a specification."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: Annotated[
        str, StringConstraints(max_length=MAX_URL_CHARS), AfterValidator(webhook_url)
    ] = Field(
        description="https, and a public address. The body of each event names the interview, so "
        "one URL does for all of them."
    )
