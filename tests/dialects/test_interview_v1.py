"""What a client may count up to: integers that JSON carries exactly, and nothing beyond."""

from __future__ import annotations

import json

import pytest

from media_server.dialects import interview_v1 as v1
from media_server.ports.dialect import BadMessage


@pytest.mark.parametrize("type_and_field", [("hello", "last_seq"), ("ack", "seq")])
@pytest.mark.parametrize("number", [2**53, 2**63, 2**64, 10**400, -1, 1.5, 1e300])
def test_a_place_in_the_log_beyond_any_log_is_a_bad_message(
    type_and_field: tuple[str, str], number: float
) -> None:
    """SQLite and Redis would answer it with an error of their own."""
    kind, field = type_and_field
    with pytest.raises(BadMessage):
        v1.decode(json.dumps({"type": kind, field: number}))


def test_the_largest_exact_integer_is_none() -> None:
    hello = v1.decode(json.dumps({"type": "hello", "last_seq": v1.MAX_SEQ}))
    assert isinstance(hello, v1.Hello)
    assert hello.last_seq == 2**53 - 1
