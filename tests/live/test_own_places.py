"""Places of one tenant: whose they are is known for as long as they are had, and who decides."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import pytest

from media_server.live import admission as admission_module
from media_server.live import own_places
from media_server.live.admission import Admission
from media_server.live.own_places import OwnPlaces
from media_server.live.settings import LiveSettings
from media_server.ports import Refused
from media_server.tenants import Limits, Tenant


def admission_of(known: OwnPlaces, machine: Any = None) -> Admission:
    registry: Any = SimpleNamespace(
        own_places=known, all=tuple, away=SimpleNamespace(ids=frozenset)
    )
    clock: Any = SimpleNamespace(now_s=time.monotonic)
    return Admission(registry, LiveSettings(max_live=50), clock, machine=machine)


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

    def may_have(self, *_: object, takes: bool) -> None:
        del takes

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
