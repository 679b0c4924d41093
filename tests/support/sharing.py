"""Which process of `make test` takes which files: real time beside everything else.

Who speaks and listens as fast as people do waits most of the time. What the processors have left
meanwhile is for the other tests. So the first processes take the files with `real_time` tests,
one after another, and the rest of the processes takes the rest of the files at a lower priority.
One of these, where there are several, begins with the files that mostly wait (`order.WAITING`).
Of the first ones some take those too once no real time is left: up to half of all processes then
wait. The others take them last, so that there is always something to compute. Without this,
pytest-xdist gives the next file to whoever is free, and the kinds run after each other: each as
long as now, and half the processors idle for some of them.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

from tests.support.order import WAITING
from tests.support.slots import AT_ONCE

LEAST_PROCESSES = AT_ONCE + 1
"""With fewer, each takes what comes, in the order of tests/support/order.py."""
NICENESS = 10
"""Of the processes that fill the processors, and of what they start."""
KEPT = "media-server/real-time-files"
_real_time_files = pytest.StashKey[frozenset[str]]()
_is_nice = pytest.StashKey[bool]()


def keep_kinds(config: pytest.Config, items: Collection[pytest.Item]) -> None:
    """Each process has collected what there is. The one that hands out reads it from the first."""
    files = frozenset(file_of(i.nodeid) for i in items if i.get_closest_marker("real_time"))
    config.stash[_real_time_files] = files
    worker = _worker(config)
    if worker is not None and worker["workerid"] == "gw0":
        assert config.cache is not None
        config.cache.set(KEPT, sorted(files))


def lower_priority(config: pytest.Config, item: pytest.Item) -> None:
    """Before a test that needs no real time, in a process of several. It holds for what follows."""
    worker = _worker(config)
    if worker is None or worker["workercount"] < LEAST_PROCESSES or _is_nice in config.stash:
        return
    if file_of(item.nodeid) in config.stash[_real_time_files]:
        return
    os.nice(NICENESS)
    config.stash[_is_nice] = True


def file_of(nodeid: str) -> str:
    return nodeid.split("::", 1)[0]


def _worker(config: pytest.Config) -> dict[str, Any] | None:
    """What pytest-xdist says of this process; None where there is only one."""
    worker: dict[str, Any] | None = getattr(config, "workerinput", None)
    return worker


class Sharing(LoadFileScheduling):  # type: ignore[misc]  # its package has no types
    """`--dist loadfile`, but that each process takes its own kind of files first."""

    def schedule(self) -> None:
        self._real_time = frozenset(self.config.cache.get(KEPT, ()))
        # Where there are fewer files than processes, the last ones end: never all of the first.
        assigned: dict[Any, Any] = self.assigned_work  # type: ignore[has-type]
        self.assigned_work = {node: assigned[node] for node in sorted(assigned, key=_number)}
        super().schedule()

    def _assign_work_unit(self, node: Any) -> None:
        scope = self._next_for(node)
        if scope is None:
            node.shutdown()  # it ends what it has
            return
        self.workqueue.move_to_end(scope, last=False)
        super()._assign_work_unit(node)

    def _next_for(self, node: Any) -> str | None:
        """Who took real time takes the rest at the end; not the other way around."""
        takes_real_time = takes_waiting = _number(node) < AT_ONCE
        if self.numnodes > LEAST_PROCESSES:
            some = self._waiting(node) < self.numnodes // 2 - 1
            takes_waiting = some if takes_real_time else _number(node) == AT_ONCE
        real_time = self._real_time
        may_take = (s for s in self.workqueue if takes_real_time or s not in real_time)
        return min(
            may_take,
            key=lambda s: (s not in real_time, (s in WAITING) != takes_waiting),
            default=None,
        )

    def _waiting(self, but: Any) -> int:
        """How many of the first processes have such a file, but for this one."""
        return sum(
            any(scope in WAITING and not all(done.values()) for scope, done in files.items())
            for node, files in self.assigned_work.items()
            if node is not but and _number(node) < AT_ONCE
        )


def _number(node: Any) -> int:
    return int(node.gateway.id.removeprefix("gw"))


def scheduler(config: pytest.Config, log: Any) -> Sharing | None:
    """None: pytest-xdist's own."""
    many = (config.option.numprocesses or 0) >= LEAST_PROCESSES
    return Sharing(config, log) if many and config.option.dist == "loadfile" else None
