"""What the supervisor decides of its places, without a process: in every order of events."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from media_server import cli
from media_server.beat import BEAT, READY
from media_server.process_settings import ProcessSettings
from media_server.supervisor.plan import Order, Plan, name_of, several
from media_server.supervisor.slot import (
    LONGEST_PAUSE_S,
    OVERDUE_S,
    UNUSABLE_SETTINGS,
    Kill,
    Patience,
    Send,
    Slot,
    Stacks,
    Start,
)

DRAIN_S = 20.0


def slot(*, alone: bool = True, beside: bool = True, needed: bool = True) -> Slot:
    patience = Patience(5.0, 60.0)
    return Slot(
        "worker 1", patience, DRAIN_S, alone=alone, beside=beside, needed=needed, wanted=True
    )


class Shell(RuleBasedStateMachine):
    """Carries out what a place decides, as a system would on which anything may happen."""

    needed = True

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.slot = slot(alone=False, needed=self.needed)
        self.alive: set[int] = set()
        self.pid = 0
        self.killed: set[int] = set()
        self.fatal = False

    def do(self, actions: list[Start | Send | Stacks | Kill]) -> None:
        for action in actions:
            if isinstance(action, Start):
                self.pid += 1
                self.alive.add(self.pid)
                self.slot.started(self.pid, self.now_s, beside=action.beside)
            else:
                assert action.pid in self.alive, "nobody sends a signal to who is reaped"
                if isinstance(action, Kill):
                    self.killed.add(action.pid)

    @rule(wait_s=st.sampled_from([0.0, 0.3, 1.0, 6.0, 40.0, 100.0]))
    def time_passes(self, wait_s: float) -> None:
        self.now_s += wait_s
        if not self.fatal:
            self.do(self.slot.due(self.now_s))

    @precondition(lambda self: self.alive)
    @rule(data=st.data(), said=st.sampled_from([BEAT, READY + BEAT]))
    def one_is_heard(self, data: st.DataObject, said: bytes) -> None:
        pid = data.draw(st.sampled_from(sorted(self.alive)))
        self.do(self.slot.heard(pid, said, self.now_s))

    @precondition(lambda self: self.alive)
    @rule(data=st.data(), code=st.sampled_from([0, 1, -signal.SIGKILL, -signal.SIGTERM]))
    def one_ends(self, data: st.DataObject, code: int) -> None:
        pid = data.draw(st.sampled_from(sorted(self.alive)))
        self.alive.discard(pid)
        self.fatal |= self.slot.exited(pid, code, self.now_s).fatal

    @precondition(lambda self: not self.fatal)
    @rule()
    def it_is_replaced(self) -> None:
        self.do(self.slot.replace(self.now_s))

    @precondition(lambda self: not self.fatal)
    @rule()
    def it_starts_over(self) -> None:
        self.do(self.slot.start_over(self.now_s))

    @invariant()
    def whoever_lives_is_known(self) -> None:
        assert {one.pid for one in self.slot.processes} == self.alive
        assert self.slot.coming is None or self.slot.serving is not None

    def teardown(self) -> None:
        """Left alone, every process ends up killed for its silence, and one is there in the end."""
        if self.fatal:
            return
        for _ in range(20):
            self.now_s += LONGEST_PAUSE_S
            self.do(self.slot.due(self.now_s))
            for pid in self.alive & self.killed:
                self.alive.discard(pid)
                self.fatal |= self.slot.exited(pid, -signal.SIGKILL, self.now_s).fatal
        assert self.slot.empty or self.slot.serving is not None
        self.now_s += LONGEST_PAUSE_S
        self.do(self.slot.due(self.now_s))
        assert self.slot.serving is not None


class ShellOfAnother(Shell):
    """Without whom the others serve."""

    needed = False

    @invariant()
    def it_ends_nobody_else(self) -> None:
        assert not self.fatal


TestEveryOrder = Shell.TestCase
TestEveryOrderOfOneThatIsNotNeeded = ShellOfAnother.TestCase


def start(place: Slot, pid: int, now_s: float = 0.0) -> None:
    assert place.due(now_s) == [Start(beside=False)]
    place.started(pid, now_s, beside=False)


def test_who_is_silent_writes_its_stacks_and_is_killed() -> None:
    place = slot()
    start(place, 7)
    place.heard(7, READY, 1.0)
    assert place.due(5.9) == []
    ((stacks),) = place.due(6.1)
    assert isinstance(stacks, Stacks)
    assert place.due(6.2) == []
    assert place.due(6.7) == [Kill(7)]
    assert not place.exited(7, -signal.SIGKILL, 6.8).fatal
    assert (place.restarts, place.died_s) == ({"hung": 1}, 6.8)
    assert place.due(6.8) == [Start(beside=False)], "the first time at once"


def test_what_the_supervisor_slept_through_counts_for_nobody() -> None:
    place = slot()
    start(place, 7)
    place.heard(7, READY, 1.0)
    place.slept(100.0)
    assert place.due(103.0) == []


def test_the_new_one_is_ready_before_the_old_one_leaves() -> None:
    place = slot(alone=False)
    start(place, 7)
    place.heard(7, READY, 1.0)
    assert place.replace(2.0) == [Start(beside=True)]
    place.started(8, 2.0, beside=True)
    assert place.replace(2.5) == [], "one at a time"
    assert place.heard(8, READY, 3.0) == [Send(7, signal.SIGTERM)]
    assert place.ready
    assert not place.replacing
    place.heard(7, BEAT, 3.0 + DRAIN_S + OVERDUE_S)
    ((late),) = place.due(3.1 + DRAIN_S + OVERDUE_S)[:1]
    assert isinstance(late, Stacks)


def test_with_a_port_that_two_cannot_have_the_old_one_leaves_first() -> None:
    place = slot(alone=False, beside=False)
    start(place, 7)
    place.heard(7, READY, 1.0)
    assert place.replace(2.0) == [Send(7, signal.SIGTERM)]
    assert place.due(3.0) == []
    assert place.exited(7, 0, 4.0).expected
    assert place.due(4.0) == [Start(beside=False)]


def test_a_new_one_that_fails_leaves_the_old_one_where_it_is() -> None:
    place = slot(alone=False)
    start(place, 7)
    place.heard(7, READY, 1.0)
    place.replace(2.0)
    place.started(8, 2.0, beside=True)
    death = place.exited(8, 1, 3.0)
    assert (death.gave_up_replacing, death.fatal) == (True, False)
    assert place.ready
    assert place.due(3.0) == []


def test_one_that_does_not_get_ready_goes_when_the_settings_are_new_again() -> None:
    place = slot(alone=False)
    start(place, 7)
    place.heard(7, READY, 1.0)
    place.replace(2.0)
    place.started(8, 2.0, beside=True)
    assert place.start_over(500.0) == [Send(8, signal.SIGTERM)]
    assert place.ready
    place.heard(8, READY, 500.1)
    death = place.exited(8, 1, 500.2)
    assert (death.expected, death.gave_up_replacing, place.find(7)) == (True, False, place.serving)
    assert place.start_over(501.0) == [], "who is ready is replaced in its turn"
    assert place.replace(501.0) == [Start(beside=True)]


def test_one_that_starts_goes_when_the_settings_are_new_and_that_is_no_failure() -> None:
    place = slot(alone=False)
    start(place, 7)
    assert place.start_over(1.0) == [Send(7, signal.SIGTERM)]
    assert place.due(1.0) == [Start(beside=False)]
    place.started(8, 1.0, beside=False)
    assert not place.exited(7, 1, 2.0).fatal
    place.heard(8, READY, 3.0)
    assert place.ready


def test_who_leaves_its_place_is_not_hurried_when_all_are_asked_to_stop() -> None:
    place = slot(alone=False)
    start(place, 7)
    place.heard(7, READY, 1.0)
    place.replace(2.0)
    place.started(8, 2.0, beside=True)
    place.heard(8, READY, 3.0)
    assert place.stop(4.0) == [Send(8, signal.SIGTERM)], "7 is on its way"
    assert place.stop(5.0) == [Send(8, signal.SIGTERM), Send(7, signal.SIGTERM)]


@pytest.mark.parametrize(("alone", "fatal"), [(True, True), (False, False)])
def test_one_of_several_that_ends_by_itself_is_started_again(alone: bool, fatal: bool) -> None:
    place = slot(alone=alone)
    start(place, 7)
    place.heard(7, READY, 1.0)
    assert place.exited(7, 0, 2.0).fatal is fatal


def test_one_that_others_can_do_without_is_tried_again_and_again() -> None:
    place = slot(alone=False, needed=False)
    pauses = []
    for pid in range(10, 18):
        start(place, pid, now_s := 100.0 * pid)
        assert not place.waits_to_try_again
        death = place.exited(pid, 1, now_s)
        assert (death.expected, death.fatal, place.waits_to_try_again) == (False, False, True)
        pauses.append(death.again_s)
    assert pauses == [0, 1, 2, 4, 8, 16, 30, 30]
    assert place.due(now_s + 29.9) == []
    assert place.start_over(now_s + 5.0) == []
    assert place.due(now_s + 5.0) == [Start(beside=False)], "the settings are new"


@pytest.mark.parametrize("before", [0, 1])
def test_settings_that_cannot_be_used_end_all_at_the_first_start_alone(before: int) -> None:
    place = slot(alone=False, needed=False)
    for pid in range(before + 1):
        start(place, pid, 100.0 * pid)
        death = place.exited(pid, 1 if pid < before else UNUSABLE_SETTINGS, 100.0 * pid)
    assert death.fatal is (before == 0)
    assert UNUSABLE_SETTINGS == cli.EXIT_USAGE


def order(run_dir: Path) -> tuple[Order, Plan]:
    with socket.socket() as listening:
        plan = several(3, run_dir, speech=True, listening=listening)
    patience = Patience(5.0, 60.0)
    places = [
        (r, Slot(name_of(r), patience, DRAIN_S, alone=False, needed=plan.needed(r)))
        for r in plan.roles
    ]
    return Order(places), plan


def test_the_order_of_starts_stops_and_replacements(tmp_path: Path) -> None:
    made, plan = order(tmp_path)
    place = {name_of(role): slot for role, slot in made.slots}
    pids = {name: 10 + n for n, name in enumerate(place)}

    def begin() -> list[str]:
        names = []
        for one in list(made.to_start()):
            one.wanted = True
            start(one, pids[one.name])
            names.append(one.name)
        return names

    def serving() -> bool:
        return made.serving

    assert begin() == ["worker 1", "the front process", "the speech process"]
    assert not serving()
    for name in ("worker 1", "the front process"):
        place[name].heard(pids[name], READY, 1.0)
    assert not serving()
    place["the speech process"].heard(pids["the speech process"], READY, 1.0)
    assert serving()
    assert begin() == ["worker 2", "worker 3"]
    for name in ("worker 2", "worker 3"):
        place[name].heard(pids[name], READY, 2.0)

    made.replace_all()
    turns = []
    while (one := made.next_to_replace()) is not None:
        turns.append(one.name)
        assert one.replace(3.0) == [Start(beside=True)]
        one.started(pids[one.name] + 100, 3.0, beside=True)
        assert made.next_to_replace() is None, "one at a time"
        assert one.heard(pids[one.name] + 100, READY, 3.0) == [Send(pids[one.name], signal.SIGTERM)]
        assert made.next_to_replace() is None, "until the old one has left"
        one.exited(pids[one.name], 0, 3.0)
    workers = ["worker 1", "worker 2", "worker 3"]
    assert turns == [*workers, "the speech process", "the front process"]

    assert [one.name for one in made.to_stop()] == workers
    for name in workers:
        place[name].stop(4.0)
    assert list(made.to_stop()) == [], "what serves them stays until they are gone"
    for name in workers:
        place[name].exited(pids[name] + 100, 0, 5.0)
    assert [one.name for one in made.to_stop()] == ["the front process", "the speech process"]
    assert plan.beside(plan.roles[0])


def test_one_that_cannot_start_holds_up_no_replacement(tmp_path: Path) -> None:
    made, plan = order(tmp_path)
    assert [role.number for role in plan.roles if not plan.needed(role)] == [2, 3]
    place = {name_of(role): slot for role, slot in made.slots}
    for pid, (name, one) in enumerate(place.items(), 10):
        one.wanted = True
        start(one, pid)
        if name == "worker 2":
            assert not one.exited(pid, 1, 1.0).fatal
        else:
            one.heard(pid, READY, 1.0)
    made.replace_all()
    assert made.next_to_replace() is place["worker 1"]
    assert made.next_to_replace() is place["worker 2"]
    assert place["worker 2"].replace(2.0) == [], "it is started anyway"
    assert made.next_to_replace() is place["worker 3"]


def test_one_that_cannot_start_any_more_holds_up_no_replacement(tmp_path: Path) -> None:
    """Its port was taken after its first death, for example."""
    made, _ = order(tmp_path)
    place = {name_of(role): slot for role, slot in made.slots}
    for pid, one in enumerate(place.values(), 10):
        one.wanted = True
        start(one, pid)
        one.heard(pid, READY, 1.0)
    lost = place["worker 2"]
    lost.exited(next(p.pid for p in lost.processes), -9, 2.0)
    made.replace_all()
    assert made.next_to_replace() is None, "the next process is expected to be ready"
    start(lost, 20, 2.0)
    lost.exited(20, 1, 3.0)
    assert lost.start_over(3.1) == []
    assert lost.due(3.1) == [Start(beside=False)], "the settings are new"
    assert made.next_to_replace() is place["worker 1"]


def test_several_workers_need_the_supervisor() -> None:
    with pytest.raises(ValueError, match="supervise"):
        ProcessSettings(workers=2, supervise=False)
