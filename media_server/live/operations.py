"""What operators are shown of interviews: see `ports.operations`."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Sequence

from media_server.interview import blanked
from media_server.interview.fold import evolve
from media_server.interview.spec import stored_spec
from media_server.interview.state import State, initial
from media_server.live import history
from media_server.live.refusals import store_refusal, unknown
from media_server.live.registry import Registry
from media_server.live.services import Services
from media_server.ports import (
    DamagedInterview,
    InterviewRow,
    LogEntry,
    StoreUnavailable,
    UnknownInterview,
)
from media_server.ports.operations import Decision, Decisions
from media_server.ports.turn_trace import TurnTrace
from media_server.wall_clock import wall_s


class LiveOperations:
    """Implements `ports.operations.Operations`."""

    def __init__(self, services: Services, registry: Registry) -> None:
        self._services = services
        self._registry = registry

    async def decisions(self, interview_id: str, limit: int) -> Decisions:
        row = await self._registry.row(interview_id)
        last: deque[tuple[LogEntry, str]] = deque(maxlen=limit)
        damage = row.damage
        try:
            async for entry in self._with_states(row):
                last.append(entry)
        except DamagedInterview as error:
            damage = damage or str(error)
        except StoreUnavailable as error:
            raise store_refusal(error) from error
        except UnknownInterview as error:
            raise unknown() from error
        pause = history.Pause()
        shown: list[Decision] = []
        for one, state in last:
            shown.append(_decision(one, state))
            await pause.now_and_then()
        return Decisions(
            interview_id,
            row.tenant,
            row.status,
            row.created_s,
            row.version,
            interview_id in self._registry,
            damage,
            shown,
        )

    def slowest_turns(self, limit: int) -> Sequence[TurnTrace]:
        return self._services.turns.slowest(wall_s(self._services.clock), limit)

    async def _with_states(self, row: InterviewRow) -> AsyncIterator[tuple[LogEntry, str]]:
        """Every entry with the state after it, as far as the log can be folded. From its beginning:
        a snapshot would tell no state before its own."""
        state = _begun(row)
        pause = history.Pause()
        async for entry in history.entries(self._services.log, row.interview_id):
            state = _after(row.interview_id, state, entry)
            yield entry, state.status.value if state is not None else ""
            await pause.now_and_then()


def _begun(row: InterviewRow) -> State | None:
    try:
        return initial(stored_spec(row.spec))
    except ValueError:
        return None


def _after(interview_id: str, state: State | None, entry: LogEntry) -> State | None:
    event = history.event_of(interview_id, entry)
    if state is None or event is None:
        return state
    try:
        return evolve(state, event, entry.at_s)
    except Exception:  # values that no release wrote: this is where an operator looks for them
        return None


def _decision(entry: LogEntry, state: str) -> Decision:
    facts, held_back = blanked.split(entry.type, entry.data)
    return Decision(entry.seq, entry.at_s, entry.type, state, facts, held_back)
