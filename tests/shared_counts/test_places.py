"""A tenant's places on all workers: exact while they live, and right when one dies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from media_server.shared_counts import file as counts_file
from media_server.shared_counts.file import NAME, WAIT_S, CountsFile
from media_server.shared_counts.places import FRESH_S, LEFT_NEW_S, LEFT_S, MOST, SharedPlaces
from tests.shared_counts import processes
from tests.shared_counts.processes import granted_together, holder


class Machine:
    """Workers of one machine, and its clock."""

    def __init__(self, path: Path) -> None:
        self.now_s = 1000.0
        self._path = path
        self._files: list[CountsFile] = []

    def worker(self) -> SharedPlaces:
        self._files.append(CountsFile(self._path, now_s=lambda: self.now_s))
        return SharedPlaces(self._files[-1])

    def close(self) -> None:
        for file in self._files:
            file.close()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path / NAME)
    yield made
    made.close()


def lets_in(worker: SharedPlaces, interview: str, most: int = 2, tenant: str = "acme") -> bool:
    found = worker.may_have(tenant, interview, most, takes=True)
    assert found is not None
    return found


def test_many_processes_let_in_no_more_than_one(tmp_path: Path) -> None:
    path = tmp_path / NAME
    assert granted_together(processes.places, path) == processes.MOST
    assert processes.MOST > processes.INTERVIEWS, "no process alone has as many"


def test_a_place_counts_wherever_it_is(machine: Machine) -> None:
    one, other = machine.worker(), machine.worker()
    assert lets_in(one, "a")
    assert lets_in(other, "b")
    assert not lets_in(one, "c")
    assert lets_in(one, "c", tenant="bank"), "of another tenant"
    assert lets_in(other, "b"), "who is in may call again"
    other.drop("a")
    assert not lets_in(one, "c"), "it is not the other's to give up"
    other.drop("b")
    assert lets_in(one, "c")


def test_who_is_given_the_place_of_another_is_not_one_more(machine: Machine) -> None:
    one, other = machine.worker(), machine.worker()
    assert lets_in(one, "a", 1)
    assert one.may_have("acme", "b", 1, takes=True, instead={"a"})
    assert not lets_in(other, "c", 2), "until it is settled, both have one"
    one.refresh({"b": "acme"}, ())
    assert lets_in(other, "c", 2)


def test_who_only_asks_takes_nothing(machine: Machine) -> None:
    one, other = machine.worker(), machine.worker()
    assert one.may_have("acme", "a", 1, takes=False)
    assert lets_in(other, "b", 1)
    assert not one.may_have("acme", "a", 1, takes=False)


def test_what_became_free_by_itself_is_told_once_a_second(machine: Machine) -> None:
    one, other = machine.worker(), machine.worker()
    assert lets_in(one, "a", 1)
    one.refresh({"a": "acme"}, ())
    assert not lets_in(other, "b", 1)
    one.refresh({}, ())
    assert lets_in(other, "b", 1)


def test_one_under_way_is_let_in_whatever_the_limit(machine: Machine) -> None:
    one, other = machine.worker(), machine.worker()
    one.refresh({"a": "acme", "b": "acme"}, {"a", "b"})
    assert not lets_in(other, "c", 1)
    assert lets_in(other, "a", 0), "it has moved"
    other.refresh({"a": "acme"}, {"a"})
    one.refresh({"b": "acme"}, {"b"})
    assert not lets_in(one, "c", 2)


def test_places_of_a_worker_that_died_count_until_its_candidates_are_back(
    machine: Machine,
) -> None:
    one, other = machine.worker(), machine.worker()
    assert lets_in(one, "begun")
    one.refresh({"begun": "acme"}, {"begun"})
    assert lets_in(one, "new")
    machine.now_s += LEFT_NEW_S - 0.1
    assert not lets_in(other, "c")
    machine.now_s += 0.2
    assert lets_in(other, "c"), "who had not begun"
    assert not lets_in(other, "d")
    assert lets_in(other, "begun")
    machine.now_s += FRESH_S
    other.refresh({"begun": "acme", "c": "acme"}, {"begun"})
    machine.now_s += LEFT_S + 1
    assert lets_in(one, "x")
    assert lets_in(one, "y")


def test_a_new_process_takes_over_what_it_finds_in_the_store(machine: Machine) -> None:
    died, new = machine.worker(), machine.worker()
    died.refresh({"a": "acme"}, {"a"})
    new.refresh({"a": "acme"}, {"a"})
    died.refresh({}, ())
    assert lets_in(new, "b", 1), "while the other lives it is the other's"
    new.refresh({"a": "acme"}, {"a"})
    for _ in range(30):
        machine.now_s += LEFT_S / 20
        new.refresh({"a": "acme"}, {"a"})
    assert not lets_in(new, "c", 1)
    new.refresh({}, ())
    assert lets_in(new, "c", 1)


def test_a_dead_one_is_followed_while_its_place_still_counts(machine: Machine) -> None:
    died, new = machine.worker(), machine.worker()
    died.refresh({"a": "acme"}, {"a"})
    for _ in range(30):
        machine.now_s += LEFT_S / 20
        new.refresh({"a": "acme"}, {"a"})
    assert not lets_in(new, "b", 1)


def test_where_there_is_no_room_each_counts_by_itself(machine: Machine) -> None:
    worker = machine.worker()
    many = {str(n): "bank" for n in range(MOST + 5)}
    worker.refresh(many, many)
    assert worker.may_have("acme", "a", 1, takes=True) is None


def test_fifty_who_ask_while_another_has_the_lock_wait_once(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop stands still while they wait, and all calls of this worker with it."""

    def sleep(seconds: float) -> None:
        machine.now_s += seconds

    monkeypatch.setattr(counts_file, "time", SimpleNamespace(sleep=sleep))
    worker = machine.worker()
    began_s = machine.now_s
    with holder(tmp_path / NAME):
        asked = [worker.may_have("acme", str(n), 50, takes=True) for n in range(50)]
    assert asked == [None] * 50
    assert machine.now_s - began_s < 2 * WAIT_S
    assert lets_in(worker, "a"), "the lock is free: nobody waits for the time to be over"
