"""A list of interviews folds no log, but where its summary is missing, and there once."""

from __future__ import annotations

from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest

from media_server.interview.status import Status
from media_server.ports import NewEntry
from tests.live.bench import Bench, make_spec, open_bench
from tests.live.test_damage import settle

pytestmark = pytest.mark.virtual_time

LISTING: ContextVar[bool] = ContextVar("listing", default=False)


class Reads:
    """Counts what is read of logs and specifications for a list; the watchdog reads as well."""

    def __init__(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        log: Any = bench.services.log
        for name in ("read", "row", "snapshot", "rows"):
            monkeypatch.setattr(log, name, self._counted(getattr(log, name)))

    def _counted(self, method: Any) -> Any:
        async def counted(*args: Any, **named: Any) -> Any:
            self.count += LISTING.get()
            return await method(*args, **named)

        return counted


async def told(bench: Bench) -> list[dict[str, Any]]:
    token = LISTING.set(True)
    page, _ = await bench.service.page(None, 100)
    LISTING.reset(token)
    return [dict(summary) for summary in page]


async def test_a_list_is_read_and_not_folded(
    tmp_path: Path,
    store_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_bench(tmp_path, store_url=store_url) as bench:
        ids = [
            await bench.interview(make_spec(n + 1, title=f"T{n}", metadata={"n": str(n)}))
            for n in range(4)
        ]
        guest = await bench.call(ids[0])
        await guest.sees("welcome")
        guest.send("ready")
        await guest.listening(1)
        live = await told(bench)
        assert [summary["live"] for summary in live] == [False, False, False, True]
        assert live[3]["status"] == "listening"
        guest.send("text_answer", text="The only answer.")
        await guest.sees("completed")
        await guest.candidate.leave()
        await settle(bench)

        opened = await bench.interview(consent=False)
        ids.append(opened)
        reads = Reads(bench, monkeypatch)
        listed = await told(bench)
        assert reads.count == 0
        shown = [dict(await bench.service.get(interview_id)) for interview_id in reversed(ids)]
        assert {one.pop("template") for one in shown} == {None}
        assert all(len(one.pop("questions")) == one["questions_total"] for one in shown)
        assert listed == shown, "as when each is folded"
        assert [summary["round"] for summary in listed] == [None, None, None, None, 0]
        assert (listed[0]["status"], listed[4]["status"]) == ("joined", "completed")


async def test_what_a_former_release_wrote_last_is_folded_once(
    tmp_path: Path,
    store_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_bench(tmp_path, store_url=store_url) as bench:
        await bench.services.log.create(
            "iv_old",
            spec=make_spec(title="Of before").model_dump(mode="json"),
            entries=[
                NewEntry("created", {"expires_s": 4e9}),
                NewEntry("joined", {}),
                NewEntry("consented", {"version": "1"}),
            ],
            status=Status.READY.value,
            now_s=bench.services.clock.now_s(),
        )
        reads = Reads(bench, monkeypatch)
        (first,) = await told(bench)
        assert reads.count
        assert (first["title"], first["status"], first["round"]) == ("Of before", "ready", None)
        reads.count = 0
        assert await told(bench) == [first]
        assert reads.count == 0
