"""Who asks: integrators by an API key, candidates by a client token (RFC 6750, both Bearer)."""

from __future__ import annotations

import hmac
import re

from aiohttp import web

from signaling.context import context
from signaling.limits import RateLimiter, address_key, retry_after
from signaling.principals import DEFAULT_TENANT, SCOPES, Principal, Scope
from signaling.problems import Problem
from signaling.tokens import BadToken, TokenClaims, digest
from signaling.urls import client_address

MAX_CREDENTIAL_CHARS = 4096
_NO_TOKEN = "Send Authorization: Bearer <token>, from POST /v1/join."  # noqa: S105  # advice
_BEARER = re.compile(r"Bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)


def bearer(request: web.Request, *, missing: str) -> str:
    """The credential of the Authorization header. Raises Problem 401 or 400."""
    values = request.headers.getall("Authorization", [])
    if not values:
        raise _unauthorized("", missing)
    match = _BEARER.fullmatch(values[0].strip()) if len(values) == 1 else None
    if match is None or len(match[1]) > MAX_CREDENTIAL_CHARS:
        raise _unauthorized("invalid_request", "Send exactly one Authorization: Bearer <token>.")
    return match[1]


def require_scope(request: web.Request, scope: Scope) -> Principal:
    """Whose API key it is. Raises Problem 401, 403 or 429."""
    keys = context(request).api_key_digests
    _require_key(request, keys, missing="Send Authorization: Bearer <API key>.")
    found = Principal(DEFAULT_TENANT, SCOPES)
    if scope not in found.scopes:
        raise Problem(403, "missing_scope", f"This API key has not the scope {scope}.")
    return found


def require_metrics_key(request: web.Request) -> None:
    """The token for figures, or an API key. Raises Problem 401 or 429."""
    ctx = context(request)
    token = ctx.settings.metrics_token
    _require_key(
        request,
        (*ctx.api_key_digests, digest(token)) if token else ctx.api_key_digests,
        missing="Send Authorization: Bearer <MEDIA_SERVER_METRICS_TOKEN, or an API key>.",
    )


def _require_key(request: web.Request, accepted: tuple[bytes, ...], *, missing: str) -> None:
    """Compares with every key, in the same time for each."""
    ctx = context(request)
    given = digest(bearer(request, missing=missing))
    known = False
    for key in accepted:
        known |= hmac.compare_digest(key, given)
    if not known:
        limit_failures(request)
        raise _unauthorized("invalid_token", "This API key is not one of this server's.")
    limit(ctx.per_key, given.hex(), ctx.now_s())


def require_token(request: web.Request) -> tuple[TokenClaims, str]:
    """(claims, token) of a client token that is valid now. Raises Problem 401 or 429."""
    token = bearer(request, missing=_NO_TOKEN)
    return _verified(request, token, ignore_expiry=False), token


def require_token_for(request: web.Request, interview_id: str) -> tuple[TokenClaims, str]:
    """As `require_token`, and issued for this interview."""
    token = bearer(request, missing=_NO_TOKEN)
    return verified_for(request, token, interview_id), token


def verified_for(request: web.Request, token: str, interview_id: str) -> TokenClaims:
    """The claims of a client token, however it came. Raises Problem 401 or 429."""
    if len(token) > MAX_CREDENTIAL_CHARS:
        raise _unauthorized("invalid_request", "Send the token as POST /v1/join gave it.")
    claims = _verified(request, token, ignore_expiry=False)
    if claims.interview_id != interview_id:
        limit_failures(request)
        raise _unauthorized("invalid_token", "This token is for another interview.")
    return claims


def require_call_token(request: web.Request, interview_id: str, call_id: str) -> None:
    """The token that opened this call, however old, or a fresh one for its interview."""
    token = bearer(request, missing="Send the Authorization of the POST that opened this call.")
    opened = context(request).call_tokens.opened(call_id)
    mine = opened is not None and hmac.compare_digest(opened, digest(token))
    claims = _verified(request, token, ignore_expiry=mine)
    if claims.interview_id != interview_id:
        limit_failures(request)
        raise _unauthorized("invalid_token", "This token is for another interview.")


def limit(limiter: RateLimiter, key: str, now_s: float) -> None:
    """Raises Problem 429 with Retry-After."""
    wait_s = limiter.take(key, now_s)
    if wait_s:
        seconds = retry_after(wait_s)
        raise Problem(
            429,
            "too_many_requests",
            f"Too many requests; try again in {seconds} s.",
            headers={"Retry-After": str(seconds)},
        )


def limit_address(request: web.Request, limiter: RateLimiter) -> None:
    limit(limiter, address_key(client_address(request)), context(request).now_s())


def limit_failures(request: web.Request) -> None:
    """Guessing is slowed down; what was right is never counted."""
    limit_address(request, context(request).failures)


def _verified(request: web.Request, token: str, *, ignore_expiry: bool) -> TokenClaims:
    ctx = context(request)
    try:
        return ctx.tokens.verify(token, ctx.wall_s(), ignore_expiry=ignore_expiry)
    except BadToken as error:
        limit_failures(request)
        raise _unauthorized("invalid_token", f"The token is refused: {error}.") from None


def _unauthorized(error: str, detail: str) -> Problem:
    challenge = 'Bearer realm="media-server"'
    if error:
        challenge += f', error="{error}", error_description="{detail}"'
    return Problem(401, error or "unauthorized", detail, headers={"WWW-Authenticate": challenge})
