"""Who was away when this server started: their places are kept over a restart.

A live session keeps the place of a candidate who is away. After a restart there is no session yet:
the interview is only its log, and strangers could take every place before its candidate is back.
So a server looks for them before it answers its first offer, and again at each sweep for as long
as there are any.

Which are its own: the log names, with each call, the server that the call came to. Where several
servers share a store each keeps the places of those who were last in a call with itself: they
together keep each place once, and one that is restarted alone takes nobody else's for its own. A
lease tells less: it is gone after a drain, and for up to its 10 s that of a server which was killed
looks like that of one which lives.

What is looked at are the rows of lists, of interviews under way only; no log is read of those that
are another server's, have not begun, or are over.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from media_server.interview.state import State
from media_server.interview.status import LIVE, Status
from media_server.live import damage
from media_server.live.services import Services
from media_server.ports import Refused, SummaryRow
from media_server.wall_clock import wall_s

UNDER_WAY = frozenset({*LIVE, Status.PAUSED, Status.DISCONNECTED})
"""Whoever has begun and is away in one of these may be back any moment."""
PAGE = 200
MAX_KEPT = 10_000
"""As many as MEDIA_SERVER_MAX_LIVE may be."""


@dataclass(frozen=True, slots=True)
class _Kept:
    version: int
    """Of the log that `until_s` was read from."""
    since_s: float
    """When this process found it. On the clock that never jumps, as `until_s`."""
    until_s: float
    exact: bool = False
    """False: so far only its row was seen."""


class AwayAtRest:
    """One per process. `fold` as in `Registry`; `is_open`: whether a session has an interview, and
    so its place; `due_s`: when its state changes by itself, in Unix seconds."""

    def __init__(
        self,
        services: Services,
        fold: Callable[[str], Awaitable[tuple[State, int]]],
        is_open: Callable[[str], bool],
        due_s: Callable[[State], float | None],
    ) -> None:
        self._services = services
        self._fold = fold
        self._is_open = is_open
        self._due_s = due_s
        self._kept: dict[str, _Kept] = {}
        self._unsure = True
        """Not every row was seen since one may have come to be ours."""
        self._dropped: set[str] | None = None
        """Since the look that goes on began: what it has read of them is old. None: none does."""

    def ids(self) -> frozenset[str]:
        """Interviews at rest whose candidates have a place."""
        now_s = self._services.clock.now_s()
        return frozenset(
            interview_id
            for interview_id, kept in self._kept.items()
            if kept.until_s > now_s and not self._is_open(interview_id)
        )

    @property
    def due(self) -> bool:
        """Whether a look could change anything."""
        return bool(self._services.server) and (self._unsure or bool(self._kept))

    def drop(self, interview_id: str) -> None:
        """It is open here from now on, over, or erased."""
        self._kept.pop(interview_id, None)
        if self._dropped is not None:
            self._dropped.add(interview_id)

    def put_to_rest(self) -> None:
        """A session has ended before its interview did."""
        self._unsure = True

    def elsewhere(self, interview_id: str) -> None:
        """Another process has its lease. One that was killed before this one started holds it for
        its `lease_ttl_s` still; after that it is somebody who lives."""
        kept = self._kept.get(interview_id)
        if kept is None:
            return
        if self._services.clock.now_s() - kept.since_s > self._services.settings.lease_ttl_s:
            self._kept[interview_id] = _Kept(kept.version, kept.since_s, 0.0, exact=True)

    async def look(self) -> None:
        """Find them, and forget those that are not there any more. Raises Refused and
        StoreUnavailable; what was found until then counts."""
        if not self.due:
            return
        self._unsure = False
        self._dropped = set()
        try:
            found = await self._rows()
            for interview_id in self._kept.keys() - found:
                self.drop(interview_id)
            for interview_id, row in found.items():
                self._note(interview_id, row)
            for interview_id in found:
                await self._read(interview_id, found[interview_id])
        except BaseException:
            self._unsure = True
            raise
        finally:
            self._dropped = None

    def _is_old(self, interview_id: str) -> bool:
        """What this look knows of it."""
        return self._dropped is not None and interview_id in self._dropped

    async def _rows(self) -> dict[str, SummaryRow]:
        """Those that may be ours."""
        found: dict[str, SummaryRow] = {}
        for status in sorted(UNDER_WAY):
            after: str | None = None
            while len(found) < MAX_KEPT:
                rows = await self._services.log.summaries(
                    after=after, limit=PAGE, status=status.value
                )
                found |= {row.interview_id: row for row in rows if self._may_be_ours(row)}
                if len(rows) < PAGE:
                    break
                after = rows[-1].interview_id
        return found

    def _may_be_ours(self, row: SummaryRow) -> bool:
        if row.damage or self._is_open(row.interview_id):
            return False
        return row.summary is None or self._says_ours(row)

    def _says_ours(self, row: SummaryRow) -> bool:
        kept = row.summary or {}
        return kept.get("begun") is True and kept.get("server") == self._services.server

    def _note(self, interview_id: str, row: SummaryRow) -> None:
        """Its place is kept from now on; how long will be read from its log."""
        if self._is_old(interview_id):
            return
        kept = self._kept.get(interview_id)
        if self._says_ours(row) and (kept is None or kept.version != row.version):
            now_s = self._services.clock.now_s()
            until_s = now_s + self._services.settings.keep_place_s
            self._kept[interview_id] = _Kept(row.version, now_s, until_s)

    async def _read(self, interview_id: str, row: SummaryRow) -> None:
        kept = self._kept.get(interview_id)
        if self._is_old(interview_id):
            return
        if kept is not None and kept.exact and kept.version == row.version:
            return
        try:
            state, version = await self._fold(interview_id)
        except Refused as error:
            if error.code not in (damage.CODE, "unknown_interview"):
                raise
            self.drop(interview_id)  # nobody can come back to it
            return
        if self._is_open(interview_id) or self._is_old(interview_id):
            self.drop(interview_id)
            return
        since_s = self._services.clock.now_s() if kept is None else kept.since_s
        self._kept[interview_id] = _Kept(
            version, since_s, self._until_s(state, since_s), exact=True
        )

    def _until_s(self, state: State, since_s: float) -> float:
        """How long a place is kept, by the wall clock as it is now."""
        ours = state.server == self._services.server and state.started_s is not None
        if not ours or state.status not in UNDER_WAY:
            return 0.0
        keep_s = self._services.settings.keep_place_s
        if state.connected:
            # The server died or was stopped in mid-call. The window opens when that is noticed.
            return since_s + min(keep_s, state.spec.limits.resume_window_s)
        now_s = wall_s(self._services.clock)
        # Written by a clock that was ahead: not before now, as its deadline.
        left_s = keep_s - max(0.0, now_s - state.entered_s)
        due_s = self._due_s(state)
        if due_s is not None:
            left_s = min(left_s, due_s - now_s)
        return self._services.clock.now_s() + left_s
