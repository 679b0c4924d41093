"""Who asks: integrators by an API key, candidates by a client token (RFC 6750, both Bearer)."""

from __future__ import annotations

import hmac
import re

from aiohttp import web

from signaling.context import context
from signaling.limits import RateLimiter, address_key, retry_after
from signaling.principals import DEFAULT_TENANT, PRINCIPAL, SCOPES, Principal, Scope
from signaling.problems import Problem
from signaling.tenancy import PROVED
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


def require_scope(request: web.Request, *scopes: Scope) -> Principal:
    """Whose API key it is; it has one of `scopes`. Raises Problem 401, 403 or 429."""
    ctx = context(request)
    given = digest(bearer(request, missing="Send Authorization: Bearer <API key>."))
    found = _owner_of_key(request, given)
    request[PRINCIPAL] = found
    limit(ctx.per_key, given.hex(), ctx.now_s())
    own = ctx.tenants.current().get(found.tenant).limits.requests_per_minute
    too_many(ctx.per_tenant.take(found.tenant, own, ctx.now_s()))
    if found.scopes.isdisjoint(scopes):
        named = " or ".join(scopes)
        raise Problem(403, "missing_scope", f"This API key has not the scope {named}.")
    return found


def require_metrics_key(request: web.Request) -> None:
    """The token for figures, or an API key of the default tenant: they are of the whole server.
    Raises Problem 401 or 429."""
    ctx = context(request)
    missing = "Send Authorization: Bearer <MEDIA_SERVER_METRICS_TOKEN, or an API key>."
    given = digest(bearer(request, missing=missing))
    token = ctx.settings.metrics_token
    is_token = bool(token) and hmac.compare_digest(digest(token), given)
    if not is_token and _owner_of_key(request, given).tenant != DEFAULT_TENANT:
        limit_failures(request)
        raise _wrong_key()
    limit(ctx.per_key, given.hex(), ctx.now_s())


def _owner_of_key(request: web.Request, given: bytes) -> Principal:
    """`given`: SHA-256 of the key. A look-up by it tells nothing by its time: nobody can choose
    how a digest begins. Raises Problem 401 or 429."""
    ctx = context(request)
    tenants = ctx.tenants.current()
    owned = tenants.by_digest.get(given)
    if owned is not None:
        tenant, key = owned
        if key.expires_s is not None and key.expires_s <= ctx.wall_s():
            limit_failures(request)
            raise _unauthorized("invalid_token", "This API key has expired; take a newer one.")
        name = f"{key.sha256[:8]} {key.label or '(no label)'}"
        return Principal(tenant.name, frozenset(key.scopes), name)
    place = 0
    for number, one in enumerate(ctx.api_key_digests, 1):
        place = number if hmac.compare_digest(one, given) else place
    if not place or DEFAULT_TENANT in tenants.by_name:
        limit_failures(request)
        raise _wrong_key()
    # By its place: a part of its hash would help who guesses one that a person thought up.
    return Principal(DEFAULT_TENANT, SCOPES, f"{place} of MEDIA_SERVER_API_KEY")


def _wrong_key() -> Problem:
    return _unauthorized("invalid_token", "This API key is not one of this server's.")


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
    too_many(limiter.take(key, now_s))


def too_many(wait_s: float) -> None:
    """`wait_s`: until the next request will be granted. Raises Problem 429 where it is not 0."""
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
        claims = ctx.tokens.verify(token, ctx.wall_s(), ignore_expiry=ignore_expiry)
    except BadToken as error:
        limit_failures(request)
        raise _unauthorized("invalid_token", f"The token is refused: {error}.") from None
    request[PROVED] = claims.interview_id
    return claims


def _unauthorized(error: str, detail: str) -> Problem:
    challenge = 'Bearer realm="media-server"'
    if error:
        challenge += f', error="{error}", error_description="{detail}"'
    return Problem(401, error or "unauthorized", detail, headers={"WWW-Authenticate": challenge})
