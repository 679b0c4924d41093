"""Limits that several processes count together: never one too many, and never held up."""

from __future__ import annotations

import os
import signal
import stat
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.http_settings import HttpSettings
from media_server.roles import SINGLE, Role
from media_server.shared_counts import file as counts_file
from media_server.shared_counts.buckets import SETS, WAYS, SharedBuckets
from media_server.shared_counts.file import NAME, CountsFile, counts_of
from media_server.tenant_file import TenantBook
from media_server.tenants import key_digest
from signaling import CONTEXT
from signaling.limits import RateLimiter
from tests.shared_counts.processes import (
    BURST,
    PROCESSES,
    SLOW,
    TAKES,
    granted_together,
    holder,
    takes,
)
from tests.signaling.conftest import API, House, bearer, open_house


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / NAME


@pytest.fixture
def shared(path: Path) -> Iterator[SharedBuckets]:
    file = CountsFile(path)
    yield SharedBuckets(file)
    file.close()


def test_many_processes_are_granted_no_more_than_one(path: Path) -> None:
    assert granted_together(takes, path) == BURST < PROCESSES * TAKES


@given(
    rate=st.floats(1, 1000),
    burst=st.integers(1, 50),
    steps=st.lists(st.floats(0, 30), min_size=1, max_size=60),
)
def test_it_answers_as_a_limiter_that_is_alone(rate: float, burst: int, steps: list[float]) -> None:
    now_s = 1000.0
    with tempfile.TemporaryDirectory() as directory:
        file = CountsFile(Path(directory) / NAME, now_s=lambda: now_s)
        together, alone = RateLimiter(rate, burst=burst), RateLimiter(rate, burst=burst)
        together.count_with(SharedBuckets(file), "address")
        for step in steps:
            now_s += step
            assert together.take("a", now_s) == alone.take("a", now_s)
        file.close()


def test_names_and_limits_are_apart(shared: SharedBuckets) -> None:
    assert shared.take("address", "a", per_s=SLOW, burst=1) == 0.0
    assert shared.take("address", "a", per_s=SLOW, burst=1)
    assert shared.take("address", "b", per_s=SLOW, burst=1) == 0.0
    assert shared.take("key", "a", per_s=SLOW, burst=1) == 0.0


def test_more_names_than_there_is_room_for_are_forgiven(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = 1000.0
    file = CountsFile(path, now_s=lambda: now_s)
    monkeypatch.setattr(file, "number_of", lambda _, name: SETS * (int(name) + 1))  # all of one set
    buckets = SharedBuckets(file)
    for name in (*range(WAYS), 0):
        now_s += 1.0
        buckets.take("address", str(name), per_s=SLOW, burst=1)
    assert buckets.take("address", str(WAYS), per_s=SLOW, burst=1) == 0.0
    assert buckets.take("address", "0", per_s=SLOW, burst=1), "it was used lately"
    assert buckets.take("address", "1", per_s=SLOW, burst=1) == 0.0, "it made room"
    file.close()


def test_who_is_stopped_with_the_lock_holds_up_nobody(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(counts_file, "WAIT_S", 0.001)
    file = CountsFile(path)
    limiter = RateLimiter(60, burst=1)
    limiter.count_with(SharedBuckets(file), "address")
    with holder(path) as stopped:
        os.kill(stopped.pid, signal.SIGSTOP)
        assert limiter.take("a", 0.0) == 0.0
        assert limiter.take("a", 0.0) == 1.0, "it counts by itself"
        assert "counts by itself" in caplog.text
    time.sleep(0.1)
    assert limiter.take("a", 0.0) == 0.0, "together again: there nobody has asked yet"
    assert limiter.take("a", 0.0) > 0
    file.close()
    assert limiter.take("b", 0.0) == 0.0, "after the end, too"


def test_who_has_a_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert counts_of(SINGLE) is None
    assert counts_of(Role("front", run_dir=tmp_path)) is None
    file = counts_of(Role("worker", 2, run_dir=tmp_path, workers=2))
    assert file is not None
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600
    file.close()
    assert caplog.text == ""
    assert counts_of(Role("worker", 2, run_dir=tmp_path / "gone", workers=2)) is None
    assert "no file to count in" in caplog.text


# --- over HTTP --------------------------------------------------------------------------------


@asynccontextmanager
async def two_workers(
    path: Path, settings: HttpSettings, tenants: TenantBook | None = None
) -> AsyncIterator[tuple[House, House]]:
    files = [CountsFile(path, now_s=lambda: 1000.0) for _ in range(2)]  # no token comes back
    one, other = [await open_house(settings, tenants=tenants) for _ in files]
    try:
        for house, file in zip((one, other), files, strict=True):
            house.app[CONTEXT].count_with(SharedBuckets(file))
        yield one, other
    finally:
        for house, file in zip((one, other), files, strict=True):
            await house.client.close()
            file.close()


async def test_guesses_are_slowed_down_by_all_workers_together(path: Path) -> None:
    async with two_workers(path, HttpSettings(requests_per_minute=10)) as (one, other):
        wrong = {"Authorization": "Bearer wrong"}
        statuses = [
            (await house.client.get("/v1/interviews", headers=wrong)).status
            for house in (one, other, one, other, one, other, one)
        ]
        assert statuses == [401] * 5 + [429] * 2
        assert (await other.client.get("/v1/interviews", headers=API)).status == 200


async def test_a_tenant_a_key_and_an_interview_ask_all_workers_together(path: Path) -> None:
    key = "acme-key-0123456789"
    file = path.with_name("tenants.toml")
    file.write_text(
        '[[tenants]]\nname = "acme"\nlimits = { requests_per_minute = 5 }\n'
        f'keys = [{{ sha256 = "{key_digest(key).hex()}", scopes = ["read", "write"] }}]\n'
    )
    settings = HttpSettings(api_requests_per_minute=7, calls_per_minute=4)
    async with two_workers(path, settings, TenantBook(file)) as (one, other):
        houses = (one, other) * 4
        for headers, granted in (({"Authorization": f"Bearer {key}"}, 5), (API, 7)):
            asked = [await house.client.get("/v1/interviews", headers=headers) for house in houses]
            assert [a.status for a in asked] == [200] * granted + [429] * (8 - granted)
        one.app[CONTEXT].per_key.count_with(None, "")  # it has no request left
        joined = await one.join()
        whip = f"/whip/{joined['interview']}"
        calls = [
            await house.client.post(whip, data="", headers=bearer(joined)) for house in houses[:5]
        ]
        assert [call.status == 429 for call in calls] == [False] * 4 + [True]
