"""Links of an integrator: what they may be, and what they may never be."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from media_server.interview.next_steps import Completion, shown
from media_server.interview.spec import InterviewSpec
from tests.interview.world import make_spec

MAIL = "mailto:jobs@example.org"
BAD = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "http://example.org/",
    "//example.org/next",
    "/next",
    "https://",
    "https:///next",
    "https://example.org:port/",
    "https://jobs.example@evil.example/",
    "https://example.org\\@evil.example/",
    "https://exa mple.org/",
    "https://example.org/\u202etxt",
    "vbscript:x",
    "",
)


def made(fields: dict[str, Any]) -> InterviewSpec:
    return make_spec(**fields)


@pytest.mark.parametrize("url", BAD)
@pytest.mark.parametrize("field", ["contact", "privacy_url", "alternative_url", "redirect_url"])
def test_what_a_link_may_not_be(field: str, url: str) -> None:
    with pytest.raises(ValidationError):
        made({field: url})


@pytest.mark.parametrize("url", BAD)
def test_nor_where_it_goes_on(url: str) -> None:
    with pytest.raises(ValidationError):
        make_spec(completion={"url": url})


def test_what_it_may_be() -> None:
    spec = make_spec(
        completion={"text": " We write to you on Friday. ", "url": "https://example.org/next?a=1"},
        redirect_url="https://example.org/done?id=7",
        contact="mailto:jobs@example.org?subject=Interview",
        privacy_url="https://bücher.example/privacy",
        alternative_url="tel:+49-30-123456",
        review=True,
    )
    wanted = {
        "completion": {"text": "We write to you on Friday.", "url": "https://example.org/next?a=1"},
        "redirect_url": "https://example.org/done?id=7",
        "contact": "mailto:jobs@example.org?subject=Interview",
        "privacy_url": "https://bücher.example/privacy",
        "alternative_url": "tel:+49-30-123456",
        "review_minutes": 30,
    }
    assert {name: shown(spec)[name] for name in wanted} == wanted
    assert make_spec(contact="https://example.org/help").contact == "https://example.org/help"
    assert not any(shown(make_spec())[name] for name in wanted)


@pytest.mark.parametrize(
    "mail", ["mailto:jobs", "mailto:a@b.c,d@e.f", "mailto:", "tel:", "tel:abc"]
)
def test_mail_and_telephone_are_whole(mail: str) -> None:
    with pytest.raises(ValidationError):
        make_spec(contact=mail)


def test_privacy_and_next_are_pages() -> None:
    for field in ({"privacy_url": MAIL}, {"redirect_url": MAIL}, {"completion": {"url": MAIL}}):
        with pytest.raises(ValidationError):
            made(field)
    with pytest.raises(ValidationError):
        Completion()
    with pytest.raises(ValidationError):
        Completion(text="a\x00b")
