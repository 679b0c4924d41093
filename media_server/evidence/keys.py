"""Ed25519 keys of the server (RFC 8032): how they are kept, shown (RFC 8037) and read again.

A private key is kept as its seed of 32 bytes in base64url, one per line, the newest first: the form
of the server's other secrets.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from media_server.evidence.manifest import PublicJwk

KEY_BYTES = 32
MAX_KEY_FILE_BYTES = 1 << 20


class BadKey(ValueError):
    """What was given is no key; the text says what is."""


class SigningKeys:
    """The server's own. The first signs; the others were the first once, and are shown still."""

    def __init__(self, seeds: Sequence[str]) -> None:
        """`seeds`: in base64url. Raises BadKey; never repeats what was given."""
        if not seeds:
            raise BadKey("no key was given")
        private = [Ed25519PrivateKey.from_private_bytes(decoded_seed(seed)) for seed in seeds]
        self._signing = private[0]
        self.public = tuple(jwk(key.public_key().public_bytes_raw()) for key in private)

    @property
    def current(self) -> PublicJwk:
        return self.public[0]

    def public_jwk(self) -> Mapping[str, str]:
        """As `ports.Signer` has it."""
        return self.current.model_dump()

    def sign(self, data: bytes) -> bytes:
        """64 bytes."""
        return self._signing.sign(data)

    def shown(self) -> dict[str, Any]:
        """For GET /v1/evidence-key: a JWK, with its PEM form for other tools, and former keys."""
        current, *former = (
            {**key.model_dump(), "alg": "EdDSA", "use": "sig"} for key in self.public
        )
        return {**current, "pem": pem(self.current), "former": former}


def decoded_seed(text: str) -> bytes:
    """Raises BadKey."""
    try:
        seed = _decoded(text.strip())
    except ValueError:
        seed = b""
    if len(seed) != KEY_BYTES:
        raise BadKey(f"a key is {KEY_BYTES} random bytes in base64url (43 characters)")
    return seed


def jwk(raw: bytes) -> PublicJwk:
    """Of the 32 bytes of a public key."""
    x = _encoded(raw)
    return PublicJwk(x=x, kid=thumbprint(x))


def thumbprint(x: str) -> str:
    """RFC 7638 §3, as RFC 8037 §2 asks: SHA-256 over the members in their order, in base64url."""
    text = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": x}, separators=(",", ":"))
    return _encoded(hashlib.sha256(text.encode()).digest())


def pem(key: PublicJwk) -> str:
    public = Ed25519PublicKey.from_public_bytes(_decoded(key.x))
    return public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode("ascii")


def is_signed(key: PublicJwk, data: bytes, signature: bytes) -> bool:
    """Also False for a key that is none, or whose `kid` is another's."""
    if key.kid != thumbprint(key.x):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(_decoded(key.x)).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def public_keys(content: bytes) -> tuple[PublicJwk, ...]:
    """Of a file: what GET /v1/evidence-key answers, any JWK or JWK Set, or PEM. Raises BadKey."""
    if content.lstrip().startswith(b"-----BEGIN"):
        return (_from_pem(content),)
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise BadKey("it is neither a JWK nor a public key in PEM")
    listed = found.get("keys", [found])
    keys: list[PublicJwk] = []
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, dict):
            former = item.get("former")
            keys += [
                _from_jwk(one) for one in (item, *(former if isinstance(former, list) else ()))
            ]
    if not keys:
        raise BadKey("it holds no key")
    return tuple(keys)


def _from_pem(content: bytes) -> PublicJwk:
    try:
        key = serialization.load_pem_public_key(content)
    except ValueError:
        raise BadKey("its PEM cannot be read") from None
    if not isinstance(key, Ed25519PublicKey):
        raise BadKey("it is a key of another kind: Ed25519 is needed")
    return jwk(key.public_bytes_raw())


def _from_jwk(found: Mapping[str, Any]) -> PublicJwk:
    x = found.get("x") if isinstance(found, Mapping) else None
    if not isinstance(x, str) or found.get("kty") != "OKP" or found.get("crv") != "Ed25519":
        raise BadKey("it is a key of another kind: Ed25519 (kty OKP) is needed")
    try:
        raw = _decoded(x)
    except ValueError:
        raw = b""
    if len(raw) != KEY_BYTES:
        raise BadKey(f"its x is not {KEY_BYTES} bytes in base64url")
    return jwk(raw)


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
