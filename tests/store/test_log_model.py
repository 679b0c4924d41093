"""Any sequence of calls does to a real log what it does to a dictionary."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from media_server.ports import (
    Appended,
    Conflict,
    Fenced,
    KeyReused,
    Lease,
    NewEntry,
    UnknownInterview,
)
from tests.store.conftest import AnyLog, make_log
from tests.support.examples import examples
from tests.support.redis_server import RedisServer

IDS = st.sampled_from(["i1", "i2", "i3", "i4"])
OWNERS = st.sampled_from(["ada", "bob"])
OPERATIONS = st.sampled_from([f"op{n}" for n in range(8)])
TYPES = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3)
STATUSES = st.sampled_from(["created", "asking", "listening"])


@dataclass
class ModelInterview:
    created_s: float
    status: str
    entries: list[str] = field(default_factory=list)
    operations: dict[str, tuple[int, int]] = field(default_factory=dict)
    epoch: int = 0
    owner: str = ""
    snapshot: tuple[int, str] | None = None


class LogMachine(RuleBasedStateMachine):
    fresh_store: ClassVar[staticmethod[[], str]]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.erased: set[str] = set()
        self.model: dict[str, ModelInterview] = {}
        self.leases: dict[str, Lease] = {}
        self.now_s = 0.0

    @initialize()
    def open(self) -> None:
        self.store_url = self.fresh_store()
        self.log: AnyLog = make_log(self.store_url)
        self.runner.run(self.log.open())

    def teardown(self) -> None:
        self.runner.run(self.log.close())
        self.runner.close()

    @rule(interview_id=IDS, types=TYPES, status=STATUSES)
    def create(self, interview_id: str, types: list[str], status: str) -> None:
        self.now_s += 1
        call = self.log.create(
            interview_id,
            spec={"id": interview_id},
            entries=[NewEntry(type_, {}) for type_ in types],
            status=status,
            now_s=self.now_s,
        )
        if interview_id in self.erased:
            with pytest.raises(KeyReused):
                self.runner.run(call)
            return
        row = self.runner.run(call)
        known = self.model.setdefault(interview_id, ModelInterview(self.now_s, status, list(types)))
        assert (row.version, row.status) == (len(known.entries), known.status)
        assert row.created_s == known.created_s

    @rule(
        interview_id=IDS, behind=st.integers(-1, 2), operation_id=OPERATIONS, types=TYPES,
        status=STATUSES, epoch=st.sampled_from(["none", "mine", "old"]),
    )  # fmt: skip
    def append(
        self, interview_id: str, behind: int, operation_id: str, types: list[str], status: str,
        epoch: str,
    ) -> None:  # fmt: skip
        known = self.model.get(interview_id)
        expected_version = max(0, (len(known.entries) if known else 0) - behind)
        given = 0 if known is None or epoch == "none" else known.epoch - (epoch == "old")
        call = self.log.append(
            interview_id,
            expected_version=expected_version,
            lease_epoch=max(0, given),
            operation_id=operation_id,
            entries=[NewEntry(type_, {}) for type_ in types],
            status=status,
            now_s=self.now_s,
        )
        if known is None:
            with pytest.raises(UnknownInterview):
                self.runner.run(call)
            return
        result = self.runner.run(call)
        if operation_id in known.operations:
            first, last = known.operations[operation_id]
            assert isinstance(result, Appended)
            assert result.repeated
            assert [e.type for e in result.entries] == known.entries[first - 1 : last]
        elif (known.owner and given <= 0) or 0 < given < known.epoch:
            assert result == Fenced(known.epoch)
        elif expected_version != len(known.entries):
            assert result == Conflict(len(known.entries))
        else:
            assert isinstance(result, Appended)
            assert not result.repeated
            known.operations[operation_id] = (
                len(known.entries) + 1, len(known.entries) + len(types)
            )  # fmt: skip
            known.entries += types
            known.status = status

    @rule(interview_id=IDS, owner=OWNERS)
    def acquire(self, interview_id: str, owner: str) -> None:
        known = self.model.get(interview_id)
        call = self.log.acquire(interview_id, owner, ttl_s=1000)
        if known is None:
            with pytest.raises(UnknownInterview):
                self.runner.run(call)
            return
        lease = self.runner.run(call)
        assert (lease is None) == (known.owner not in ("", owner))
        if lease is not None:
            assert lease.lease_epoch > known.epoch
            known.epoch, known.owner = lease.lease_epoch, owner
            self.leases[interview_id] = lease

    @rule(interview_id=IDS)
    def renew(self, interview_id: str) -> None:
        if (lease := self.leases.get(interview_id)) is None:
            return
        known = self.model.get(interview_id)
        renewed = self.runner.run(self.log.renew(lease, ttl_s=1000))
        assert (renewed is not None) == (known is not None and bool(known.owner))

    @rule(interview_id=IDS)
    def release(self, interview_id: str) -> None:
        if (lease := self.leases.get(interview_id)) is None:
            return
        self.runner.run(self.log.release(lease))
        if interview_id in self.model:
            self.model[interview_id].owner = ""

    @rule(interview_id=IDS, version=st.integers(0, 5))
    def snapshot(self, interview_id: str, version: int) -> None:
        known = self.model.get(interview_id)
        with contextlib.suppress(UnknownInterview):
            self.runner.run(self.log.save_snapshot(interview_id, version, f"s{version}"))
            assert known is not None
            if known.snapshot is None or known.snapshot[0] <= version:
                known.snapshot = (version, f"s{version}")

    @rule(interview_id=IDS)
    def erase(self, interview_id: str) -> None:
        self.now_s += 1
        known = self.model.pop(interview_id, None)
        if known is not None:
            self.erased.add(interview_id)
        self.leases.pop(interview_id, None)
        assert self.runner.run(self.log.erase(interview_id, now_s=self.now_s)) == bool(known)

    @rule()
    def reopen(self) -> None:
        self.runner.run(self.log.close())
        self.log = make_log(self.store_url)
        self.runner.run(self.log.open())

    @invariant()
    def same_as_the_model(self) -> None:
        if not hasattr(self, "log"):
            return
        self.runner.run(self.compare())

    async def compare(self) -> None:
        rows = await self.log.rows(after=None, limit=10)
        newest = sorted(self.model, key=lambda i: (self.model[i].created_s, i), reverse=True)
        assert [row.interview_id for row in rows] == newest
        for row in rows:
            known = self.model[row.interview_id]
            assert (row.version, row.status) == (len(known.entries), known.status)
            entries = await self.log.read(row.interview_id)
            assert [entry.type for entry in entries] == known.entries
            assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
            assert await self.log.snapshot(row.interview_id) == known.snapshot
            same = await self.log.rows(after=None, limit=10, status=known.status)
            assert row in same


def check(fresh: Callable[[], str]) -> None:
    class Machine(LogMachine):
        fresh_store = staticmethod(fresh)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=examples(15),
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_sqlite_log_is_the_model(tmp_path: Path) -> None:
    numbers = itertools.count()
    check(lambda: f"sqlite://{tmp_path}/log{next(numbers)}.sqlite3")


@pytest.mark.redis
def test_redis_log_is_the_model(redis_url: str, _shared_redis: RedisServer) -> None:  # noqa: PT019  # its value is used
    def fresh() -> str:
        _shared_redis.command("FLUSHALL")
        return redis_url

    check(fresh)
