"""Who is let in: the places of `capacity`, and what a candidate receives who gets none."""

from __future__ import annotations

from media_server.live.away import UNDER_WAY
from media_server.live.capacity import Capacity, NoPlace, Taken
from media_server.live.registry import Registry
from media_server.live.settings import LiveSettings
from media_server.ports import Clock, Refused
from media_server.tenants import Tenant

_SOON_S = 3
"""When a pending call may have made room."""


class Admission:
    """Every method is synchronous: between asking and taking nobody else can come."""

    def __init__(self, registry: Registry, settings: LiveSettings, clock: Clock) -> None:
        self._registry = registry
        self._settings = settings
        self._clock = clock
        demos = min(settings.max_demos, settings.max_live)
        self._capacity = Capacity(settings.max_live, max_demos=demos)
        self.refused = 0
        self.refused_own = 0
        """Calls for which the server had a place, and their tenant no more."""
        self.replaced = 0
        """Pending calls that made room for a newer call."""

    def take(self, interview_id: str, call_id: str) -> None:
        """A place for this call. Raises Refused 503."""
        now_s = self._clock.now_s()
        try:
            self._capacity.reserve(interview_id, call_id, now_s, self._waiting())
        except NoPlace as none:
            self.refused += 1
            if none.why == "demos":
                reason = (
                    f"full: {self._settings.max_demos} demo interviews are running; "
                    "raise MEDIA_SERVER_MAX_DEMOS"
                )
            else:
                reason = self._full()
            wait_s = self._settings.retry_after_s
            if self._capacity.taken(now_s, self._waiting()).pending:
                wait_s = min(wait_s, _SOON_S)
            raise Refused(503, "full", reason, retry_after_s=wait_s) from None

    def require_own_place(self, interview_id: str, tenant: Tenant) -> None:
        """When it is known whose the interview is that has just taken a place. Raises Refused 503
        where its tenant has as many as it may; who has begun stays."""
        most, waiting = tenant.limits.max_live, self._waiting()
        if most is None or interview_id in waiting:
            return
        places = self._capacity.places(waiting)
        if self._registry.own_places.others(tenant.name, interview_id, places) < most:
            return
        self.refused_own += 1
        raise Refused(
            503,
            "full",
            f"full: {most} interviews of this organisation are running, which is all that it may "
            "have at one time here; try again later",
            retry_after_s=self._settings.retry_after_s,
        )

    def keeps(self, call_id: str) -> None:
        """Raises Refused when another call has taken this one's place in the meantime."""
        if not self._capacity.holds(call_id):
            raise Refused(
                503,
                "replaced",
                "Another call of this interview has just begun; trying again",
                retry_after_s=1,
            )

    def answered(self, call_id: str) -> tuple[str, ...]:
        """The calls that have lost their places to this one and are to be closed."""
        lost = self._capacity.answered(call_id, self._clock.now_s())
        self.replaced += len(lost)
        return lost

    def connected(self, call_id: str) -> bool:
        """False: the call has lost its place and is to be closed."""
        return self._capacity.connected(call_id)

    def over(self, call_id: str, *, left: bool = False) -> None:
        self._capacity.over(call_id, self._clock.now_s(), left=left)

    def release(self, interview_id: str) -> None:
        self._capacity.release(interview_id)

    def places(self) -> frozenset[str]:
        """The interviews that have one."""
        return self._capacity.places(self._waiting())

    # --- figures ---

    def in_call(self) -> int:
        return self._capacity.in_call()

    def taken(self) -> Taken:
        return self._capacity.taken(self._clock.now_s(), self._waiting())

    def counters(self) -> dict[str, float]:
        """For metrics."""
        return {
            "calls_refused_full": self.refused,
            "calls_refused_tenant_full": self.refused_own,
            "calls_replaced": self.replaced,
        }

    def gauges(self) -> dict[str, float]:
        """For metrics."""
        taken = self.taken()
        return {
            "places_pending": taken.pending,
            "places_connected": taken.connected,
            "places_kept": taken.kept,
        }

    def free(self) -> int:
        """Places that nobody has; negative where more are under way than there are places."""
        taken = self.taken()
        return self._settings.max_live - taken.pending - taken.connected - taken.kept

    def why_full(self) -> str | None:
        """Why a newcomer would be refused now; None: there is room."""
        if self._capacity.room(self._clock.now_s(), self._waiting()):
            return None
        return self._full()

    def _full(self) -> str:
        taken = self._capacity.taken(self._clock.now_s(), self._waiting())
        count = taken.connected + taken.pending + taken.kept
        kept = f" ({taken.kept} kept for candidates who may come back)" if taken.kept else ""
        capacity = self._settings.max_live
        return f"full: {count} of {capacity} candidates{kept}; raise MEDIA_SERVER_MAX_LIVE"

    def _waiting(self) -> frozenset[str]:
        """Interviews under way here: each has a place, also while its candidate is away, and also
        before it is open again after a restart."""
        keep_s = self._settings.keep_place_s
        here = (
            session.interview_id
            for session in self._registry.all()
            if session.state.status in UNDER_WAY
            and session.state.started_s is not None
            and (
                session.connection is not None
                or session.clock.now_s() - session.state.entered_s < keep_s
            )
        )
        return self._registry.away.ids().union(here)
