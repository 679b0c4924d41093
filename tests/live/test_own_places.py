"""Places of one tenant: whose they are is known for as long as they are had, and who decides."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from media_server.live import admission as admission_module
from media_server.live import own_places
from media_server.live.admission import ALONE_S, Admission
from media_server.live.capacity import FIRM_S
from media_server.live.own_places import OwnPlaces
from media_server.live.settings import LiveSettings
from media_server.ports import Refused
from media_server.shared_counts.file import NAME, CountsFile
from media_server.shared_counts.places import SharedPlaces
from media_server.tenants import Limits, Tenant


def admission_of(
    known: OwnPlaces,
    machine: Any = None,
    *,
    max_live: int = 50,
    now_s: Callable[[], float] = time.monotonic,
) -> Admission:
    registry: Any = SimpleNamespace(
        own_places=known, all=tuple, away=SimpleNamespace(ids=frozenset)
    )
    clock: Any = SimpleNamespace(now_s=now_s)
    return Admission(registry, LiveSettings(max_live=max_live), clock, machine=machine)


def test_rows_that_are_read_of_others_make_nobody_forget_who_is_in_a_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An integrator who asks for all of its interviews would have more places than it may."""
    monkeypatch.setattr(own_places, "MAX_NOTED", 10)
    known = OwnPlaces()
    admission = admission_of(known)
    admission.take("in a call", "call 1")
    known.note("in a call", "acme")
    for number in range(50):
        known.note(f"read {number}", "acme")
        admission.look()
    assert known.others("acme", "a newcomer", admission.places()) == 1
    assert len(known.owners([f"read {number}" for number in range(50)])) == 9


class Stopped:
    """What the workers have in common, while one of them is stopped with it."""

    def may_have(self, *_: object, **__: object) -> None:
        pass

    def refresh(self, *_: object) -> None:
        pass

    def drop(self, *_: object) -> None:
        pass


async def test_where_the_others_cannot_be_asked_this_workers_own_places_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(admission_module, "ALONE_S", 0.03)
    known = OwnPlaces()
    admission = admission_of(known, Stopped())
    acme = Tenant(name="acme", limits=Limits(max_live=3))

    async def offer(number: int) -> bool:
        interview_id, call_id = f"iv {number}", f"call {number}"
        admission.take(interview_id, call_id)
        known.note(interview_id, "acme")
        try:
            await admission.require_own_place(interview_id, acme)
        except Refused:
            admission.over(call_id)
            return False
        return True

    assert sum(await asyncio.gather(*(offer(number) for number in range(20)))) == 3
    assert admission.refused["tenant"] == 17


class Late:
    """Whom the other worker kept from it once; and the clock of a loop that is late after that."""

    def __init__(self, machine: SharedPlaces) -> None:
        self._machine = machine
        self._asked = 0
        self.now_s = 1000.0

    def may_have(self, *asked: Any, **how: Any) -> bool | None:
        self._asked += 1
        if self._asked > 1:
            return self._machine.may_have(*asked, **how)
        self.now_s += 10 * ALONE_S
        return None

    def refresh(self, held: Mapping[str, str], begun: Collection[str]) -> None:
        self._machine.refresh(held, begun)

    def drop(self, interview_id: str) -> None:
        self._machine.drop(interview_id)


async def test_a_loop_that_is_late_has_not_asked_in_vain_for_long(file: CountsFile) -> None:
    """It would count by itself, and two workers would let in twice as many as may be."""
    other, known = SharedPlaces(file), OwnPlaces()
    assert other.may_have("acme", "iv of the other", 1, takes=True)
    late = Late(SharedPlaces(file))
    admission = admission_of(known, late, now_s=lambda: late.now_s)
    assert not await let_in(admission, known, "iv 1", most=1)
    other.drop("iv of the other")
    assert await let_in(admission, known, "iv 1", most=1)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[CountsFile]:
    made = CountsFile(tmp_path / NAME)
    yield made
    gc.collect()  # an `Admission` refers to itself, and has a view of the file
    made.close()


async def let_in(
    admission: Admission, known: OwnPlaces, interview_id: str, *, most: int, tenant: str = "acme"
) -> bool:
    """An offer that is answered at once."""
    admission.take(interview_id, f"call of {interview_id}")
    if not await fits(admission, known, interview_id, most=most, tenant=tenant):
        return False
    admission.answered(f"call of {interview_id}")
    return True


async def fits(
    admission: Admission, known: OwnPlaces, interview_id: str, *, most: int, tenant: str = "acme"
) -> bool:
    """Of an interview that has taken a place, as soon as its row is read."""
    known.note(interview_id, tenant)
    try:
        await admission.require_own_place(
            interview_id, Tenant(name=tenant, limits=Limits(max_live=most))
        )
    except Refused:
        admission.over(f"call of {interview_id}")
        return False
    return True


several = pytest.mark.parametrize("workers", [1, 2])


class Crowded:
    """Four places, one of them of a call that never connected, and two newcomers of its tenant,
    which may have two: `second` takes the last place, and `third` is given that one."""

    def __init__(self, file: CountsFile | None) -> None:
        machine = None if file is None else SharedPlaces(file)
        self._now_s = 1000.0
        self.known = OwnPlaces()
        self.admission = admission_of(self.known, machine, max_live=4, now_s=lambda: self._now_s)

    async def begins(self) -> None:
        assert await self.lets_in("pending")
        assert await self.lets_in("there")
        assert await self.lets_in("other", tenant="bank")
        for interview_id in ("there", "other"):
            assert self.admission.connected(f"call of {interview_id}")
        self._now_s += FIRM_S
        for interview_id in ("second", "third"):
            self.admission.take(interview_id, f"call of {interview_id}")
        assert self.admission.places() == {"there", "other", "second", "third"}

    async def lets_in(self, interview_id: str, tenant: str = "acme") -> bool:
        return await let_in(self.admission, self.known, interview_id, most=2, tenant=tenant)

    async def has_room_for(self, interview_id: str) -> bool:
        return await fits(self.admission, self.known, interview_id, most=2)


@several
async def test_a_place_that_may_be_given_back_is_not_free_for_others(
    file: CountsFile, workers: int
) -> None:
    crowded = Crowded(file if workers > 1 else None)
    await crowded.begins()
    assert not await crowded.has_room_for("second")
    crowded.admission.over("call of third")  # for whatever reason
    assert crowded.admission.places() == {"pending", "there", "other"}
    assert not await crowded.lets_in("a newcomer")
    assert crowded.admission.connected("call of pending")


@several
async def test_a_place_that_another_is_given_is_theirs(file: CountsFile, workers: int) -> None:
    crowded = Crowded(file if workers > 1 else None)
    await crowded.begins()
    assert await crowded.has_room_for("third")
    assert not await crowded.has_room_for("second")
    assert crowded.admission.answered("call of third") == ("call of pending",)
    assert not crowded.admission.connected("call of pending")
    assert not await crowded.lets_in("a newcomer")
    crowded.admission.over("call of third", left=True)
    assert await crowded.lets_in("a newcomer")


async def test_a_place_that_is_lost_is_free_at_every_worker_at_once(file: CountsFile) -> None:
    """It was another tenant's newcomer who has it now."""
    now_s = [1000.0]
    known, known_there = OwnPlaces(), OwnPlaces()
    here = admission_of(known, SharedPlaces(file), max_live=1, now_s=lambda: now_s[0])
    there = admission_of(known_there, SharedPlaces(file), now_s=lambda: now_s[0])
    assert await let_in(here, known, "pending", most=1)
    assert not await let_in(there, known_there, "a newcomer", most=1)
    now_s[0] += FIRM_S
    assert await let_in(here, known, "of the bank", most=1, tenant="bank")
    assert not here.connected("call of pending")
    assert await let_in(there, known_there, "a newcomer", most=1)


async def test_who_connects_first_frees_the_place_of_the_other_everywhere(
    file: CountsFile,
) -> None:
    now_s = [1000.0]
    known, known_there = OwnPlaces(), OwnPlaces()
    here = admission_of(known, SharedPlaces(file), max_live=1, now_s=lambda: now_s[0])
    there = admission_of(known_there, SharedPlaces(file), now_s=lambda: now_s[0])
    assert await let_in(here, known, "pending", most=1)
    now_s[0] += FIRM_S
    here.take("of the bank", "call of of the bank")
    assert await fits(here, known, "of the bank", most=1, tenant="bank")
    assert here.connected("call of pending")
    with pytest.raises(Refused):
        here.keeps("call of of the bank")
    here.over("call of of the bank")
    assert await let_in(there, known_there, "another of the bank", most=1, tenant="bank")
