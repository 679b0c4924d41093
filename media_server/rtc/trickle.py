"""Trickle-ICE fragments (RFC 8840) and the preconditions of a PATCH (RFC 9725 §4.3). Pure."""

from __future__ import annotations

import re

from media_server.ports import OfferRejected
from media_server.rtc.sdp import check_credentials

MAX_BYTES = 8192
"""Of a fragment in UTF-8: several times what a browser sends at once."""
MAX_LINES = 100

_LINE = re.compile(r"[am]=.*")


def parse_fragment(text: str) -> tuple[str, str]:
    """The fragment's (ufrag, password). Raises OfferRejected 400 or 413.

    Candidates are checked for their shape only; `path.remote_candidates` reads them.
    """
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise OfferRejected(413, f"the fragment is longer than {MAX_BYTES} bytes")
    lines = [line for line in text.splitlines() if line]
    if not lines or len(lines) > MAX_LINES:
        raise OfferRejected(400, f"the fragment must have 1 to {MAX_LINES} lines")
    ufrag = password = None
    for number, line in enumerate(lines):
        if not _LINE.fullmatch(line):
            raise OfferRejected(400, f"line {number + 1} of the fragment is malformed")
        name, _, value = line[2:].partition(":")
        if name == "ice-ufrag":
            ufrag = ufrag or value.strip()
        elif name == "ice-pwd":
            password = password or value.strip()
        elif name == "candidate" and len(value.split()) < 8:
            raise OfferRejected(400, f"line {number + 1} of the fragment is no candidate")
    return check_credentials(ufrag, password)


def check_if_match(if_match: str, etag: str) -> bool:
    """`if_match`: the header as it came; `etag`: of the call's ICE session, quoted.

    True: `*`, which RFC 9725 §4.3.3 asks of an ICE restart. Raises OfferRejected: 428 without one,
    412 with another.
    """
    if not if_match.strip():
        raise OfferRejected(428, "send If-Match with the ETag of this call")
    tags = [tag.strip() for tag in if_match.split(",")]
    if tags == ["*"]:
        return True
    if etag not in tags:  # strong comparison: W/"…" never matches
        raise OfferRejected(412, "the ETag is of an earlier ICE session of this call")
    return False
