"""Who is let in: the places of `capacity`, and what a candidate receives who gets none."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

from media_server.interview.pacing import estimated_minutes
from media_server.live.away import UNDER_WAY
from media_server.live.capacity import Capacity, NoPlace, Taken, is_demo
from media_server.live.load_admission import PACE_S, LoadGate
from media_server.live.newcomers import Newcomers
from media_server.live.registry import Registry
from media_server.live.settings import LiveSettings
from media_server.ports import Clock, Refused, Waiting
from media_server.ports.load import REFUSALS
from media_server.shared_counts.places import SharedPlaces
from media_server.tenants import Tenant
from media_server.waiting_room import NEXT

_SOON_S = 2.4
"""With the jitter up to 3 s, when a pending call may have made room."""
ALONE_S = 1.0
"""So long are the places of all workers asked for in vain before this one's own are counted."""
LEAST_TRIES = 10
"""And so often: a loop that is late has not asked for long, and who has the lock had it shortly."""
_AGAIN_S = 0.01
_OVERDUE_S = 60.0
"""An interview that takes longer than was estimated ends, as far as is known, in about this."""


class Admission:
    """Between asking and taking nobody else can come: what asks for a place is synchronous."""

    def __init__(
        self,
        registry: Registry,
        settings: LiveSettings,
        clock: Clock,
        gate: LoadGate | None = None,
        machine: SharedPlaces | None = None,
    ) -> None:
        """`machine`: the places of every worker, where this is one of several."""
        self._registry = registry
        self._settings = settings
        self._clock = clock
        self._gate = gate or LoadGate()
        self._machine = machine
        demos = min(settings.max_demos, settings.max_live)
        self._capacity = Capacity(settings.max_live, max_demos=demos)
        self._newcomers = Newcomers(settings.retry_after_s, self._ends_s)
        self._there: frozenset[str] = frozenset()
        self.refused: Counter[str] = Counter(dict.fromkeys(REFUSALS, 0))
        self.replaced = 0
        """Pending calls that made room for a newer call."""

    def take(self, interview_id: str, call_id: str, *, returns: bool = False) -> None:
        """A place for this call. Raises NoPlace: see `must_wait`. `returns`: the candidate has
        shown that they were in this interview before, so they wait behind nobody."""
        now_s, waiting = self._clock.now_s(), self._waiting()
        known = returns or interview_id in waiting or self._capacity.has(interview_id, now_s)
        if not known:
            self._require_turn(interview_id, now_s, waiting)
        self._capacity.reserve(interview_id, call_id, now_s, waiting)
        self._newcomers.let_in(interview_id, now_s)

    def must_wait(self, interview_id: str, none: NoPlace, *, returns: bool = False) -> Refused:
        """Of an interview for which `take` found no place, and which one would be of use to."""
        self.refused[none.why] += 1
        now_s, waiting = self._clock.now_s(), self._waiting()
        soon = self._capacity.taken(now_s, waiting).pending > 0 or none.why == "turn"
        paced = none.why == "turn" and self._gate.paced(now_s)
        return self._newcomers.refusal(
            interview_id,
            self._why(none),
            now_s,
            waits_for="load" if paced else "place",
            least_s=min(self._settings.retry_after_s, _SOON_S) if soon else None,
            first=returns or interview_id in waiting,
        )

    def waits_no_more(self, interview_id: str) -> None:
        """No place would be of use to it: it holds up nobody."""
        self._newcomers.arrived(interview_id)

    def _require_turn(self, interview_id: str, now_s: float, waiting: frozenset[str]) -> None:
        """Raises NoPlace when those who wait before this one may have every free place."""
        if self._gate.too_much(now_s):
            return  # which is what they will be told
        room = self._capacity.room(now_s, waiting)
        if self._gate.paced(now_s):
            room = min(room, NEXT)
        if 0 < room <= self._newcomers.ahead(interview_id, now_s, late=False):
            raise NoPlace("turn")
        if is_demo(interview_id):
            room = self._capacity.room(now_s, waiting, demos=True)
            if 0 < room <= self._newcomers.ahead(interview_id, now_s, late=False, alike=True):
                raise NoPlace("turn")

    def unfit(self, interview_id: str, kind: str, detail: str) -> Refused:
        """Of a newcomer who has taken a place, and cannot be let in because of what `kind` of
        `ports.load.REFUSALS` says: they wait where they did before. `over` the call all the same.
        """
        self.refused[kind] += 1
        least_s = PACE_S if kind == "pace" else self._settings.retry_after_s
        now_s = self._clock.now_s()
        return self._newcomers.refusal(
            interview_id, detail, now_s, waits_for="load", least_s=least_s
        )

    def paced(self) -> bool:
        """After a time of too much load, newcomers come in one after another."""
        return self._gate.paced(self._clock.now_s())

    def keep_pace(self, interview_id: str) -> None:
        """While `paced`. Raises Refused 503 for a newcomer who is too early."""
        now_s = self._clock.now_s()
        if self._gate.too_early(now_s):
            detail = (
                "busy: there was too much to do, and newcomers come in one after another now; "
                "try again in a moment"
            )
            raise self.unfit(interview_id, "pace", detail)
        self._gate.came(now_s)

    def stopping(self, why: str) -> Refused:
        """For everybody, while the server drains."""
        self.refused["draining"] += 1
        return Refused(503, "full", why, retry_after_s=self._settings.retry_after_s)

    async def require_own_place(self, interview_id: str, tenant: Tenant) -> None:
        """When it is known whose the interview is that has just taken a place. Raises Refused 503
        where its tenant has as many as it may; who has begun stays."""
        most = tenant.limits.max_live
        if most is None or interview_id in self._waiting():
            return
        if await self._may_have(interview_id, tenant.name, most):
            return
        self.refused["tenant"] += 1
        raise Refused(
            503,
            "full",
            f"full: {most} interviews of this organisation are running, which is all that it may "
            "have at one time here; try again later",
            retry_after_s=self._settings.retry_after_s,
            waiting=Waiting("place"),
        )

    async def _may_have(self, interview_id: str, tenant: str, most: int) -> bool:
        """Waits for nobody where this process is alone. Of several workers all are asked; where
        one of them is stopped with what they have in common, for a second."""
        tries, until_s = 0, self._clock.now_s() + ALONE_S
        while self._machine is not None:
            waiting = self._waiting()
            takes = interview_id in self._capacity.places(waiting)  # else it is only asked
            self._tell_machine(self._machine, waiting)  # what has just made room is free
            instead = self._capacity.instead_of(interview_id)
            said = self._machine.may_have(tenant, interview_id, most, takes=takes, instead=instead)
            if said is not None:
                return said
            tries += 1
            if tries >= LEAST_TRIES and self._clock.now_s() >= until_s:
                break
            await asyncio.sleep(_AGAIN_S)
        others = self._capacity.claims(self._waiting()) - self._capacity.instead_of(interview_id)
        return self._registry.own_places.others(tenant, interview_id, others) < most

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
        before = self._capacity.claims(())
        lost = self._capacity.answered(call_id, self._clock.now_s())
        self.replaced += len(lost)
        self._freed(*(before - self._capacity.claims(())))
        return lost

    def connected(self, call_id: str) -> bool:
        """False: the call has lost its place and is to be closed."""
        before = self._capacity.claims(())
        there = self._capacity.connected(call_id)
        self._freed(*(before - self._capacity.claims(())))
        interview_id = self._capacity.interview_of(call_id)
        if there and interview_id is not None:
            self._newcomers.arrived(interview_id)
        return there

    def over(self, call_id: str, *, left: bool = False) -> None:
        interview_id = self._capacity.interview_of(call_id)
        self._capacity.over(call_id, self._clock.now_s(), left=left)
        if interview_id is not None:
            self._freed(interview_id)

    def release(self, interview_id: str) -> None:
        self._capacity.release(interview_id)
        self._freed(interview_id)

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
            "calls_refused_full": sum(self.refused[why] for why in ("full", "demos", "turn")),
            "calls_refused_tenant_full": self.refused["tenant"],
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

    def queued(self) -> int:
        """Newcomers who wait for their turn."""
        return self._newcomers.count(self._clock.now_s())

    def retry_after_s(self) -> int:
        """When somebody who is refused now should ask again."""
        return self._newcomers.retry_after_s(self._clock.now_s())

    def look(self) -> None:
        """About once a second: who has gone since tells how often places become free."""
        there = self._capacity.there(self._waiting())
        self._newcomers.freed(len(self._there - there), self._clock.now_s())
        self._there = there
        self._registry.own_places.keep(self._capacity.claims(self._waiting()))
        if self._machine is not None:
            self._tell_machine(self._machine, self._waiting())

    def _tell_machine(self, machine: SharedPlaces, waiting: frozenset[str]) -> None:
        held = self._registry.own_places.owners(self._capacity.claims(waiting))
        machine.refresh(held, waiting & held.keys())

    def _freed(self, *interview_ids: str) -> None:
        """The others know at once. What becomes free by itself is for `look`."""
        if self._machine is not None and interview_ids:
            for interview_id in frozenset(interview_ids) - self.places():
                self._machine.drop(interview_id)

    def _why(self, none: NoPlace) -> str:
        if none.why == "demos":
            most = self._settings.max_demos
            return f"full: {most} demo interviews are running; raise MEDIA_SERVER_MAX_DEMOS"
        if none.why == "turn":
            return (
                "full: the places that are free are for those who have waited for longer; "
                "try again in a moment"
            )
        return self._full()

    def _full(self) -> str:
        taken = self._capacity.taken(self._clock.now_s(), self._waiting())
        count = taken.connected + taken.pending + taken.kept
        kept = f" ({taken.kept} kept for candidates who may come back)" if taken.kept else ""
        capacity = self._settings.max_live
        return f"full: {count} of {capacity} candidates{kept}; raise MEDIA_SERVER_MAX_LIVE"

    def _ends_s(self) -> Sequence[float]:
        """In how many seconds each interview in a call will be over, by how long such a one takes:
        an estimate, never longer than it may take."""
        found = []
        for session in self._registry.all():
            state = session.state
            if session.connection is not None and state.started_s is not None:
                most_s = state.spec.limits.total_ms / 1000
                takes_s = min(60.0 * estimated_minutes(state.spec), most_s)
                been_s = session.clock.now_s() - state.started_s
                found.append(max(_OVERDUE_S, takes_s - been_s))
        return found

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
