"""Each process gets its own kind of files first; nothing is left, nothing is handed out twice."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support import sharing
from tests.support.sharing import LEAST_PROCESSES
from tests.support.slots import AT_ONCE

REAL_TIME = ("tests/talk.py", "tests/listen.py", "tests/wait.py")
REST = ("tests/add.py", "tests/sort.py")


class Process:
    """As pytest-xdist knows one of its processes."""

    def __init__(self, number: int) -> None:
        self.gateway = SimpleNamespace(id=f"gw{number}")
        self.got: list[int] = []
        self.shutting_down = False

    def send_runtest_some(self, indices: list[int]) -> None:
        assert not self.shutting_down
        self.got += indices

    def shutdown(self) -> None:
        self.shutting_down = True


def run_all(
    real_time: tuple[str, ...],
    rest: tuple[str, ...],
    processes: int,
    look: Callable[[sharing.Sharing], object] = lambda _: None,
) -> list[list[str]]:
    """The files that each process got, in their order, where all take turns. `look`: after each."""
    tests = [f"{path}::test_{n}" for path in (*rest, *real_time) for n in range(3)]
    scheduler = _scheduler(processes, real_time)
    nodes = [Process(number) for number in range(processes)]
    for node in reversed(nodes):  # as they get ready
        scheduler.add_node(node)
    for node in nodes:
        scheduler.add_node_collection(node, tests)
    scheduler.schedule()
    done = [0] * processes
    while any(at < len(node.got) for at, node in zip(done, nodes, strict=True)):
        for number, node in enumerate(nodes):
            if done[number] < len(node.got):
                done[number] += 1
                scheduler.mark_test_complete(node, node.got[done[number] - 1])
                look(scheduler)
    assert not scheduler.has_pending
    assert all(node.shutting_down for node in nodes)
    assert sorted(index for node in nodes for index in node.got) == list(range(len(tests)))
    files = [[sharing.file_of(tests[index]) for index in node.got] for node in nodes]
    return [list(dict.fromkeys(of_one)) for of_one in files]


def _scheduler(processes: int, real_time: tuple[str, ...]) -> sharing.Sharing:
    option = SimpleNamespace(numprocesses=processes, dist="loadfile", loadscopereorder=False)
    kept = {sharing.KEPT: list(real_time)}
    values = {"tx": [f"{processes}*popen"], "numprocesses": processes}
    config: Any = SimpleNamespace(
        option=option, cache=kept, getvalue=values.__getitem__, getoption=values.__getitem__
    )
    made = sharing.scheduler(config, None)
    assert made is not None
    return made


def test_real_time_goes_to_the_first_processes_and_the_rest_to_the_others() -> None:
    got = run_all(REAL_TIME, (*REST, *(f"tests/{n}.py" for n in range(9))), AT_ONCE + 2)
    for files in got[:AT_ONCE]:
        assert files[0] in REAL_TIME
        kinds = [path in REAL_TIME for path in files]
        assert kinds == sorted(kinds, reverse=True), "real time came after the rest"
    for files in got[AT_ONCE:]:
        assert files
        assert not set(files) & set(REAL_TIME)


@pytest.mark.parametrize(
    ("real_time", "rest"),
    [(REAL_TIME, ()), (REAL_TIME[:1], ()), ((), REST), (REAL_TIME, REST)],
)
def test_one_kind_alone_or_few_files_end(real_time: tuple[str, ...], rest: tuple[str, ...]) -> None:
    run_all(real_time, rest, AT_ONCE + 2)


def test_with_few_processes_pytest_xdist_decides() -> None:
    option = SimpleNamespace(numprocesses=AT_ONCE, dist="loadfile")
    config: Any = SimpleNamespace(option=option)
    assert sharing.scheduler(config, None) is None


def test_what_waits_is_left_for_the_end_by_those_that_compute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waiting = tuple(f"tests/silent_{n}.py" for n in range(6))
    monkeypatch.setattr(sharing, "WAITING", frozenset(waiting))
    rest = (*waiting, *(f"tests/{n}.py" for n in range(30)))
    at_once: list[int] = []
    got = run_all(REAL_TIME, rest, AT_ONCE + 3, lambda one: at_once.append(one._waiting(None)))
    kinds = [[path in waiting for path in files if path not in REAL_TIME] for files in got]
    begins = kinds[AT_ONCE]
    assert begins == sorted(begins, reverse=True)
    assert sum(begins) > 1
    assert any(map(any, kinds[:AT_ONCE]))
    assert not any(map(any, kinds[AT_ONCE + 1 :]))
    assert max(at_once) == (AT_ONCE + 3) // 2 - 1, "and one more begins with them"


@pytest.mark.parametrize("processes", [LEAST_PROCESSES, LEAST_PROCESSES + 2])
def test_what_waits_is_taken_by_all_once_nothing_else_is_left(
    monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    waiting = tuple(f"tests/silent_{n}.py" for n in range(30))
    monkeypatch.setattr(sharing, "WAITING", frozenset(waiting))
    rest = (*waiting, *(f"tests/{n}.py" for n in range(6)))
    got = run_all(REAL_TIME, rest, processes)
    computing = got[AT_ONCE:] if processes == LEAST_PROCESSES else got[AT_ONCE + 1 :]
    for files in computing:
        kinds = [path in waiting for path in files]
        assert kinds == sorted(kinds)
        assert set(kinds) == {False, True}
