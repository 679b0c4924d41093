"""Who may speak for a call while an ICE restart is pending, given up, or repeated."""

from __future__ import annotations

from typing import Any, cast

from media_server.rtc.ice import MAX_PATHS, IceSession
from media_server.rtc.paths import Path
from media_server.rtc.udp import UdpEndpoint

ENDPOINT = cast("UdpEndpoint", object())


def path(port: int) -> Path:
    return Path(ENDPOINT, ("192.0.2.1", port))


def check(ice: IceSession, ufrag: str, port: int, now_s: float = 0.0, **changes: Any) -> None:
    ice.on_check(path(port), ufrag, **{"use_candidate": True, "now_s": now_s, **changes})


def test_the_first_check_with_new_credentials_ends_the_old_ones() -> None:
    ice = IceSession("remote")
    proven = ice.local
    check(ice, proven.ufrag, 1)
    new = ice.restart("again")
    assert list(ice.ufrags) == [new.ufrag, proven.ufrag]
    check(ice, new.ufrag, 2)
    assert list(ice.ufrags) == [new.ufrag]
    assert ice.password(proven.ufrag) is None
    assert ice.selected == path(2)


def test_restarts_whose_answers_were_lost_leave_the_proven_credentials() -> None:
    ice = IceSession("remote")
    proven = ice.local
    check(ice, proven.ufrag, 1)
    unheard = [ice.restart(f"attempt {number}") for number in range(3)]
    assert ice.password(proven.ufrag) == proven.password.encode()
    assert list(ice.ufrags) == [unheard[-1].ufrag, proven.ufrag]
    assert ice.password(unheard[0].ufrag) is None  # no answer that counts holds them
    check(ice, proven.ufrag, 1)
    check(ice, unheard[-1].ufrag, 1)
    assert list(ice.ufrags) == [unheard[-1].ufrag]
    later = ice.restart("later")  # now these are the proven ones
    assert list(ice.ufrags) == [later.ufrag, unheard[-1].ufrag]


def test_a_client_that_gave_the_restart_up_is_followed_to_another_address() -> None:
    ice = IceSession("remote")
    proven = ice.local
    check(ice, proven.ufrag, 1)
    ice.restart("again")
    check(ice, proven.ufrag, 2, use_candidate=False)
    assert ice.selected == path(1)
    check(ice, proven.ufrag, 2)
    assert ice.selected == path(2)


def test_the_path_that_is_silent_for_longest_is_forgotten_and_never_the_one_in_use() -> None:
    ice = IceSession("remote")
    check(ice, ice.local.ufrag, 0, now_s=0.0)
    for port in range(1, MAX_PATHS):
        check(ice, ice.local.ufrag, port, now_s=port, use_candidate=False)
        assert ice.surplus() is None
    check(ice, ice.local.ufrag, 100, now_s=100, use_candidate=False)
    assert ice.surplus() == path(1)
    assert ice.selected == path(0)
    assert len(ice.paths) == MAX_PATHS
