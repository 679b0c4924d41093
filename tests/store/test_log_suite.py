"""What every `EventLog` does; run against SQLite and a real Redis.

Over 400 lines on purpose: one suite that each store passes whole.
"""

from __future__ import annotations

import asyncio

import pytest

from media_server.ports import (
    Appended,
    Conflict,
    EventLog,
    Fenced,
    KeyReused,
    LogEntry,
    NewEntry,
    UnknownInterview,
)
from tests.store.conftest import AnyLog, OpenLog

CREATED = [NewEntry("created", {"expires_s": 9.0})]
ODD_TEXT = 'Grüße "\x00\n\\ 你好 🙂 \ud800 ' + "x" * 70_000


async def create(log: EventLog, interview_id: str = "i1", *, now_s: float = 1.0) -> None:
    await log.create(
        interview_id, spec={"title": "T"}, entries=CREATED, status="created", now_s=now_s
    )


async def append(
    log: EventLog,
    expected_version: int,
    operation_id: str,
    *,
    interview_id: str = "i1",
    lease_epoch: int = 0,
    types: tuple[str, ...] = ("said",),
    status: str = "listening",
    now_s: float = 2.0,
) -> Appended | Conflict | Fenced:
    return await log.append(
        interview_id,
        expected_version=expected_version,
        lease_epoch=lease_epoch,
        operation_id=operation_id,
        entries=[NewEntry(type_, {"by": operation_id}) for type_ in types],
        status=status,
        now_s=now_s,
    )


# --- create -------------------------------------------------------------------------------------


async def test_create_then_row_and_read(log: AnyLog) -> None:
    row = await log.create(
        "i1", spec={"q": [1, {"ü": None}]}, entries=CREATED, status="created", now_s=1.25
    )
    assert (row.interview_id, row.created_s, row.version, row.status) == ("i1", 1.25, 1, "created")
    assert row == await log.row("i1")
    assert row.spec == {"q": [1, {"ü": None}]}
    assert await log.read("i1") == (LogEntry(1, 1.25, "created", {"expires_s": 9.0}),)


async def test_create_without_entries_has_version_zero(log: AnyLog) -> None:
    row = await log.create("i1", spec={}, entries=[], status="created", now_s=1.0)
    assert row.version == 0
    assert await log.read("i1") == ()
    assert isinstance(await append(log, 0, "op"), Appended)


async def test_same_key_and_digest_gives_the_first_row_again(log: AnyLog) -> None:
    first = await log.create(
        "i1", spec={}, entries=CREATED, status="s", now_s=1.0, idempotency_key="k",
        request_digest="d",
    )  # fmt: skip
    again = await log.create(
        "i2", spec={}, entries=CREATED, status="s", now_s=2.0, idempotency_key="k",
        request_digest="d",
    )  # fmt: skip
    assert again == first
    assert await log.row("i2") is None


async def test_same_key_with_another_digest_is_refused(log: AnyLog) -> None:
    await log.create(
        "i1", spec={}, entries=CREATED, status="s", now_s=1.0, idempotency_key="k",
        request_digest="d",
    )  # fmt: skip
    with pytest.raises(KeyReused):
        await log.create(
            "i2", spec={}, entries=CREATED, status="s", now_s=1.0, idempotency_key="k",
            request_digest="e",
        )  # fmt: skip
    assert await log.row("i2") is None


async def test_same_id_without_key_is_a_retry_or_refused(log: AnyLog) -> None:
    await create(log)
    await create(log)
    assert len(await log.read("i1")) == 1
    with pytest.raises(KeyReused):
        await log.create("i1", spec={"other": 1}, entries=CREATED, status="s", now_s=1.0)


async def test_racing_creates_with_one_key_make_one_interview(open_log: OpenLog) -> None:
    logs = [await open_log() for _ in range(3)]
    rows = await asyncio.gather(
        *(
            logs[n % 3].create(
                f"i{n}", spec={}, entries=CREATED, status="s", now_s=1.0, idempotency_key="k",
                request_digest="d",
            )
            for n in range(20)
        )
    )  # fmt: skip
    assert len({row.interview_id for row in rows}) == 1
    assert len(await logs[0].rows(after=None, limit=100)) == 1


# --- append -------------------------------------------------------------------------------------


async def test_append_moves_version_and_status_together(log: AnyLog) -> None:
    await create(log)
    done = await append(log, 1, "op", types=("a", "b"), status="asking")
    assert done == Appended(
        (LogEntry(2, 2.0, "a", {"by": "op"}), LogEntry(3, 2.0, "b", {"by": "op"}))
    )
    row = await log.row("i1")
    assert row is not None
    assert (row.version, row.status) == (3, "asking")
    assert [entry.seq for entry in await log.read("i1")] == [1, 2, 3]


async def test_append_at_a_wrong_version_conflicts(log: AnyLog) -> None:
    await create(log)
    assert await append(log, 0, "a") == Conflict(1)
    assert await append(log, 2, "b") == Conflict(1)
    assert len(await log.read("i1")) == 1


async def test_append_to_an_unknown_interview(log: AnyLog) -> None:
    with pytest.raises(UnknownInterview):
        await append(log, 0, "a", interview_id="nobody")


async def test_append_of_nothing_is_a_mistake(log: AnyLog) -> None:
    await create(log)
    with pytest.raises(ValueError, match="at least one"):
        await append(log, 1, "a", types=())


async def test_repeated_operation_gets_its_stored_entries(log: AnyLog) -> None:
    await create(log)
    first = await append(log, 1, "op", types=("a", "b"))
    assert isinstance(first, Appended)
    await append(log, 3, "later")
    again = await append(log, 1, "op", types=("a", "b"), now_s=99.0)
    assert again == Appended(first.entries, repeated=True)
    assert len(await log.read("i1")) == 4


async def test_repeat_is_answered_even_after_a_takeover(log: AnyLog) -> None:
    await create(log)
    lease = await log.acquire("i1", "old", ttl_s=10)
    assert lease is not None
    await append(log, 1, "op", lease_epoch=lease.lease_epoch)
    await log.release(lease)
    assert await log.acquire("i1", "new", ttl_s=10) is not None
    again = await append(log, 1, "op", lease_epoch=lease.lease_epoch)
    assert isinstance(again, Appended)
    assert again.repeated


async def test_operation_ids_belong_to_one_interview(log: AnyLog) -> None:
    await create(log, "i1")
    await create(log, "i2")
    await append(log, 1, "op", interview_id="i1")
    other = await append(log, 1, "op", interview_id="i2")
    assert isinstance(other, Appended)
    assert not other.repeated


async def test_forgotten_operation_is_not_applied_twice(log: AnyLog) -> None:
    await create(log)
    version = 1
    await append(log, version, "old")
    for n in range(6):
        await append(log, version + 1 + 100 * n, f"op{n}", types=("x",) * 100)
    assert await append(log, version, "old") == Conflict(602)
    repeated = await append(log, 502, "op5", types=("x",) * 100)
    assert isinstance(repeated, Appended)
    assert repeated.repeated


async def test_any_text_comes_back_as_it_was(log: AnyLog) -> None:
    await create(log)
    await log.append(
        "i1", expected_version=1, lease_epoch=0, operation_id="o",
        entries=[NewEntry("said", {"text": ODD_TEXT, "at": 0.1, "n": 2**53})], status="s",
        now_s=1795441566.123456,
    )  # fmt: skip
    entry = (await log.read("i1", after_seq=1))[0]
    assert entry.data == {"text": ODD_TEXT, "at": 0.1, "n": 2**53}
    assert entry.at_s == 1795441566.123456


async def test_an_entry_keeps_the_time_of_its_decision(log: AnyLog) -> None:
    """Where it is known; a write may come seconds later, with others."""
    await create(log)
    await log.append(
        "i1", expected_version=1, lease_epoch=0, operation_id="o",
        entries=[NewEntry("a", {}, 7.25), NewEntry("b", {}, 9.5), NewEntry("c", {})], status="s",
        now_s=11.0,
    )  # fmt: skip
    assert [e.at_s for e in await log.read("i1", after_seq=1)] == [7.25, 9.5, 11.0]


async def test_what_json_cannot_say_is_refused_and_harms_nobody(log: AnyLog) -> None:
    await create(log)
    good = append(log, 1, "good")
    bad = log.append(
        "i1", expected_version=1, lease_epoch=0, operation_id="bad",
        entries=[NewEntry("x", {"n": float("nan")})], status="s", now_s=1.0,
    )  # fmt: skip
    results = await asyncio.gather(good, bad, return_exceptions=True)
    assert isinstance(results[0], Appended)
    assert isinstance(results[1], ValueError)


async def test_long_log_is_read_whole(log: AnyLog) -> None:
    await create(log)
    for n in range(4):
        await append(log, 1 + 300 * n, f"op{n}", types=("x",) * 300)
    assert [e.seq for e in await log.read("i1")] == list(range(1, 1202))
    assert [e.seq for e in await log.read("i1", after_seq=101, limit=700)] == list(range(102, 802))
    assert len(await log.read("i1", after_seq=1, limit=500)) == 500


async def test_read_in_pages(log: AnyLog) -> None:
    await create(log)
    await append(log, 1, "op", types=tuple("abcdef"))
    assert [e.type for e in await log.read("i1", after_seq=2, limit=3)] == ["b", "c", "d"]
    assert await log.read("i1", after_seq=7) == ()
    assert await log.read("i1", limit=0) == ()
    assert await log.read("nobody") == ()


# --- races --------------------------------------------------------------------------------------


async def test_fifty_rounds_of_twenty_racing_callers(open_log: OpenLog) -> None:
    """Exactly one winner each; the winner's retry gets its stored result, a loser's conflicts."""
    logs = [await open_log() for _ in range(4)]
    await create(logs[0])
    for version in range(1, 51):
        results = await asyncio.gather(
            *(append(logs[n % 4], version, f"r{version}-{n}") for n in range(20))
        )
        winners = [n for n, result in enumerate(results) if isinstance(result, Appended)]
        assert len(winners) == 1
        losers = [result for result in results if not isinstance(result, Appended)]
        assert losers == [Conflict(version + 1)] * 19
        won = results[winners[0]]
        assert isinstance(won, Appended)
        retry, lost_again = await asyncio.gather(
            append(logs[(winners[0] + 1) % 4], version, f"r{version}-{winners[0]}"),
            append(logs[0], version, f"r{version}-{(winners[0] + 1) % 20}"),
        )
        assert retry == Appended(won.entries, repeated=True)
        assert lost_again == Conflict(version + 1)
    entries = await logs[0].read("i1")
    assert [entry.seq for entry in entries] == list(range(1, 52))


async def test_one_operation_sent_twenty_times_at_once_is_applied_once(open_log: OpenLog) -> None:
    logs = [await open_log() for _ in range(4)]
    await create(logs[0])
    results = await asyncio.gather(*(append(logs[n % 4], 1, "same") for n in range(20)))
    assert all(isinstance(result, Appended) for result in results)
    assert sum(isinstance(r, Appended) and not r.repeated for r in results) == 1
    assert len(await logs[0].read("i1")) == 2


# --- leases -------------------------------------------------------------------------------------


async def test_lease_is_exclusive_and_its_epoch_rises(open_log: OpenLog) -> None:
    ours, theirs = await open_log(), await open_log()
    await create(ours)
    first = await ours.acquire("i1", "a", ttl_s=10)
    assert first is not None
    assert first.lease_epoch > 0
    assert await theirs.acquire("i1", "b", ttl_s=10) is None
    again = await ours.acquire("i1", "a", ttl_s=10)
    assert again is not None
    assert again.lease_epoch > first.lease_epoch
    await ours.release(again)
    second = await theirs.acquire("i1", "b", ttl_s=10)
    assert second is not None
    assert second.lease_epoch > again.lease_epoch


async def test_lease_runs_out_and_the_old_owner_is_fenced(open_log: OpenLog) -> None:
    ours, theirs = await open_log(), await open_log()
    await create(ours)
    old = await ours.acquire("i1", "a", ttl_s=0.05)
    assert old is not None
    await asyncio.sleep(0.1)
    late = await append(ours, 1, "late", lease_epoch=old.lease_epoch)
    assert isinstance(late, Appended)  # nobody has taken over: still the newest owner
    new = await theirs.acquire("i1", "b", ttl_s=10)
    assert new is not None
    assert await append(ours, 2, "x", lease_epoch=old.lease_epoch) == Fenced(new.lease_epoch)
    assert await ours.renew(old, ttl_s=10) is None
    await ours.release(old)  # not ours any more: no effect
    assert await ours.acquire("i1", "a", ttl_s=10) is None
    assert isinstance(await append(theirs, 2, "y", lease_epoch=new.lease_epoch), Appended)


async def test_renewing_keeps_epoch_and_moves_the_end(log: AnyLog) -> None:
    await create(log)
    lease = await log.acquire("i1", "a", ttl_s=0.05)
    assert lease is not None
    renewed = await log.renew(lease, ttl_s=30)
    assert renewed is not None
    assert renewed.lease_epoch == lease.lease_epoch
    assert renewed.expires_s > lease.expires_s
    await asyncio.sleep(0.1)
    assert await log.acquire("i1", "b", ttl_s=1) is None


async def test_expired_but_free_lease_may_be_renewed(log: AnyLog) -> None:
    await create(log)
    lease = await log.acquire("i1", "a", ttl_s=0.01)
    assert lease is not None
    await asyncio.sleep(0.05)
    assert await log.renew(lease, ttl_s=1) is not None


async def test_released_lease_cannot_be_renewed(log: AnyLog) -> None:
    await create(log)
    lease = await log.acquire("i1", "a", ttl_s=10)
    assert lease is not None
    await log.release(lease)
    assert await log.renew(lease, ttl_s=1) is None


async def test_without_a_lease_only_while_nobody_holds_one(log: AnyLog) -> None:
    await create(log)
    lease = await log.acquire("i1", "a", ttl_s=10)
    assert lease is not None
    assert await append(log, 1, "cancel") == Fenced(lease.lease_epoch)
    await log.release(lease)
    assert isinstance(await append(log, 1, "cancel"), Appended)
    assert await append(log, 1, "x", lease_epoch=lease.lease_epoch) == Conflict(2)


async def test_racing_acquires_have_one_winner(open_log: OpenLog) -> None:
    logs = [await open_log() for _ in range(4)]
    await create(logs[0])
    highest = 0
    for _ in range(10):
        leases = await asyncio.gather(
            *(logs[n % 4].acquire("i1", f"owner{n}", ttl_s=10) for n in range(20))
        )
        won = [lease for lease in leases if lease is not None]
        assert len(won) == 1
        assert won[0].lease_epoch > highest
        highest = won[0].lease_epoch
        await logs[0].release(won[0])


async def test_no_lease_on_what_does_not_exist(log: AnyLog) -> None:
    with pytest.raises(UnknownInterview):
        await log.acquire("nobody", "a", ttl_s=1)


# --- listing, snapshots, erasure ----------------------------------------------------------------


async def test_rows_newest_first_by_cursor(log: AnyLog) -> None:
    for n in range(7):
        await create(log, f"i{n}", now_s=100.0 + n // 2)  # some of equal age
    everything = [row.interview_id for row in await log.rows(after=None, limit=10)]
    assert everything == ["i6", "i5", "i4", "i3", "i2", "i1", "i0"]
    paged: list[str] = []
    after = None
    while page := await log.rows(after=after, limit=2):
        paged += [row.interview_id for row in page]
        after = paged[-1]
    assert paged == everything


async def test_rows_of_one_status(log: AnyLog) -> None:
    for n in range(6):
        await create(log, f"i{n}", now_s=100.0 + n)
    for n in (1, 3, 4):
        await append(log, 1, "op", interview_id=f"i{n}", status="listening")
    listening = await log.rows(after=None, limit=2, status="listening")
    assert [row.interview_id for row in listening] == ["i4", "i3"]
    rest = await log.rows(after="i3", limit=5, status="listening")
    assert [row.interview_id for row in rest] == ["i1"]
    created = await log.rows(after=None, limit=9, status="created")
    assert [row.interview_id for row in created] == ["i5", "i2", "i0"]


async def test_cursor_survives_its_own_erasure_but_not_invention(log: AnyLog) -> None:
    for n in range(3):
        await create(log, f"i{n}", now_s=100.0 + n)
    await log.erase("i1", now_s=200.0)
    assert [row.interview_id for row in await log.rows(after="i1", limit=5)] == ["i0"]
    with pytest.raises(UnknownInterview):
        await log.rows(after="never", limit=5)


async def test_snapshot_never_goes_back(log: AnyLog) -> None:
    await create(log)
    assert await log.snapshot("i1") is None
    await log.save_snapshot("i1", 5, "five ü")
    await log.save_snapshot("i1", 4, "four")
    assert await log.snapshot("i1") == (5, "five ü")
    await log.save_snapshot("i1", 6, "six")
    assert await log.snapshot("i1") == (6, "six")
    with pytest.raises(UnknownInterview):
        await log.save_snapshot("nobody", 1, "x")


async def test_erase_leaves_nothing_to_find(log: AnyLog) -> None:
    await log.create(
        "i1", spec={}, entries=CREATED, status="s", now_s=1.0, idempotency_key="k",
        request_digest="d",
    )  # fmt: skip
    await append(log, 1, "op")
    await log.save_snapshot("i1", 2, "state")
    lease = await log.acquire("i1", "a", ttl_s=10)
    assert lease is not None
    assert await log.erase("i1", now_s=3.0) is True
    assert await log.erase("i1", now_s=4.0) is False
    assert await log.row("i1") is None
    assert await log.read("i1") == ()
    assert await log.snapshot("i1") is None
    assert await log.rows(after=None, limit=5) == ()
    assert await log.rows(after=None, limit=5, status="listening") == ()
    with pytest.raises(UnknownInterview):
        await append(log, 2, "late", lease_epoch=lease.lease_epoch)
    assert await log.renew(lease, ttl_s=5) is None
    fresh = await log.create(
        "i2", spec={}, entries=CREATED, status="s", now_s=5.0, idempotency_key="k",
        request_digest="other",
    )  # fmt: skip
    assert fresh.interview_id == "i2"


async def test_data_outlives_the_client(open_log: OpenLog) -> None:
    first = await open_log()
    await create(first)
    await append(first, 1, "op")
    second = await open_log()
    assert [entry.seq for entry in await second.read("i1")] == [1, 2]
    again = await append(second, 1, "op")
    assert isinstance(again, Appended)
    assert again.repeated


async def test_owner_is_told_at_its_renewal_that_another_asks(open_log: OpenLog) -> None:
    ours, theirs = await open_log(), await open_log()
    await create(ours)
    lease = await ours.acquire("i1", "a", ttl_s=30)
    assert lease is not None
    assert await theirs.acquire("i1", "b", ttl_s=30) is None
    renewed = await ours.renew(lease, ttl_s=30)
    assert renewed is not None
    assert not renewed.wanted, "who only looks wants nothing"

    assert await theirs.acquire("i1", "b", ttl_s=30, wanted=True) is None
    assert await theirs.acquire("i1", "c", ttl_s=30) is None
    told = await ours.renew(renewed, ttl_s=30)
    assert told is not None
    assert told.wanted
    again = await ours.renew(told, ttl_s=30)
    assert again is not None
    assert not again.wanted, "said once"

    assert await theirs.acquire("i1", "b", ttl_s=30, wanted=True) is None
    await ours.release(again)
    lease = await theirs.acquire("i1", "b", ttl_s=30, wanted=True)
    assert lease is not None
    renewed = await theirs.renew(lease, ttl_s=30)
    assert renewed is not None
    assert not renewed.wanted, "the new owner is not told of its own wish"


async def test_wish_goes_with_what_is_erased(log: AnyLog) -> None:
    await create(log)
    await log.acquire("i1", "a", ttl_s=30)
    assert await log.acquire("i1", "b", ttl_s=30, wanted=True) is None
    await log.erase("i1", now_s=5.0)
    with pytest.raises(UnknownInterview):
        await log.acquire("i1", "b", ttl_s=30, wanted=True)


# --- summaries ----------------------------------------------------------------------------------


async def said(log: AnyLog, version: int, round_: int | None, *, interview_id: str = "i1") -> None:
    done = await log.append(
        interview_id, expected_version=version, lease_epoch=0, operation_id=f"o{version}",
        entries=[NewEntry("said", {})], status="listening", now_s=2.0,
        summary=None if round_ is None else {"title": "Grüße", "round": round_},
    )  # fmt: skip
    assert isinstance(done, Appended)


async def listed(log: AnyLog) -> dict[str, object]:
    rows = await log.summaries(after=None, limit=10)
    return {row.interview_id: row.summary for row in rows}


async def test_a_summary_is_kept_with_each_append(log: AnyLog) -> None:
    await log.create(
        "i1", spec={}, entries=CREATED, status="created", now_s=1.0, summary={"round": -1}
    )
    (row,) = await log.summaries(after=None, limit=10)
    assert (row.interview_id, row.created_s, row.version, row.status, row.damage) == (
        "i1", 1.0, 1, "created", "",
    )  # fmt: skip
    assert row.summary == {"round": -1}
    await said(log, 1, 0)
    (row,) = await log.summaries(after=None, limit=10)
    assert (row.version, row.status) == (2, "listening")
    assert row.summary == {"title": "Grüße", "round": 0}


async def test_a_summary_of_an_older_version_is_none_until_it_is_made_again(log: AnyLog) -> None:
    await create(log)
    assert await listed(log) == {"i1": None}
    await log.save_summary("i1", 1, {"round": -1})
    assert await listed(log) == {"i1": {"round": -1}}
    await said(log, 1, None)  # by a process that knows of no summaries
    assert await listed(log) == {"i1": None}
    await log.save_summary("i1", 1, {"round": -1})
    assert await listed(log) == {"i1": None}, "it is too late"
    await log.save_summary("i1", 2, {"round": 0})
    assert await listed(log) == {"i1": {"round": 0}}
    await log.save_summary("nobody", 1, {"round": 0})
    assert await listed(log) == {"i1": {"round": 0}}


async def test_an_append_that_is_refused_leaves_the_summary(log: AnyLog) -> None:
    await create(log)
    await said(log, 1, 3)
    refused = await log.append(
        "i1", expected_version=1, lease_epoch=0, operation_id="x",
        entries=[NewEntry("said", {})], status="s", now_s=2.0, summary={"round": 9},
    )  # fmt: skip
    assert refused == Conflict(2)
    assert await listed(log) == {"i1": {"title": "Grüße", "round": 3}}


async def test_summaries_come_in_pages_and_go_with_their_interview(log: AnyLog) -> None:
    for number in range(5):
        await create(log, f"i{number}", now_s=float(number))
        await said(log, 1, number, interview_id=f"i{number}")
    first = await log.summaries(after=None, limit=2)
    assert [row.interview_id for row in first] == ["i4", "i3"]
    await log.erase("i3", now_s=9.0)
    rest = await log.summaries(after="i3", limit=9)
    assert [row.interview_id for row in rest] == ["i2", "i1", "i0"]
    assert set(await listed(log)) == {"i0", "i1", "i2", "i4"}
    with pytest.raises(UnknownInterview):
        await log.summaries(after="never", limit=2)


async def test_which_interview_a_key_has_made(log: AnyLog) -> None:
    assert await log.made_with("k") is None
    for tenant in ("default", "acme"):
        await log.create(
            f"i-{tenant}", spec={}, entries=CREATED, status="s", now_s=1.0, idempotency_key="k",
            request_digest=f"d-{tenant}", tenant=tenant,
        )  # fmt: skip
    assert await log.made_with("k") == ("i-default", "d-default")
    assert await log.made_with("k", tenant="acme") == ("i-acme", "d-acme")
    assert await log.made_with("k", tenant="other") is None
    assert await log.made_with("j") is None
    await log.erase("i-acme", now_s=2.0)
    assert await log.made_with("k", tenant="acme") is None
