"""Tokens of reports: of a link to one, and of a URL of sound. Pure: time and secrets come in.

Both are JWTs (RFC 7519), each kind with a key of its own, so that neither opens what the other
does, nor what a client token does. A link's token says which document stands behind it: the link
lives as long as that, and is revoked by deleting it. A URL's token is good for one file of one
interview, and ends with its link where it comes from one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jwt

from signaling.tokens import ISSUER, LEEWAY_S, MAX_TOKEN_CHARS, derive, key_id

LINK_AUDIENCE = "media-server/report"
URL_AUDIENCE = "media-server/audio"
ALL_AUDIO = "*"
"""In place of a file: all sound of the interview."""


class BadReportToken(Exception):
    """`code` and text may be shown; the token is in neither."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True)
class LinkClaims:
    """What the token of a link to a report says."""

    tenant: str
    interview_id: str
    link_id: str
    scopes: frozenset[str]
    expires_s: float
    """Unix time."""


@dataclass(frozen=True, slots=True)
class UrlClaims:
    """What the token of a URL says."""

    tenant: str
    interview_id: str
    file: str
    expires_s: float
    link_id: str = ""
    """The link by which it was given out; "": by an API key."""


class _Signed:
    """The first secret signs, every secret is accepted."""

    def __init__(self, secrets: tuple[str, ...], purpose: str, audience: str) -> None:
        self._keys = {key_id(secret): derive(secret, purpose) for secret in secrets}
        self._kid = key_id(secrets[0])
        self._audience = audience

    def sign(self, claims: dict[str, Any]) -> str:
        whole = {"iss": ISSUER, "aud": self._audience, **claims}
        return jwt.encode(
            whole, self._keys[self._kid], algorithm="HS256", headers={"kid": self._kid}
        )

    def claims(self, token: str, *required: str) -> dict[str, Any] | None:
        """Those that this server has signed; None for anything else. Expired or not."""
        if len(token) > MAX_TOKEN_CHARS:
            return None
        try:
            key = self._keys.get(str(jwt.get_unverified_header(token).get("kid")))
            if key is None:
                return None
            # PyJWT reads the wall clock; the time is checked by the caller, on the process clock.
            found: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=["HS256"],
                audience=self._audience,
                issuer=ISSUER,
                options={
                    "require": ["exp", "sub", "ten", *required],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
        except (jwt.PyJWTError, ValueError, TypeError):
            return None
        texts = [found.get(name) for name in ("sub", "ten", *required)]
        whole = type(found.get("exp")) is int and all(isinstance(text, str) for text in texts)
        return found if whole else None


class ReportTokens:
    """Of links to reports, and of signed URLs."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._links = _Signed(secrets, "report-link", LINK_AUDIENCE)
        self._urls = _Signed(secrets, "audio-url", URL_AUDIENCE)

    def link(self, claims: LinkClaims) -> str:
        return self._links.sign(
            {
                "sub": claims.interview_id,
                "ten": claims.tenant,
                "jti": claims.link_id,
                "scope": " ".join(sorted(claims.scopes)),
                "exp": int(claims.expires_s),
            }
        )

    def url(self, claims: UrlClaims) -> str:
        said: dict[str, Any] = {
            "sub": claims.interview_id,
            "ten": claims.tenant,
            "file": claims.file,
            "exp": int(claims.expires_s),
        }
        return self._urls.sign({**said, "link": claims.link_id} if claims.link_id else said)

    def verify_link(self, token: str, interview_id: str, now_s: float) -> LinkClaims:
        """Raises BadReportToken. Whether the link was revoked, its document says."""
        found = self._links.claims(token, "jti", "scope")
        if found is None:
            raise BadReportToken("report_link_invalid", "This link is not one of this server's")
        _require(found, interview_id, now_s, "report_link", "link to a report")
        return LinkClaims(
            found["ten"],
            interview_id,
            found["jti"],
            frozenset(found["scope"].split()),
            float(found["exp"]),
        )

    def verify_url(self, token: str, interview_id: str, file: str, now_s: float) -> UrlClaims:
        """Raises BadReportToken."""
        found = self._urls.claims(token, "file")
        if found is None:
            raise BadReportToken("signed_url_invalid", "This address was not signed here")
        _require(found, interview_id, now_s, "signed_url", "address")
        if found["file"] not in (file, ALL_AUDIO):
            raise BadReportToken(
                "signed_url_other_file", "This address was signed for another file"
            )
        link = found.get("link", "")
        return UrlClaims(
            found["ten"],
            interview_id,
            found["file"],
            float(found["exp"]),
            link if isinstance(link, str) else "",
        )


def _require(found: dict[str, Any], interview_id: str, now_s: float, code: str, what: str) -> None:
    if found["sub"] != interview_id:
        raise BadReportToken(f"{code}_other_interview", f"This {what} is for another interview")
    if found["exp"] + LEEWAY_S <= now_s:
        raise BadReportToken(f"{code}_expired", f"This {what} has expired; ask for a new one")
