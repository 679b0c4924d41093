"""The gate by itself: when something may leave, and that what may not is counted."""

from __future__ import annotations

from dataclasses import dataclass

from media_server.live.gate import Gate


@dataclass
class Owner:
    certain: bool = True


def test_it_is_closed_until_the_interview_has_taken_the_connection_in() -> None:
    gate = Gate(Owner())
    assert not gate.passes()
    assert not gate.suspend(False), "a lease that is certain again opens nothing that never was"
    assert not gate.passes()
    gate.open(1)
    assert gate.passes()
    assert gate.refusals == 2


def test_it_is_closed_while_the_lease_is_in_doubt() -> None:
    owner = Owner()
    gate = Gate(owner)
    gate.open(1)
    owner.certain = False
    assert not gate.passes(), "before anybody has suspended it"
    assert gate.suspend(True)
    owner.certain = True
    assert not gate.passes()
    assert gate.suspend(False)
    assert gate.passes()


def test_it_is_shut_for_good_and_keeps_its_first_reason() -> None:
    gate = Gate(Owner())
    gate.open(1)
    gate.shut("superseded")
    gate.shut("gone")
    assert gate.close_reason == "superseded"
    assert not gate.suspend(False)
    gate.open(2)  # taken in too late
    assert not gate.passes()
    assert gate.epoch == 2, "its end can be told to the interview all the same"
