"""Which worker gets an interview: one decision at a time, on figures that each worker gave.

Pure: time comes in, ids and numbers go out. There are two kinds of requests.

* An *offer* begins a call and needs a place. It reserves one before anything is awaited, so that
  fifty at once find as many places as there are. The reservation counts until a report of the
  worker that was asked for after the offer's answer: from then on the worker's own count has it.
* Whatever else concerns an interview goes to the worker that has it (`holder`), and takes nothing.
  Where none has it and its candidate is about to call, one is chosen at that time already
  (`expect`): the call then finds its session there, and no lease has to change hands.

An interview *under way* is one that a worker reports with a place. It stays with its worker. Where
that worker is gone, silent or about to stop, the interview goes to another, and the others keep as
many places free for such interviews as there are: a newcomer is refused before one of them is.
The workers themselves have the last word: each counts its own places, and the lease of the store
lets one process write an interview's log, wherever its requests are sent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from media_server.ports.load import LoadFigures

SILENT_S = 2.5
"""Without a report for so long a worker gets nothing more; the reports are asked for twice a
second."""
BACK_S = 120.0
"""So long after its worker was lost an interview is expected back."""
UNSURE_S = 6.0
"""An offer whose answer nobody saw may still become a call: as long as one is in the making."""
EXPECTED_S = 60.0
"""So long after a candidate has joined their call counts when workers are compared."""
MAX_EXPECTED = 1_000
"""Ids come from whoever sends any."""
SLACK = 0.1
"""A call goes where its session is, unless that worker's part of used places is above the least
one's by more than this, and by more than a place."""
STARTING_S = 3
DRAINING_S = 5
"""Retry-After where nothing else is known: what a start and a drain leave over take so long."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a worker tells of itself."""

    instance: str
    """Of the process: another one has taken its number where this changes."""
    load: LoadFigures
    places: frozenset[str] = frozenset()
    """Interviews with a place there."""
    open: frozenset[str] = frozenset()
    """Interviews whose logs it writes."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A place is reserved. Say what became of the offer (`answered`), with this."""

    interview: str
    worker: int
    serial: int


@dataclass(frozen=True, slots=True)
class NoPlace:
    """`judge`: a worker that lives, which may refuse in its own words; None: there is none.

    `kept`: what is free is kept for interviews under way, of which the judge knows nothing: it is
    to refuse in these words. Else it may find a place after all, such as one of a call that never
    connected, or of one that has just ended (`Placement.judged`).
    """

    reason: str
    retry_after_s: int
    judge: int | None
    kept: bool = False


@dataclass(slots=True)
class _Worker:
    report: Report
    heard_s: float


@dataclass(slots=True)
class _Reservation:
    worker: int
    serial: int
    under_way: bool
    offers: int = 1
    """That wait for their answers."""
    until_asked_s: float = math.inf
    """A report that was asked for after this knows of the call."""


@dataclass(slots=True)
class Placement:
    """Of all interviews of one machine. Every method is synchronous: nobody comes in between."""

    silent_s: float = SILENT_S
    back_s: float = BACK_S
    _workers: dict[int, _Worker] = field(default_factory=dict)
    _reserved: dict[str, _Reservation] = field(default_factory=dict)
    _lost: dict[str, float] = field(default_factory=dict)
    """Interviews under way whose worker is gone, and until when each is expected back."""
    _expected: dict[str, tuple[int, float]] = field(default_factory=dict)
    """Interviews whose candidates are about to call: their worker, and until when."""
    _serial: int = 0

    # --- what becomes of workers --------------------------------------------------------------

    def heard(self, worker: int, report: Report, *, asked_s: float, now_s: float) -> None:
        """`asked_s`: when the report was asked for. Reports of one worker come in their order."""
        known = self._workers.get(worker)
        if known is not None and known.report.instance != report.instance:
            self.gone(worker, now_s)
        self._workers[worker] = _Worker(report, now_s)
        for interview in report.places:
            self._lost.pop(interview, None)
        for interview, one in tuple(self._reserved.items()):
            if one.worker == worker and not one.offers and asked_s >= one.until_asked_s:
                del self._reserved[interview]

    def gone(self, worker: int, now_s: float) -> None:
        """Its process is dead, or refuses connections. What it had may come back anywhere."""
        known = self._workers.pop(worker, None)
        lost = set(known.report.places) if known is not None else set()
        for interview, one in tuple(self._reserved.items()):
            if one.worker == worker:
                del self._reserved[interview]
                lost.add(interview)
            else:
                lost.discard(interview)  # it is somewhere else already
        for interview in lost:
            if not any(interview in other.report.places for other in self._workers.values()):
                self._lost[interview] = now_s + self.back_s

    # --- offers -------------------------------------------------------------------------------

    def offer(self, interview: str, now_s: float) -> Placed | NoPlace:
        """A place for a call of this interview: the one that it has, or the best that is free."""
        self._expire(now_s)
        before = self._reserved.get(interview)
        if before is not None:
            if self._takes_calls(before.worker, now_s):
                before.offers += 1
                return Placed(interview, before.worker, before.serial)
            del self._reserved[interview]
        has_it = self._with_place(interview)
        for number in has_it:
            if self._takes_calls(number, now_s):
                return self._reserve(interview, number, under_way=True)
        known = (before is not None and before.under_way) or interview in self._lost
        under_way = known or bool(has_it)
        best = self._best(interview, now_s, under_way=under_way)
        if best is None:
            return self._none(now_s, under_way=under_way)
        self._lost.pop(interview, None)
        self._expected.pop(interview, None)
        return self._reserve(interview, best, under_way=under_way)

    def answered(self, placed: Placed, *, taken: bool | None, now_s: float) -> None:
        """What became of an offer, once for each `Placed`. `taken`: the worker made a call of it;
        None: nobody knows, because the answer did not come or nobody waited for it."""
        one = self._reserved.get(placed.interview)
        if one is None or one.serial != placed.serial:
            return  # its worker was lost in between
        one.offers -= 1
        until_s = now_s + (UNSURE_S if taken is None else 0.0)
        if taken is not False:
            known_s = one.until_asked_s if math.isfinite(one.until_asked_s) else until_s
            one.until_asked_s = max(known_s, until_s)
        elif not one.offers and not math.isfinite(one.until_asked_s):
            del self._reserved[placed.interview]
            if one.under_way and not self._with_place(placed.interview):
                self._lost.setdefault(placed.interview, now_s + self.back_s)

    def judged(self, interview: str, worker: int, now_s: float) -> None:
        """A `judge` made a call of it after all: that is where it is, as after an offer that had
        a place, until a report says so."""
        if worker in self._workers and interview not in self._reserved:
            self._lost.pop(interview, None)
            self._expected.pop(interview, None)
            self._reserve(interview, worker, under_way=False)
            one = self._reserved[interview]
            one.offers, one.until_asked_s = 0, now_s

    # --- everything else ----------------------------------------------------------------------

    def holder(self, interview: str, now_s: float) -> int | None:
        """Who has it now; None: nobody, or a worker that does not answer."""
        one = self._reserved.get(interview)
        if one is not None and self._answers(one.worker, now_s):
            return one.worker
        return self.reported(interview, now_s)

    def expect(self, interview: str, now_s: float, *, without: Collection[int] = ()) -> int | None:
        """Where a candidate who has joined will call, if nothing changes until then."""
        self._expire(now_s)
        before = self._expected.get(interview)
        if before is not None and before[0] not in without and self.serves(before[0], now_s):
            return before[0]
        able = [n for n in self._workers if n not in without and self.serves(n, now_s)]
        best = min(able, key=self._rank, default=None)
        if best is not None:
            self._expected.pop(interview, None)
            self._expected[interview] = (best, now_s + EXPECTED_S)
            if len(self._expected) > MAX_EXPECTED:
                del self._expected[next(iter(self._expected))]
        return best

    def reported(self, interview: str, now_s: float, *, without: int | None = None) -> int | None:
        """Which worker says that it has it: with a place, else with a session."""
        for ids in (_places, _open):
            for number in self._newest_first(interview, ids):
                if number != without and self._answers(number, now_s):
                    return number
        return None

    def least_loaded(self, now_s: float, *, without: Collection[int] = ()) -> int | None:
        """For a request that no interview ties to a worker. One that drains comes last."""
        answering = [n for n in self._workers if self._answers(n, now_s) and n not in without]
        return min(answering, key=self._rank, default=None)

    def serves(self, worker: int, now_s: float) -> bool:
        """Whether it may be asked for anything: it answers, and is not about to stop."""
        return self._takes_calls(worker, now_s)

    def expected_back(self, now_s: float) -> int:
        """Interviews under way that have no worker which takes their calls."""
        self._expire(now_s)
        waiting = set(self._lost)
        for number, worker in self._workers.items():
            if not self._takes_calls(number, now_s):
                waiting |= worker.report.places
        for number, worker in self._workers.items():
            if self._takes_calls(number, now_s):
                waiting -= worker.report.places
        return len(waiting - self._reserved.keys())

    def kept(self, now_s: float) -> int:
        """For how many such interviews everything that is free is kept; 0: newcomers find room, or
        there is none."""
        back = self.expected_back(now_s)
        return back if 0 < self.free(now_s) <= back else 0

    @property
    def reserved(self) -> int:
        """Interviews whose offers the workers' own counts do not have yet."""
        return len(self._reserved)

    def free(self, now_s: float) -> int:
        """Places that nobody has, of the workers that take calls."""
        numbers = (n for n in self._workers if self._takes_calls(n, now_s))
        return sum(max(0, self._free(number)) for number in numbers)

    # --- within -------------------------------------------------------------------------------

    def _reserve(self, interview: str, number: int, *, under_way: bool) -> Placed:
        self._serial += 1
        self._reserved[interview] = _Reservation(number, self._serial, under_way)
        return Placed(interview, number, self._serial)

    def _best(self, interview: str, now_s: float, *, under_way: bool) -> int | None:
        """The least loaded with a free place; first the one that writes the interview's log."""
        able = [
            number
            for number, worker in self._workers.items()
            if self._takes_calls(number, now_s)
            and self._free(number) > 0
            and (under_way or not worker.report.load.refuses)
        ]
        if not able or (not under_way and self.free(now_s) <= self.expected_back(now_s)):
            return None
        best = min(able, key=self._rank)
        expected, _ = self._expected.get(interview, (0, 0.0))
        for number in able:
            if number == expected or interview in self._workers[number].report.open:
                load = self._workers[number].report.load
                slack = max(SLACK, 1.0 / load.capacity)
                if self._part(number) <= self._part(best) + slack + 1e-9:
                    return number
        return best

    def _none(self, now_s: float, *, under_way: bool) -> NoPlace:
        alive = [n for n in self._workers if self._takes_calls(n, now_s)]
        if not alive:
            stopping = any(w.report.load.draining for w in self._workers.values())
            judge = self.least_loaded(now_s)
            if stopping:
                return NoPlace("draining: this server is about to stop", DRAINING_S, judge)
            return NoPlace("starting: no worker is ready", STARTING_S, judge)
        judge = self._judge(alive)
        loads = [self._workers[number].report.load for number in alive]
        wait_s = max(1, min(load.retry_after_s for load in loads))
        back = self.kept(now_s)
        if back and not under_way:
            until_s = min(self._lost.values(), default=now_s + wait_s)
            wait_s = max(1, min(wait_s, math.ceil(until_s - now_s)))
            reason = f"full: what is free is kept for {back} candidates who may come back"
            return NoPlace(reason, wait_s, judge, kept=True)
        reasons = [reason for load in loads for reason in load.refuses[:1]]
        return NoPlace(reasons[0] if reasons else "full: every place is taken", wait_s, judge)

    def _judge(self, alive: Collection[int]) -> int:
        """One that may find a place after all; else always the same, who then has all that wait in
        one queue."""
        return min(alive, key=lambda n: (bool(self._workers[n].report.load.refuses), n))

    def _answers(self, number: int, now_s: float) -> bool:
        worker = self._workers.get(number)
        return worker is not None and now_s - worker.heard_s <= self.silent_s

    def _takes_calls(self, number: int, now_s: float) -> bool:
        return self._answers(number, now_s) and not self._workers[number].report.load.draining

    def _used(self, number: int) -> int:
        report = self._workers[number].report
        coming = sum(
            one.worker == number and interview not in report.places
            for interview, one in self._reserved.items()
        )
        return report.load.in_call + report.load.kept + coming

    def _free(self, number: int) -> int:
        return self._workers[number].report.load.capacity - self._used(number)

    def _rank(self, number: int) -> tuple[bool, bool, float, float, int]:
        """The least is the best."""
        load = self._workers[number].report.load
        coming = sum(worker == number for worker, _ in self._expected.values())
        part = self._part(number, coming)
        return load.draining, bool(load.refuses), part, load.loop_lag_p99_s, number

    def _part(self, number: int, coming: int = 0) -> float:
        """Of its places, those that are used. `coming`: and so many more."""
        capacity = self._workers[number].report.load.capacity
        return (self._used(number) + coming) / capacity if capacity else 1.0

    def _with_place(self, interview: str) -> list[int]:
        return list(self._newest_first(interview, _places))

    def _newest_first(
        self, interview: str, ids: Callable[[Report], frozenset[str]]
    ) -> Iterator[int]:
        """A worker that was silent for a while may name what another has taken over."""
        found = [n for n, worker in self._workers.items() if interview in ids(worker.report)]
        yield from sorted(found, key=lambda number: -self._workers[number].heard_s)

    def _expire(self, now_s: float) -> None:
        for interview, until_s in tuple(self._lost.items()):
            if until_s <= now_s:
                del self._lost[interview]
        for interview, (_, until_s) in tuple(self._expected.items()):
            if until_s > now_s:
                break  # they are in the order of their times
            del self._expected[interview]


def _places(report: Report) -> frozenset[str]:
    return report.places


def _open(report: Report) -> frozenset[str]:
    return report.open
