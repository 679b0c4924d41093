"""Whose keys, interviews and pages there are: the file of tenants as values. Pure.

A tenant is a customer of the operator. Its API keys stand in the file as SHA-256 hashes, so that
who reads the file cannot use them. What a tenant leaves out is as the server is set. Reading the
file, and noticing that it has changed, is `tenant_file`'s.
"""

from __future__ import annotations

import base64
import binascii
import difflib
import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, get_args
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from media_server.interview.branding import Branding
from media_server.interview.webhook import webhook_url
from media_server.ports import DEFAULT_TENANT, OPERATORS, Scope
from media_server.setting import DAYS, PER_MINUTE

MAX_TENANTS = 10_000
MAX_NAME_CHARS = 40
OTHER = "other"
"""The label in figures of every tenant that is not in the file."""
_NAME = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
_EVENT = r"^[a-z_]+(?:\.[a-z_]+)*(?:\.\*)?$"
_SECRET = re.compile(r"whsec_([A-Za-z0-9+/]+={0,2})")
_SECRET_BYTES = (24, 64)
"""Standard Webhooks 1.0.0, "Signature scheme"."""


class TenantsError(Exception):
    """`problems`: one line each, with the tenant and the field, ready to be shown. No secrets."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def origin(text: str) -> str:
    """As browsers write it (RFC 6454 §6.1). Raises ValueError."""
    parts = urlsplit(text)
    plain = f"{parts.scheme}://{parts.netloc}" == text and parts.hostname and "@" not in text
    if text != "*" and not (parts.scheme in {"http", "https"} and plain and text == text.lower()):
        raise ValueError("an origin is scheme://host[:port] in lower case without a path, or *")
    return text


def webhook_secret(text: str) -> str:
    """`whsec_` and 24 to 64 bytes in base64. Raises ValueError, without the secret."""
    found = _SECRET.fullmatch(text)
    low, high = _SECRET_BYTES
    try:
        size = len(base64.b64decode(found[1], validate=True)) if found else 0
    except binascii.Error:
        size = 0
    if not low <= size <= high:
        raise ValueError(f"a secret is whsec_ and {low} to {high} random bytes in base64")
    return text


def _first_repeated(names: Iterable[str]) -> str:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return ""


_Origins = tuple[Annotated[str, AfterValidator(origin)], ...]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class ApiKey(_Part):
    """`media-server tenants hash-key` makes the key and these lines."""

    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] = Field(
        description="Hex digest of the key.", repr=False
    )
    scopes: tuple[Scope, ...] = Field(min_length=1)
    label: Annotated[str, StringConstraints(max_length=80)] = ""
    """For people: where the key is used."""
    expires: AwareDatetime | None = None
    """From then on the key is refused; None: never."""

    @property
    def expires_s(self) -> float | None:
        """Unix seconds."""
        return None if self.expires is None else self.expires.timestamp()


class WebhookEndpoint(_Part):
    """Where events are sent."""

    id: Annotated[str, StringConstraints(pattern=_NAME, max_length=MAX_NAME_CHARS)]
    """Unique within the tenant; what is known of its deliveries is kept under it."""
    url: Annotated[str, AfterValidator(webhook_url), StringConstraints(max_length=2048)]
    secrets: tuple[Annotated[str, AfterValidator(webhook_secret)], ...] = Field(
        min_length=1, max_length=4, repr=False
    )
    """Each signs, so that a receiver may change from one to the next."""
    events: tuple[Annotated[str, StringConstraints(pattern=_EVENT, max_length=80)], ...] = ()
    """Names, or beginnings of names as `interview.*`; empty: every event."""
    enabled: bool = Field(True, strict=True)


class Limits(_Part):
    """None: no limit of the tenant's own; those of the server hold all the same."""

    max_live: int | None = Field(None, ge=0, le=10_000, strict=True)
    """Interviews with a place at one time, on each server, whichever worker they are at."""
    interviews_per_day: int | None = Field(None, ge=0, le=100_000_000, strict=True)
    """Interviews made in a day of UTC, on all servers that share a store."""
    requests_per_minute: int | None = Field(None, ge=PER_MINUTE[0], le=PER_MINUTE[1], strict=True)
    """Requests to the API by all keys of the tenant together, on each server."""


class RetentionDefaults(_Part):
    """Days after the end of an interview that does not say itself; None: as the server is set."""

    audio_days: int | None = Field(None, ge=DAYS[0], le=DAYS[1], strict=True)
    transcript_days: int | None = Field(None, ge=DAYS[0], le=DAYS[1], strict=True)


class Tenant(_Part):
    name: Annotated[str, StringConstraints(pattern=_NAME, max_length=MAX_NAME_CHARS)]
    """Stored with each interview: under a new name a tenant has none of them."""
    keys: tuple[ApiKey, ...] = ()
    webhooks: tuple[WebhookEndpoint, ...] = Field((), max_length=16)
    webhook_secrets: tuple[Annotated[str, AfterValidator(webhook_secret)], ...] = Field(
        (), max_length=4, repr=False
    )
    """Sign what goes to the URL that an interview brings with it; empty: none may bring one."""
    branding: Branding = Field(default_factory=Branding)
    limits: Limits = Field(default_factory=Limits)
    retention: RetentionDefaults = Field(default_factory=RetentionDefaults)
    cors_origins: _Origins | None = None
    """None: as the server is set. Else these alone."""
    frame_ancestors: _Origins | None = None
    """As `cors_origins`."""

    @model_validator(mode="after")
    def _sees_its_own_alone(self) -> Tenant:
        if self.name != DEFAULT_TENANT and any(OPERATORS in key.scopes for key in self.keys):
            raise ValueError(
                f"the scope {OPERATORS} shows every tenant's interviews and is the operator's: "
                f"only a key of {DEFAULT_TENANT} may have it"
            )
        return self

    @model_validator(mode="after")
    def _names_differ(self) -> Tenant:
        if self.name == OTHER:
            raise ValueError(f"{OTHER} is no name: figures are counted by it")
        ids = [endpoint.id for endpoint in self.webhooks]
        if twice := _first_repeated(ids):
            raise ValueError(f"two webhooks have the id {twice}")
        return self


@dataclass(frozen=True, slots=True)
class Tenants:
    """Every tenant, by name, and whose each key is."""

    by_name: Mapping[str, Tenant] = field(default_factory=dict)
    by_digest: Mapping[bytes, tuple[Tenant, ApiKey]] = field(default_factory=dict, repr=False)

    cors_origins: frozenset[str] = frozenset()
    """Of all of them, for what is asked before it is known whose an interview is."""
    frames: bool = False
    """Whether one of them says who may frame its pages."""

    def get(self, name: str) -> Tenant:
        """One that is not in the file has nothing of its own: its interviews are kept as the
        server is set, and nobody has a key to them."""
        return self.by_name.get(name) or _NOTHING.model_copy(update={"name": name})

    def label(self, name: str) -> str:
        """For figures, which are bounded: every tenant that the file does not name is "other"."""
        return name if name in self.by_name or name == DEFAULT_TENANT else OTHER


_NOTHING = Tenant(name=DEFAULT_TENANT)
NO_TENANTS = Tenants()


def key_digest(key: str) -> bytes:
    """SHA-256 of an API key. The keys are 256 random bits, so a fast hash is enough."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def parse(text: str) -> Tenants:
    """The file: `[[tenants]]` in TOML. Raises TenantsError with everything that is wrong."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TenantsError([f"this is not TOML: {error}"]) from None
    entries = document.get("tenants", [])
    if unknown := sorted(set(document) - {"tenants"}):
        raise TenantsError([f"{unknown[0]}: the file has [[tenants]] and nothing else"])
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise TenantsError(["tenants: write [[tenants]], once for each tenant"])
    if len(entries) > MAX_TENANTS:
        raise TenantsError([f"tenants: {len(entries)} of them; {MAX_TENANTS} are allowed"])
    found: list[Tenant] = []
    problems: list[str] = []
    for place, entry in enumerate(entries):
        try:
            found.append(Tenant.model_validate(entry))
        except ValidationError as error:
            problems += _problems(_who(entry, place), error)
    problems += _shared(found)
    if problems:
        raise TenantsError(problems)
    return Tenants(
        {tenant.name: tenant for tenant in found},
        {bytes.fromhex(key.sha256): (tenant, key) for tenant in found for key in tenant.keys},
        frozenset(origin for tenant in found for origin in tenant.cors_origins or ()),
        any(tenant.frame_ancestors is not None for tenant in found),
    )


def _who(entry: Mapping[str, Any], place: int) -> str:
    name = entry.get("name")
    if isinstance(name, str) and re.fullmatch(_NAME, name):
        return f"tenant {name[:MAX_NAME_CHARS]}"
    return f"tenant number {place + 1}"


def _shared(found: Iterable[Tenant]) -> list[str]:
    """What two tenants have that only one may have."""
    problems = []
    if twice := _first_repeated(tenant.name for tenant in found):
        problems.append(f"tenant {twice}: name: another tenant has it already")
    owners: dict[str, str] = {}
    for tenant in found:
        for place, key in enumerate(tenant.keys):
            if (owner := owners.get(key.sha256)) is not None:
                problems.append(f"tenant {tenant.name}: keys[{place}].sha256: {owner} has this key")
            owners.setdefault(key.sha256, tenant.name)
    return problems


def _problems(who: str, error: ValidationError) -> list[str]:
    """The fault, where it stands, and never the value, which may be a secret."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    # A list whose only entry is faulty counts as empty besides: that is no second fault.
    inside = {fault["loc"][:-1] for fault in found}
    return [
        f"{who}: {_place(fault['loc'])}{_message(fault)}"
        for fault in found
        if fault["type"] != "too_short" or fault["loc"] not in inside
    ]


def _place(parts: tuple[int | str, ...]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return f"{text.removeprefix('.')}: " if text else ""


def _message(fault: Any) -> str:
    kind, place = fault["type"], fault["loc"]
    if kind == "missing":
        return "is required"
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(str(place[-1]), _FIELDS, n=1, cutoff=0.6)
        return "is not a field" + (f"; did you mean {near[0]}?" if near else "")
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(str(place[-1]), _EVENT_ADVICE)
    if kind in {"timezone_aware", "datetime_from_date_parsing", "date_from_datetime_parsing"}:
        return "must say its offset from UTC, such as 2027-01-31T00:00:00Z"
    if kind == "literal_error":
        return f"must be one of {', '.join(sorted(get_args(Scope)))}"
    return str(fault["msg"]).removeprefix("Value error, ")


_IDENTIFIER = "must be lower-case letters, digits and single hyphens, such as acme-north"
_EVENT_ADVICE = "is the name of an event, such as interview.completed, or interview.*"
_PATTERNS = {
    "name": _IDENTIFIER,
    "id": _IDENTIFIER,
    "sha256": "must be the 64 hex digits that `media-server tenants hash-key` prints",
}
_FIELDS = sorted(
    {
        name
        for part in (Tenant, ApiKey, WebhookEndpoint, Limits, RetentionDefaults, Branding)
        for name in part.model_fields
    }
)
