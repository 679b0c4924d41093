"""A list narrowed by status and by text, page by page, on both stores."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from media_server.interview.spec import Candidate
from media_server.live import listing
from media_server.live.listing import find
from media_server.ports import SummaryRow
from media_server.ports.only import ALL, Only
from tests.live.bench import make_spec, open_bench


class Rows:
    """A store's list, in memory."""

    def __init__(self, rows: Sequence[SummaryRow]) -> None:
        self.rows = sorted(rows, key=lambda r: (r.created_s, r.interview_id), reverse=True)
        self.read = 0

    async def __call__(
        self, *, after: str | None, limit: int, status: str | None = None
    ) -> tuple[SummaryRow, ...]:
        place = next((r for r in self.rows if r.interview_id == after), None)
        found = [
            row
            for row in self.rows
            if (status is None or row.status == status)
            and (
                place is None
                or (row.created_s, row.interview_id) < (place.created_s, place.interview_id)
            )
        ][:limit]
        self.read += len(found)
        return tuple(found)


def row(number: int, status: str, created_s: float, title: str = "") -> SummaryRow:
    return SummaryRow(f"iv_{number:05}", created_s, 1, status, {"title": title, "metadata": {}})


async def pages(read: Rows, only: Only, limit: int) -> list[SummaryRow]:
    found: list[SummaryRow] = []
    after: str | None = None
    while True:
        rows, following = await find(read, only, after, limit)
        found += rows
        if not following:
            return found
        after = following


@pytest.mark.parametrize("limit", [1, 3, 20])
async def test_every_one_comes_once_in_order_whatever_is_asked_for(limit: int) -> None:
    dice = random.Random(limit)
    statuses = ("asking", "listening", "completed", "expired")
    rows = [
        # Many of the same moment, and in every status.
        row(n, dice.choice(statuses), dice.randrange(12), dice.choice(("Cook", "Nurse")))
        for n in range(100)
    ]
    read = Rows(rows)
    for count, text in itertools.product(range(len(statuses) + 1), ("", "cook", "nobody")):
        only = Only(statuses[:count], text)
        wanted = [
            r
            for r in read.rows
            if (not count or r.status in statuses[:count])
            and text in str((r.summary or {})["title"]).lower()
        ]
        assert await pages(read, only, limit) == wanted


async def test_a_page_looks_through_a_bounded_number() -> None:
    read = Rows([row(n, "expired", float(n), "Cook") for n in range(5_000)])
    rows, following = await find(read, Only(text="nurse"), None, 20)
    assert (rows, following) == ([], "iv_03000")
    assert read.read == listing.LOOKED_THROUGH


async def test_what_is_looked_for_is_found_in_every_part(store_url: str, tmp_path: Path) -> None:
    async with open_bench(tmp_path, store_url=store_url) as bench:
        named = {
            "title": make_spec(title="Chef de Cuisine"),
            "external": make_spec(candidate=Candidate(external_id="A-4711")),
            "metadata": make_spec(metadata={"team": "Zürich Süd"}),
        }
        ids = {name: await bench.interview(spec) for name, spec in named.items()}
        await bench.service.cancel(ids["title"])

        async def listed(only: Only) -> list[str]:
            rows, _ = await bench.service.page(None, 20, only=only)
            return [str(r["id"]) for r in rows]

        assert await listed(ALL) == [ids["metadata"], ids["external"], ids["title"]]
        assert await listed(Only(text="cuisine")) == [ids["title"]]
        assert await listed(Only(text="a-4711")) == [ids["external"]]
        assert await listed(Only(text="ZU\u0308RICH")) == [ids["metadata"]]
        assert await listed(Only(text=ids["title"])) == [ids["title"]]
        assert await listed(Only(("cancelled",))) == [ids["title"]]
        assert await listed(Only(("ready", "cancelled"))) == await listed(ALL)
        assert await listed(Only(("ready",), "cuisine")) == []
