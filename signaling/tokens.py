"""Join links and client tokens: both signed, neither stored. Pure: time and secrets come in.

A join link is `{interview_id}.{base64url(HMAC-SHA256)}`: the same for every replay of the request
that made it. A client token is a JWT (RFC 7519) of at most ten minutes for one interview.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets as random
from dataclasses import dataclass
from typing import Any

import jwt

ISSUER = "media-server"
AUDIENCE = "media-server/join"
SCOPE = "join"
MAX_TTL_S = 600
LEEWAY_S = 5
"""Clocks of several servers differ a little."""
MAX_TOKEN_CHARS = 2048
LINK_VERSION = "1"

_LINK = re.compile(r"([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{43})")


class BadToken(Exception):
    """The text says what is wrong, in words that may be shown; never the token."""


@dataclass(frozen=True, slots=True)
class TokenClaims:
    interview_id: str
    token_id: str
    expires_s: float
    demo: bool = False
    resumed_from: int = 0
    """The connection whose resume token it was given for; 0: for the link."""


class JoinLinks:
    """The first secret makes links, every secret is accepted."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._keys = tuple(derive(secret, "join-link") for secret in secrets)

    def make(self, interview_id: str) -> str:
        return f"{interview_id}.{_signature(self._keys[0], interview_id)}"

    def check(self, link: str) -> str | None:
        """The interview's id, or None. Takes the same time wherever the link is wrong."""
        match = _LINK.fullmatch(link)
        if match is None:
            return None
        interview_id, given = match.groups()
        valid = False
        for key in self._keys:
            valid |= hmac.compare_digest(_signature(key, interview_id), given)
        return interview_id if valid else None


class ClientTokens:
    """The first secret signs, every secret is accepted: its `kid` says which one signed."""

    def __init__(self, secrets: tuple[str, ...], *, ttl_s: int = MAX_TTL_S) -> None:
        if not 0 < ttl_s <= MAX_TTL_S:
            raise ValueError(f"ttl_s must be between 1 and {MAX_TTL_S}")
        self._ttl_s = ttl_s
        self._keys = {key_id(secret): derive(secret, "client-token") for secret in secrets}
        self._kid = key_id(secrets[0])

    def issue(
        self, interview_id: str, now_s: float, *, demo: bool = False, resumed_from: int = 0
    ) -> tuple[str, float]:
        """(token, the Unix time at which it expires). `demo`: what is dear is not for it."""
        issued_s = int(now_s)
        expires_s = issued_s + self._ttl_s
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": interview_id,
            "scope": SCOPE,
            "iat": issued_s,
            "exp": expires_s,
            "jti": random.token_urlsafe(9),
        }
        if demo:
            claims["demo"] = True
        if resumed_from:
            claims["resumed"] = resumed_from
        key = self._keys[self._kid]
        token = jwt.encode(claims, key, algorithm="HS256", headers={"kid": self._kid})
        return token, float(expires_s)

    def verify(self, token: str, now_s: float, *, ignore_expiry: bool = False) -> TokenClaims:
        """Raises BadToken. `ignore_expiry` is for the call that this very token opened."""
        claims = self._signed_claims(token)
        expires_s, issued_s = claims["exp"], claims["iat"]
        if not all(type(value) is int for value in (expires_s, issued_s)):
            raise BadToken("its times are not whole seconds")
        # A token that was good once stays so when the wall clock is set back after its issue.
        from_later = issued_s > now_s + LEEWAY_S and not ignore_expiry
        if expires_s - issued_s > MAX_TTL_S or from_later:
            raise BadToken("its times are not ones this server issues")
        if not ignore_expiry and expires_s + LEEWAY_S <= now_s:
            raise BadToken("it has expired; open the link again")
        if claims.get("scope") != SCOPE:
            raise BadToken("it is not meant for joining")
        resumed_from = claims.get("resumed", 0)
        if type(resumed_from) is not int:
            raise BadToken("it is not a token of this server")
        demo = claims.get("demo") is True
        return TokenClaims(claims["sub"], claims["jti"], float(expires_s), demo, resumed_from)

    def _signed_claims(self, token: str) -> dict[str, Any]:
        if len(token) > MAX_TOKEN_CHARS:
            raise BadToken("it is not a token of this server")
        try:
            key = self._keys.get(str(jwt.get_unverified_header(token).get("kid")))
            if key is None:
                raise BadToken("it was signed with a key that is no longer accepted")
            # PyJWT reads the wall clock; times are checked above, on the process clock.
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=["HS256"],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={
                    "require": ["exp", "iat", "sub", "jti"],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
        except (jwt.PyJWTError, ValueError, TypeError):
            raise BadToken("it is not a token of this server") from None
        return claims


def digest(text: str) -> bytes:
    """What is compared or remembered instead of a secret."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _signature(key: bytes, interview_id: str) -> str:
    signed = f"{interview_id}\n{LINK_VERSION}".encode()
    raw = hmac.new(key, signed, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def derive(secret: str, purpose: str) -> bytes:
    """One key per purpose, so that no signature made for one can serve another."""
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).digest()


def key_id(secret: str) -> str:
    """What a token's header names its key by."""
    return hmac.new(secret.encode(), b"key-id", hashlib.sha256).hexdigest()[:12]
