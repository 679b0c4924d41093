"""The hash chain over the lines of a log. Pure.

`h[0] = SHA-256(domain, id of the interview)`, `h[i] = SHA-256(h[i-1], SHA-256(line i))`, lines
counted from 1 and with their line feed. Each hash includes the one before, so the last one stands
for every line and their order; and of two bundles of one interview the earlier chain is the
beginning of the later one, unless something was taken out between them.
"""

from __future__ import annotations

import hashlib

DOMAIN = b"media-server evidence log 1\n"
HASH_BYTES = 32
LINE_BYTES = 2 * HASH_BYTES + 1
"""Of `log.chain`: one hash in hexadecimal, and a line feed."""


def start(interview_id: str) -> bytes:
    return hashlib.sha256(DOMAIN + interview_id.encode()).digest()


def following(before: bytes, line: bytes) -> bytes:
    return hashlib.sha256(before + hashlib.sha256(line).digest()).digest()


def text(hashes: bytes | bytearray) -> bytes:
    """`log.chain` of hashes that stand one behind the other."""
    step = HASH_BYTES
    return b"".join(
        hashes[at : at + step].hex().encode() + b"\n" for at in range(0, len(hashes), step)
    )
