"""Resume tokens: `<interview id>.<256 random bits, base64url>`; only their SHA-256 is stored."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Literal

from media_server.interview.state import State

MAX_TOKEN_CHARS = 110
_TOKEN = re.compile(r"([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{43})")


def new_token(interview_id: str) -> str:
    return f"{interview_id}.{secrets.token_urlsafe(32)}"


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def interview_of(token: str) -> str | None:
    """Which interview a token is for; None: it is no such token. Says nothing about its being
    good."""
    match = _TOKEN.fullmatch(token)
    return match[1] if match is not None else None


def connection_of(state: State, token: str) -> int:
    """Epoch of the connection whose welcome carried it; 0: none."""
    given, found = token_hash(token), 0
    for record in state.connections:
        if hmac.compare_digest(record.resume_hash, given):
            found = record.connection_epoch
    return found


Standing = Literal["good", "superseded", "unknown"]


def standing(state: State, token: str) -> Standing:
    """`superseded`: it was given out, and a later connection is known to have received its own.

    Compares with every token of the interview, in the same time for each.
    """
    given = token_hash(token)
    good = superseded = False
    for _, known in state.resume_hashes:
        good |= hmac.compare_digest(known, given)
    proven = state.resume_hashes[0][0] if state.resume_hashes else 0
    for record in state.connections:
        same = hmac.compare_digest(record.resume_hash, given)
        superseded |= same and record.connection_epoch < proven
    if good:
        return "good"
    return "superseded" if superseded else "unknown"
