"""Which worker gets an interview: never one too many, never two at a time, nobody sent away who has
begun while there is room, and nothing left behind."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from media_server.placement import (
    BACK_S,
    EXPECTED_S,
    SILENT_S,
    UNSURE_S,
    NoPlace,
    Placed,
    Placement,
    Report,
)
from media_server.ports.load import LoadFigures

IDLE = LoadFigures(
    in_call=0,
    kept=0,
    capacity=4,
    loop_lag_p99_s=0.0,
    cpu_cores=0.0,
    machine_cpu=0.0,
    stt_wait_s=0.0,
    rss_bytes=0,
    memory_available_bytes=0,
    open_files=0,
    open_files_limit=1024,
)


@dataclass
class Worker:
    """What a worker is, as opposed to what the placement knows of it. It takes whoever is sent."""

    number: int
    capacity: int
    places: set[str] = field(default_factory=set)
    instance: int = 0
    draining: bool = False
    hangs: bool = False
    dead: bool = False

    def report(self, **more: object) -> Report:
        load = replace(
            IDLE, in_call=len(self.places), capacity=self.capacity, draining=self.draining
        )
        load = replace(load, **more)  # type: ignore[arg-type]
        return Report(str(self.instance), load, frozenset(self.places))


def placement_of(*workers: Worker, now_s: float = 0.0) -> Placement:
    placement = Placement()
    for worker in workers:
        placement.heard(worker.number, worker.report(), asked_s=now_s, now_s=now_s)
    return placement


def offered(placement: Placement, interview: str, now_s: float = 0.0) -> Placed:
    got = placement.offer(interview, now_s)
    assert isinstance(got, Placed)
    return got


def refused(placement: Placement, interview: str, now_s: float = 0.0) -> NoPlace:
    got = placement.offer(interview, now_s)
    assert isinstance(got, NoPlace)
    return got


@pytest.mark.parametrize("seed", range(20))
def test_a_race_of_fifty_offers(seed: int) -> None:
    """Answers and reports come whenever they like: as many get in as there are places."""
    chance = random.Random(seed)
    workers = [Worker(number, chance.randint(1, 8)) for number in (1, 2, 3)]
    placement = placement_of(*workers)
    offers = [f"i{number}" for number in range(50)]
    open_offers: list[Placed] = []
    now_s, taken = 0.0, 0
    while offers or open_offers:
        now_s += 0.01
        match chance.randint(0, 3):
            case 0 | 1 if offers:
                got = placement.offer(offers.pop(), now_s)
                if isinstance(got, Placed):
                    open_offers.append(got)
            case 2 if open_offers:
                placed = open_offers.pop(chance.randrange(len(open_offers)))
                workers[placed.worker - 1].places.add(placed.interview)
                placement.answered(placed, taken=True, now_s=now_s)
                taken += 1
            case 3:
                worker = chance.choice(workers)
                placement.heard(worker.number, worker.report(), asked_s=now_s, now_s=now_s)
    assert taken == sum(worker.capacity for worker in workers)
    assert all(len(worker.places) == worker.capacity for worker in workers)


def test_the_least_loaded_gets_it() -> None:
    placement = placement_of(Worker(1, 4, {"a", "b"}), Worker(2, 4, {"c"}))
    assert [offered(placement, name).worker for name in "xyz"] == [2, 1, 2]


def test_of_two_with_the_same_load_the_one_whose_loop_is_in_time() -> None:
    placement = placement_of(Worker(2, 4))
    placement.heard(1, Worker(1, 4).report(loop_lag_p99_s=0.02), asked_s=0.0, now_s=0.0)
    assert offered(placement, "x").worker == 2


def test_a_full_worker_is_asked_all_the_same_and_says_no_itself() -> None:
    """It may find a place after all: that of a call which never connected."""
    placement = placement_of(Worker(1, 1, {"a"}))
    none = refused(placement, "x")
    assert (none.judge, none.kept, none.retry_after_s) == (1, False, IDLE.retry_after_s)


def test_all_that_wait_are_in_one_queue() -> None:
    """Whichever worker has less to do at the moment: each has a queue of its own."""
    full = ("full: 1 of 1 candidates",)
    placement = placement_of(Worker(1, 1, {"a"}), Worker(2, 1, {"b"}))
    judges = set()
    for late_s in (0.0, 0.03):
        for number, name, lag_s in ((1, "a", late_s), (2, "b", 0.01)):
            report = Worker(number, 1, {name}).report(refuses=full, loop_lag_p99_s=lag_s)
            placement.heard(number, report, asked_s=0.0, now_s=0.0)
        judges.add(refused(placement, "new").judge)
    assert judges == {1}
    ours = Worker(2, 1, {"b"}).report()  # one of its calls never connected
    placement.heard(2, ours, asked_s=0.0, now_s=0.0)
    assert refused(placement, "new").judge == 2


def test_a_worker_that_refuses_newcomers_takes_who_has_begun() -> None:
    one, two = Worker(1, 4, {"begun"}), Worker(2, 4)
    placement = placement_of(one)
    busy = two.report(refuses=("busy: the machine computes",), retry_after_s=7)
    placement.heard(2, busy, asked_s=0.0, now_s=0.0)
    placement.gone(1, 0.0)
    none = refused(placement, "new")
    assert (none.reason, none.retry_after_s) == ("busy: the machine computes", 7)
    assert offered(placement, "begun").worker == 2


def test_places_of_a_dead_worker_are_kept_on_the_others() -> None:
    placement = placement_of(Worker(1, 2, {"a", "b"}), Worker(2, 3, {"c"}))
    placement.gone(1, 0.0)
    none = refused(placement, "new")
    assert none.kept
    assert none.judge == 2
    assert "2 candidates" in none.reason
    assert placement.kept(0.0) == 2
    assert [offered(placement, name).worker for name in "ab"] == [2, 2]
    assert not refused(placement, "new").kept, "now they are taken, not kept"


def test_they_are_not_kept_for_ever() -> None:
    placement = placement_of(Worker(1, 1, {"a"}), Worker(2, 1))
    placement.gone(1, 0.0)
    two = Worker(2, 1)
    placement.heard(2, two.report(), asked_s=BACK_S - 3, now_s=BACK_S - 3)
    assert refused(placement, "new", BACK_S - 3).retry_after_s == 3, "when the place is free"
    placement.heard(2, two.report(), asked_s=BACK_S, now_s=BACK_S)
    assert offered(placement, "new", BACK_S).worker == 2


def test_a_worker_that_replaces_another_is_another() -> None:
    one = Worker(1, 2, {"a"})
    placement = placement_of(one, Worker(2, 2))
    again = Worker(1, 2, instance=1)
    placement.heard(1, again.report(), asked_s=1.0, now_s=1.0)
    assert placement.expected_back(1.0) == 1
    assert placement.holder("a", 1.0) is None


def test_who_is_on_a_silent_or_draining_worker_goes_elsewhere() -> None:
    silent, drains = Worker(1, 2, {"a"}), Worker(2, 2, {"b"}, draining=True)
    placement = placement_of(silent, drains)
    now_s = SILENT_S + 0.1
    for worker in (drains, Worker(3, 2)):
        placement.heard(worker.number, worker.report(), asked_s=now_s, now_s=now_s)
    assert offered(placement, "a", now_s).worker == 3
    assert offered(placement, "b", now_s).worker == 3
    assert placement.holder("b", now_s) == 3


def test_what_concerns_a_call_still_reaches_a_draining_worker() -> None:
    placement = placement_of(Worker(1, 2, {"a"}, draining=True), Worker(2, 2))
    assert placement.holder("a", 0.0) == 1
    assert placement.least_loaded(0.0) == 2


def test_nobody_is_there() -> None:
    none = refused(Placement(), "x")
    assert none.judge is None
    assert none.retry_after_s > 0


def test_an_answer_that_nobody_saw_is_counted_until_it_is_known() -> None:
    worker = Worker(1, 1)
    placement = placement_of(worker)
    placed = offered(placement, "a")
    placement.answered(placed, taken=None, now_s=0.5)
    placement.heard(1, worker.report(), asked_s=1.0, now_s=1.0)
    refused(placement, "new", 1.0)
    later_s = 0.5 + UNSURE_S
    placement.heard(1, worker.report(), asked_s=later_s, now_s=later_s)
    offered(placement, "new", later_s)


def test_a_report_from_before_the_answer_does_not_end_the_reservation() -> None:
    worker = Worker(1, 1)
    placement = placement_of(worker)
    placed = offered(placement, "a", 1.0)
    placement.answered(placed, taken=True, now_s=1.2)
    placement.heard(1, worker.report(), asked_s=1.1, now_s=1.3)
    refused(placement, "new", 1.3)


def test_the_worker_with_its_session_is_preferred_while_it_is_hardly_busier() -> None:
    placement = placement_of(Worker(1, 4))
    for used, wanted in ((1, 2), (3, 1)):
        report = Report("0", replace(IDLE, in_call=used), open=frozenset({"a"}))
        placement.heard(2, report, asked_s=0.0, now_s=0.0)
        placed = offered(placement, "a")
        assert placed.worker == wanted
        placement.answered(placed, taken=False, now_s=0.0)
    assert placement.reported("a", 0.0) == 2
    assert placement.reported("a", 0.0, without=2) is None


def test_who_joins_is_sent_where_their_call_will_be() -> None:
    """Also many at a time, whose calls nobody counts yet."""
    placement = placement_of(Worker(1, 50), Worker(2, 50))
    names = [f"i{number}" for number in range(40)]
    expected = {name: placement.expect(name, 0.0) for name in names}
    assert sorted(filter(None, expected.values())) == [1] * 20 + [2] * 20
    assert all(placement.expect(name, 1.0) == expected[name] for name in names)
    assert all(offered(placement, name, 1.0).worker == expected[name] for name in names)
    assert placement.reserved == len(names)


def test_who_does_not_call_is_not_counted_for_ever() -> None:
    one, two = Worker(1, 50), Worker(2, 50, {"a"})
    placement = placement_of(one, two)
    for number in range(4):
        placement.expect(f"i{number}", 0.0)
    later_s = EXPECTED_S + 1
    for worker in (one, two):
        placement.heard(worker.number, worker.report(), asked_s=later_s, now_s=later_s)
    assert [placement.expect(name, later_s) for name in "xy"] == [1, 1]


class Machine(RuleBasedStateMachine):
    """Workers that take whoever they are sent: that none has too many is the placement's doing."""

    NAMES = st.sampled_from([f"i{number}" for number in range(12)])

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.workers: list[Worker] = []
        self.placement = Placement()
        self.open_offers: list[Placed] = []

    @initialize(capacities=st.lists(st.integers(1, 4), min_size=2, max_size=3))
    def begin(self, capacities: list[int]) -> None:
        self.workers = [Worker(n, capacity) for n, capacity in enumerate(capacities, 1)]
        self.placement = placement_of(*self.workers)

    def able(self) -> list[Worker]:
        return [one for one in self.workers if not (one.dead or one.hangs or one.draining)]

    def under_way(self, interview: str) -> bool:
        return any(interview in one.places for one in self.workers if not one.dead)

    @rule(interview=NAMES)
    def offer(self, interview: str) -> None:
        before = {one.worker for one in self.open_offers if one.interview == interview}
        had, free = self.under_way(interview), self.placement.free(self.now_s)
        got = self.placement.offer(interview, self.now_s)
        if isinstance(got, NoPlace):
            assert got.retry_after_s >= 1
            assert not (had and free), "one that has begun was sent away, and there was room"
            return
        worker = self.workers[got.worker - 1]
        assert worker in self.able()
        for number in before - {got.worker}:
            assert self.workers[number - 1] not in self.able(), "two workers at one time"
        self.open_offers.append(got)

    @precondition(lambda self: self.open_offers)
    @rule(which=st.integers(0, 99), taken=st.sampled_from([True, True, False, None]))
    def answer(self, which: int, taken: bool | None) -> None:
        placed = self.open_offers.pop(which % len(self.open_offers))
        worker = self.workers[placed.worker - 1]
        reserved = self.placement.holder(placed.interview, self.now_s) == placed.worker
        if worker in self.able() and reserved and taken is not False:
            for other in self.workers:  # it takes the lease over
                other.places.discard(placed.interview)
            worker.places.add(placed.interview)
        else:
            taken = taken and None
        self.placement.answered(placed, taken=taken, now_s=self.now_s)

    @rule(which=st.integers(0, 2), late_s=st.sampled_from([0.0, 0.1]))
    def report(self, which: int, late_s: float) -> None:
        worker = self.workers[which % len(self.workers)]
        if worker.dead or worker.hangs:
            return
        asked_s, said = self.now_s, worker.report()
        self.now_s += late_s
        self.placement.heard(worker.number, said, asked_s=asked_s, now_s=self.now_s)

    @rule(seconds=st.sampled_from([0.1, 1.0, 30.0]))
    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        for worker in self.workers:
            self.report(worker.number - 1, 0.0)

    @rule(interview=NAMES)
    def end(self, interview: str) -> None:
        for worker in self.workers:
            worker.places.discard(interview)

    @rule(which=st.integers(0, 2))
    def kill(self, which: int) -> None:
        worker = self.workers[which % len(self.workers)]
        worker.dead = True
        worker.places.clear()
        self.placement.gone(worker.number, self.now_s)

    @rule(which=st.integers(0, 2))
    def start_again(self, which: int) -> None:
        worker = self.workers[which % len(self.workers)]
        if worker.dead or worker.draining:
            worker.dead = worker.draining = worker.hangs = False
            worker.places.clear()
            worker.instance += 1
            self.open_offers = [one for one in self.open_offers if one.worker != worker.number]
            self.report(which, 0.0)

    @rule(which=st.integers(0, 2))
    def hang(self, which: int) -> None:
        self.workers[which % len(self.workers)].hangs = True
        self.now_s += SILENT_S + 0.1
        for worker in self.workers:
            self.report(worker.number - 1, 0.0)

    @rule(which=st.integers(0, 2))
    def drain(self, which: int) -> None:
        worker = self.workers[which % len(self.workers)]
        worker.draining = True
        self.report(which, 0.0)

    @rule(which=st.integers(0, 2))
    def is_killed_for_hanging(self, which: int) -> None:
        if self.workers[which % len(self.workers)].hangs:
            self.kill(which)
            self.start_again(which)

    @invariant()
    def nobody_is_over_capacity(self) -> None:
        for worker in self.workers:
            assert len(worker.places) <= worker.capacity

    def teardown(self) -> None:
        """Everything that was reserved is released, and the counts are the workers' own."""
        while self.open_offers:
            self.placement.answered(self.open_offers.pop(), taken=False, now_s=self.now_s)
        self.now_s += UNSURE_S + BACK_S
        for worker in self.workers:
            worker.hangs = False
            self.report(worker.number - 1, 0.0)
            if worker.dead:
                self.placement.gone(worker.number, self.now_s)
        assert self.placement.reserved == 0
        able = self.able()
        free = sum(worker.capacity - len(worker.places) for worker in able)
        assert self.placement.free(self.now_s) == free


Machine.TestCase.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
TestMachine = Machine.TestCase
