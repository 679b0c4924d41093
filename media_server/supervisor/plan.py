"""Which processes a server has, and in which order they start, stop and are replaced. Pure.

| | start | stop | replaced, on SIGHUP |
|---|---|---|---|
| front, speech | at once | when the last worker is gone | after the workers, one after the other |
| worker 1 | at once | when asked | first |
| worker 2 ... N | when worker 1 is ready: what is wrong is said once, files are made by one | when asked | one after the other |
"""  # noqa: E501  # the table

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from media_server.roles import Role
from media_server.supervisor.slot import Slot


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to run. `SINGLE`: one process that is the whole server."""

    roles: tuple[Role, ...] = (Role(),)
    listening: socket.socket | None = None
    """The bound HTTP socket: the front serves it, and the others say its address."""
    workers_beside: bool = True
    """A new worker starts beside the old one: their UDP ports are the system's choice."""
    front_beside: bool = True
    """The same of the front: it has no port for metrics that only one can have."""

    def needed(self, role: Role) -> bool:
        """Whether there is no server without it: of the workers the first, which says what is
        wrong for all."""
        return role.number <= 1

    def beside(self, role: Role) -> bool:
        """Whether the process that replaces one of this role starts beside it."""
        if role.kind == "worker":
            return self.workers_beside
        return role.kind != "front" or self.front_beside

    @property
    def single(self) -> bool:
        return len(self.roles) == 1


SINGLE = Plan()


def several(workers: int, run_dir: Path, *, speech: bool, listening: socket.socket) -> Plan:
    """Of a server with two workers or more. `speech`: they share recognisers of this machine."""
    descriptor = listening.fileno()

    def role(kind: str, number: int = 0) -> Role:
        return Role(kind, number, run_dir, descriptor, workers)  # type: ignore[arg-type]

    shared = [role("speech")] if speech else []
    roles = [role("front"), *shared, *(role("worker", 1 + n) for n in range(workers))]
    return Plan(tuple(roles), listening)


def name_of(role: Role) -> str:
    """For a log line."""
    if role.kind == "single":
        return "the server"
    return f"worker {role.number}" if role.kind == "worker" else f"the {role.kind} process"


@dataclass(slots=True)
class Order:
    """Of the places of one plan."""

    slots: Sequence[tuple[Role, Slot]]
    _to_replace: list[Slot] = field(default_factory=list)

    @property
    def _workers(self) -> list[Slot]:
        return [slot for role, slot in self.slots if role.kind in ("worker", "single")]

    @property
    def _others(self) -> list[Slot]:
        return [slot for role, slot in self.slots if role.kind not in ("worker", "single")]

    @property
    def serving(self) -> bool:
        """Candidates can be served: every other place, and one worker, are ready."""
        return any(one.ready for one in self._workers) and all(one.ready for one in self._others)

    def to_start(self) -> Iterator[Slot]:
        """Places that should have a process from now on and have none."""
        first, *others = self._workers
        for slot in (first, *self._others, *(others if first.was_ready else ())):
            if not slot.wanted:
                yield slot

    def to_stop(self) -> Iterator[Slot]:
        """Once the server is to stop: the workers, and what serves them when they are gone."""
        yield from (one for one in self._workers if one.wanted)
        if all(one.empty for one in self._workers):
            yield from (one for one in self._others if one.wanted)

    def to_hurry(self) -> Iterator[Slot]:
        """Who hears that the server was asked to stop, each time."""
        yield from self._workers
        if all(one.empty for one in self._workers):
            yield from self._others

    def replace_all(self) -> None:
        """Each place in its turn; a turn that has not come yet comes once."""
        speech = [s for r, s in self.slots if r.kind == "speech"]
        front = [s for r, s in self.slots if r.kind == "front"]
        self._to_replace = [*self._workers, *speech, *front]

    def next_to_replace(self) -> Slot | None:
        """The next one, as soon as nobody comes or leaves and all are ready that can start."""
        if not self._to_replace:
            return None
        for _, slot in self.slots:
            there = slot.ready or slot.waits_to_try_again
            if slot.replacing or slot.coming or slot.leaving or not there:
                return None
        return self._to_replace.pop(0)

    def give_up_replacing(self) -> None:
        """Whoever has not had its turn keeps its process."""
        self._to_replace.clear()
