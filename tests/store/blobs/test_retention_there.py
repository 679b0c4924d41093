"""Retention with object storage: how much it asks of it, and what it does while that hangs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from media_server.ports import StoreUnavailable
from media_server.store import stored_files
from media_server.store.blobs import objects
from media_server.store.factory import Stores, create_stores
from media_server.store.retention import Retention
from media_server.store.retention_plan import DAY_S
from tests.store.test_retention import FixedClock, fill_interview
from tests.support.files import files_below
from tests.support.s3_server import FaultyProxy, S3Server
from tests.support.waiting import PATIENCE_S, until

pytestmark = pytest.mark.s3

OLD = [f"i{n:02d}" for n in range(12)]


@pytest.fixture
async def stores(s3: S3Server, s3_proxy: FaultyProxy, tmp_path: Path) -> AsyncIterator[Stores]:
    """With recordings of interviews that are over, all of them in the bucket."""
    settings = s3.settings(tmp_path, endpoint=s3_proxy.endpoint, audio_days=1, transcript_days=1)
    stores = create_stores(settings)
    await stores.open()
    for interview_id in OLD:
        await fill_interview(stores, interview_id)
    await until(lambda: len(s3.stored()) == len(OLD) and not files_below(tmp_path, "audio-*"))
    yield stores
    s3_proxy.fault = lambda _: None
    await stores.close()


async def test_what_went_before_is_not_asked_for_again(
    s3: S3Server, s3_proxy: FaultyProxy, stores: Stores
) -> None:
    retention = Retention(stores, FixedClock(1200.0 + 2 * DAY_S))
    assert await retention.run_once() == 2 * len(OLD)
    assert s3.stored() == []
    s3_proxy.asked.clear()
    assert await retention.run_once() == 0
    assert len(s3_proxy.asked) <= 2, "a list of all, and not one of each"


async def test_a_bucket_that_hangs_keeps_nothing_else(
    s3: S3Server, s3_proxy: FaultyProxy, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One deadline is waited for, not one for each interview; the words go in time."""
    monkeypatch.setattr(objects, "CALL_S", 0.5)
    monkeypatch.setattr(stored_files, "HANGS_AFTER_S", 0.4)
    s3_proxy.fault = lambda _: 30.0
    retention = Retention(stores, FixedClock(1200.0 + 2 * DAY_S))
    s3_proxy.asked.clear()
    assert await retention.run_once() == len(OLD)
    assert len(s3_proxy.asked) <= 3, "and not of each interview"
    assert retention.counters.erased == {"audio": 0, "transcript": len(OLD), "log": 0}
    assert retention.counters.failed == len(OLD)
    s3_proxy.fault = lambda _: None
    monkeypatch.setattr(objects, "CALL_S", PATIENCE_S)
    again = Retention(stores, FixedClock(1200.0 + 2 * DAY_S))
    assert await again.run_once() == len(OLD)
    assert s3.stored() == []


async def test_the_right_to_delete_that_is_missing_is_named(
    s3: S3Server, s3_proxy: FaultyProxy, stores: Stores
) -> None:
    """Answered with 200, as S3 does: a refusal for each object."""

    def refused(request: web.Request) -> web.Response | None:
        if request.method != "POST" or "delete" not in request.query:
            return None
        said = "<Code>AccessDenied</Code><Message>Access Denied</Message>"
        body = f"<DeleteResult><Error><Key>pre/fix/{OLD[0]}/audio-0001.ogg</Key>{said}</Error>"
        return web.Response(content_type="application/xml", text=f"{body}</DeleteResult>")

    s3_proxy.fault = refused
    with pytest.raises(StoreUnavailable, match="refuses to delete"):
        await stores.recordings.erase(OLD[0])
    assert len(s3.stored()) == len(OLD)
