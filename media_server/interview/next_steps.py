"""What an integrator gives a candidate to go on with: next steps, a contact, a privacy notice,
another way to take part. Shown on the candidate's pages, never spoken.

A link is opened by somebody who trusts the page, so none may run code or hide where it leads:
https, and for a contact mail and telephone as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from media_server.interview.texts import is_visible, unwanted

if TYPE_CHECKING:
    from media_server.interview.spec import InterviewSpec

_HIDDEN = re.compile(r"[\s\\\x00-\x1f\x7f]")
_MAIL = re.compile(r"mailto:[^@?&,;:/\s]+@[^@?&,;:/\s]+\.[^@?&,;:/\s]+(\?[^#]*)?")
_PHONE = re.compile(r"tel:\+?[0-9][0-9().-]{2,31}")


def _web(url: str) -> str:
    """https with a host and no user name, which would pass for one."""
    fault = "write an address that begins with https://, such as https://example.org/next"
    if _HIDDEN.search(url) or unwanted(url):
        raise ValueError(f"no spaces, backslashes or control characters in a link: {fault}")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError(fault) from None
    if parts.scheme != "https" or not host or "@" in parts.netloc:
        raise ValueError(fault)
    return url


def _way(url: str) -> str:
    if _MAIL.fullmatch(url) or _PHONE.fullmatch(url):
        return url
    try:
        return _web(url)
    except ValueError:
        fault = "write https://…, mailto:name@example.org or tel:+4930123456"
        raise ValueError(fault) from None


_Link = StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)
WebLink = Annotated[str, _Link, AfterValidator(_web)]
"""https."""
WayLink = Annotated[str, _Link, AfterValidator(_way)]
"""https, mailto or tel."""


def _clean(text: str) -> str:
    if found := unwanted(text):
        raise ValueError(f"{found} is not allowed in a text: remove it")
    return text


class Completion(BaseModel):
    """What comes after a finished interview. At least one of both."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    text: Annotated[
        str, StringConstraints(max_length=2000, strip_whitespace=True), AfterValidator(_clean)
    ] = Field("", description="Shown in place of the page's own last sentence, word for word.")
    url: WebLink | None = Field(None, description="Where it goes on: https.")

    @model_validator(mode="after")
    def _something(self) -> Completion:
        if not is_visible(self.text) and self.url is None:
            raise ValueError("give text, url or both, or leave completion out")
        return self


def shown(spec: InterviewSpec) -> Mapping[str, Any]:
    """What the candidate's page shows of the specification, by the names of `JoinPage`."""
    return {
        "record_audio": spec.retention.record_audio,
        "text_mode": spec.accommodations.text_mode,
        "branding": spec.branding.model_dump(),
        "completion": spec.completion.model_dump() if spec.completion is not None else None,
        "redirect_url": spec.redirect_url,
        "contact": spec.contact,
        "privacy_url": spec.privacy_url,
        "alternative_url": spec.alternative_url,
        "review_minutes": spec.review_minutes if spec.review else None,
        "watching": spec.watching,
    }
