"""How much an address gets before and after it has proved itself, and when it is left."""

from __future__ import annotations

from typing import cast

import pytest

from media_server.rtc.ice import QUESTION_BYTES, IceSession
from media_server.rtc.paths import AMPLIFICATION, FIRST_BYTES, MAX_QUESTIONS, Path, PathLife
from media_server.rtc.udp import UdpEndpoint

ENDPOINT = cast("UdpEndpoint", object())
VOICE = 90
"""Bytes of a packet of speech."""
CHECK = 100


def path(port: int) -> Path:
    return Path(ENDPOINT, ("192.0.2.1", port))


def check(ice: IceSession, port: int, now_s: float, *, nominate: bool = True) -> PathLife:
    return ice.on_check(
        path(port), ice.local.ufrag, use_candidate=nominate, now_s=now_s, size_bytes=CHECK
    )


def call() -> tuple[IceSession, PathLife]:
    """One whose path 1 is proven."""
    ice = IceSession("remote", "secret")
    life = check(ice, 1, 0.0)
    ice.prove(life)
    return ice, life


def speak(ice: IceSession, from_s: float, to_s: float, *, heard: PathLife | None) -> dict[int, int]:
    """Bytes of voice to each port; `heard` goes on sending its own."""
    sent: dict[int, int] = {}
    for tick in range(round((to_s - from_s) / 0.02)):
        now_s = from_s + tick * 0.02
        if heard is not None:
            ice.on_heard(heard, VOICE, now_s)
        for target in ice.targets(VOICE, now_s):
            port = target.address[1]
            sent[port] = sent.get(port, 0) + VOICE
    return sent


def test_an_address_that_never_speaks_again_gets_three_times_what_came() -> None:
    ice, first = call()
    check(ice, 2, 1.0)
    sent = speak(ice, 1.0, 21.0, heard=first)
    assert sent[2] <= AMPLIFICATION * CHECK
    assert sent[1] == 1000 * VOICE  # who is really there loses nothing
    assert ice.selected == path(1)


def test_forged_checks_without_end_gain_no_more_than_they_cost() -> None:
    ice, first = call()
    sent = 0
    for number in range(40):
        check(ice, 2, number * 0.5)
        sent += speak(ice, number * 0.5, number * 0.5 + 0.5, heard=first).get(2, 0)
    assert sent <= AMPLIFICATION * CHECK * 40


def test_a_path_that_answers_takes_over_at_once() -> None:
    ice, _first = call()
    second = check(ice, 2, 1.0)
    assert ice.targets(VOICE, 1.01) == (path(1), path(2))
    ice.prove(second)
    assert ice.targets(VOICE, 1.05) == (path(2),)
    assert ice.selected == path(2)


def test_media_alone_earns_questions_and_no_voice() -> None:
    ice, _first = call()
    stray = ice.on_stray(path(2), now_s=1.0, size_bytes=VOICE)
    assert ice.wanted is stray
    assert speak(ice, 1.0, 2.0, heard=stray) == {1: 50 * VOICE}
    assert stray.to_ask(QUESTION_BYTES, 2.0)
    ice.prove(stray)
    assert ice.targets(VOICE, 2.1) == (path(2),)


def test_questions_are_few_and_within_what_came() -> None:
    ice, first = call()
    assert not first.to_ask(QUESTION_BYTES, 0.0)  # proven
    life = check(ice, 2, 1.0)
    asked = sum(life.to_ask(QUESTION_BYTES, 1.0 + n * 0.01) for n in range(2000))
    assert asked == AMPLIFICATION * CHECK // QUESTION_BYTES
    life.heard(100_000, 30.0)
    asked += sum(life.to_ask(QUESTION_BYTES, 30.0 + n * 0.01) for n in range(3000))
    assert asked == MAX_QUESTIONS


def test_a_silent_path_is_left_for_the_one_heard_last() -> None:
    ice, first = call()
    second = check(ice, 2, 1.0)
    ice.prove(second)
    check(ice, 1, 5.0, nominate=False)
    assert ice.targets(VOICE, 6.9) == (path(2),)
    assert ice.targets(VOICE, 7.0) == (path(1),)
    assert not second.proven
    assert ice.targets(VOICE, 10.9) == (path(1),)
    assert ice.targets(VOICE, 11.1) == ()  # all are silent: nothing more is sent
    assert not first.proven


def test_after_silence_the_same_path_must_prove_itself_again() -> None:
    ice, first = call()
    secret = first.secret
    assert ice.targets(VOICE, 20.0) == ()
    assert check(ice, 1, 21.0) is first
    assert first.secret != secret
    sent = speak(ice, 21.0, 23.0, heard=None)
    assert sent[1] <= AMPLIFICATION * CHECK
    ice.prove(first)
    assert ice.targets(VOICE, 23.0) == (path(1),)


def test_a_client_back_on_an_earlier_network_is_followed_by_its_media() -> None:
    ice, first = call()
    ice.prove(check(ice, 2, 1.0))
    ice.on_heard(first, VOICE, 1.5)  # under way before the change
    assert ice.selected == path(2)
    ice.on_heard(first, VOICE, 2.1)
    assert ice.selected == path(1)


def test_the_handshake_fits_the_first_path_before_any_proof() -> None:
    ice = IceSession("remote")
    check(ice, 1, 0.0)
    assert ice.targets(FIRST_BYTES, 0.1) == (path(1),)
    assert speak(ice, 0.1, 5.0, heard=None)[1] <= AMPLIFICATION * CHECK


def test_the_handshake_proves_the_path_that_had_all_of_it() -> None:
    ice = IceSession("remote")
    first = check(ice, 1, 0.0)
    ice.targets(800, 0.1)
    ice.prove_by_handshake(first)
    assert first.proven


def test_the_handshake_proves_nothing_when_another_address_had_part_of_it() -> None:
    """Who reads the flight at one address may forge the end of it from another."""
    ice = IceSession("remote")
    check(ice, 1, 0.0)
    ice.targets(800, 0.1)
    forged = check(ice, 2, 0.2)
    ice.targets(800, 0.3)
    ice.prove_by_handshake(forged)
    assert not forged.proven


def test_proof_of_a_path_that_is_gone_changes_nothing() -> None:
    ice, _first = call()
    second = check(ice, 2, 1.0)
    ice.release(path(2))
    ice.prove(second)
    assert ice.selected == path(1)


@pytest.mark.parametrize("restarted", [False, True])
def test_questions_carry_the_credentials_that_the_client_uses(restarted: bool) -> None:
    ice, first = call()
    if restarted:
        ice.restart("again", "new")
    remote = ice.remote(first)
    assert (remote.ufrag, remote.password) == ("remote", "secret")  # until it uses the new ones
    if restarted:
        life = check(ice, 1, 1.0)
        assert (ice.remote(life).ufrag, ice.remote(life).password) == ("again", "new")
