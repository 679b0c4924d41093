"""The evidence bundle, as HTTP asks for it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any, Protocol

Transcriber = Callable[[Mapping[str, Any]], str]
"""A result as a transcript, in one of its forms."""


class Signer(Protocol):
    """The server's key for evidence."""

    def public_jwk(self) -> Mapping[str, str]:
        """RFC 8037, with its thumbprint as `kid`."""

    def sign(self, data: bytes) -> bytes:
        """Ed25519: 64 bytes."""


class EvidenceBundle(Protocol):
    """A ZIP file whose length is known, made while it is read."""

    size: int

    def parts(self) -> AsyncGenerator[bytes, None]:
        """All of it, some at a time. Raises when it cannot be completed: the answer has begun then,
        and can only be cut off."""
