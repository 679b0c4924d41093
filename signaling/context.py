"""What every handler needs, kept in the application under one typed key."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from aiohttp import web

from media_server.evidence.keys import SigningKeys
from media_server.http_settings import HttpSettings
from media_server.interview.spec import InterviewSpec
from media_server.load_history import LoadHistory
from media_server.metrics import HttpMetrics
from media_server.ports import InterviewService, Readiness
from media_server.shared_counts.buckets import SharedBuckets
from media_server.tenant_file import TenantBook
from signaling.limits import RateLimiter, TenantLimits
from signaling.owners import Owners
from signaling.page_files import PageFiles
from signaling.problems import Problem
from signaling.report_tokens import ReportTokens
from signaling.streams import StreamSlots
from signaling.tokens import ClientTokens, JoinLinks

CONTEXT: web.AppKey[Context] = web.AppKey("media-server-context")
MAX_REMEMBERED_CALLS = 10_000
REHEARSALS_PER_MINUTE = 6
"""Of an interview: a candidate who tries again at once, and again."""
CHANGES_PER_CALL = 8
"""A client that trickles sends a few candidates one by one."""


class CallTokens:
    """Which token opened which call: it stays good for that call after it has expired."""

    def __init__(self) -> None:
        self._digests: OrderedDict[str, bytes] = OrderedDict()

    def remember(self, call_id: str, token_digest: bytes) -> None:
        self._digests[call_id] = token_digest
        while len(self._digests) > MAX_REMEMBERED_CALLS:
            self._digests.popitem(last=False)

    def opened(self, call_id: str) -> bytes | None:
        return self._digests.get(call_id)

    def forget(self, call_id: str) -> None:
        self._digests.pop(call_id, None)


@dataclass(slots=True)
class Context:
    settings: HttpSettings
    api_key_digests: tuple[bytes, ...]
    links: JoinLinks
    tokens: ClientTokens
    report_tokens: ReportTokens
    client_dir: Path
    demos_of: Mapping[str, InterviewSpec]
    """The demo interview by language."""
    now_s: Callable[[], float]
    """Never jumps: for limits."""
    wall_s: Callable[[], float]
    """Unix seconds, corrected when the machine's clock is: for tokens."""
    metrics: HttpMetrics
    tenants: TenantBook = field(default_factory=TenantBook)
    service: InterviewService | None = None
    evidence_file: Path | None = None
    """Where the key for evidence is kept, where none is configured."""
    evidence_keys: SigningKeys | None = None
    """Once somebody has asked for them."""
    draining: bool = False
    """Set at SIGTERM: /readyz says so at once, and nobody new may join."""
    worker: int = 0
    """Which of the workers this process is, from 1; 0: it is the only one."""
    refused_for_front: int = 0
    """Calls that this worker has refused because its front said so."""
    history: LoadHistory = field(default_factory=LoadHistory)
    started_s: float = field(init=False)
    """On the clock of `now_s`."""
    call_tokens: CallTokens = field(default_factory=CallTokens)
    per_address: RateLimiter = field(init=False)
    per_key: RateLimiter = field(init=False)
    per_tenant: TenantLimits = field(default_factory=TenantLimits)
    owners: Owners = field(default_factory=Owners)
    per_interview: RateLimiter = field(init=False)
    per_call: RateLimiter = field(init=False)
    """Changes to calls per interview: trickled candidates, restarts, hanging up."""
    demos: RateLimiter = field(init=False)
    all_demos: RateLimiter = field(init=False)
    """With one key: whoever asks."""
    rehearsals: RateLimiter = field(init=False)
    """Per interview."""
    page_files: PageFiles = field(init=False)
    streams: StreamSlots = field(init=False)
    failures: RateLimiter = field(init=False)
    """Wrong keys, links and tokens per client address."""

    def __post_init__(self) -> None:
        settings = self.settings
        self.started_s = self.now_s()
        self.page_files = PageFiles(self.client_dir)
        self.streams = StreamSlots(settings.max_streams, settings.max_streams_per_tenant)
        self.per_address = RateLimiter(settings.requests_per_minute)
        self.per_key = RateLimiter(settings.api_requests_per_minute)
        self.per_interview = RateLimiter(settings.calls_per_minute)
        self.per_call = RateLimiter(settings.calls_per_minute * CHANGES_PER_CALL)
        self.demos = RateLimiter(settings.demo_per_minute)
        self.all_demos = RateLimiter(settings.all_demos_per_minute)
        self.rehearsals = RateLimiter(REHEARSALS_PER_MINUTE)
        self.failures = RateLimiter(settings.requests_per_minute / 2)

    def count_with(self, shared: SharedBuckets) -> None:
        """Of several workers: the limits hold for all of them together. Before any request."""
        self.per_tenant.count_with(shared)
        for name, limiter in (
            ("address", self.per_address),
            ("key", self.per_key),
            ("interview", self.per_interview),
            ("call", self.per_call),
            ("demo", self.demos),
            ("demos", self.all_demos),
            ("rehearsal", self.rehearsals),
            ("failure", self.failures),
        ):
            limiter.count_with(shared, name)

    def count_refused_for_front(self) -> None:
        self.refused_for_front += 1

    def live(self) -> InterviewService:
        """The service. Raises Problem 503 before start-up is complete."""
        if self.service is None:
            raise Problem(
                503, "starting", "The server is starting; try again.", headers={"Retry-After": "2"}
            )
        return self.service

    def open_service(self) -> InterviewService:
        """The service, for those who newly come. Raises Problem 503 while the server drains."""
        if self.draining:
            raise Problem(
                503,
                "draining",
                "This server is about to stop; another one or the next start will take you.",
                headers={"Retry-After": "5"},
            )
        return self.live()

    def readiness(self) -> Readiness:
        ready = self._readiness()
        return replace(ready, notices=(self.tenants.notice,)) if self.tenants.notice else ready

    def _readiness(self) -> Readiness:
        if self.service is None:
            return Readiness(False, ("starting: engines are warming up",), 0, 0, 2)
        ready = self.service.readiness()
        if self.draining:
            reasons = ("draining: this server is about to stop, use another", *ready.reasons)
            return replace(ready, ready=False, reasons=reasons, full=False, waits=False)
        return ready


def context(request: web.Request) -> Context:
    return request.app[CONTEXT]
