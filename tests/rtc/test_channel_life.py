"""A call does not outlive its data channel: by a real client, and by the rules alone."""

from __future__ import annotations

from typing import Any

import pytest

from media_server.rtc import channel_life
from media_server.rtc.channel_life import REOPEN_S, STALL_S, ChannelLife
from tests.rtc.support import Caller, IceKind, calling, eventually, running


def sctp_of(caller: Caller) -> Any:
    """The client's association."""
    assert caller.client._pc is not None
    return caller.client._pc.sctp


async def test_a_call_ends_when_the_client_aborts_its_association(
    kind: IceKind,
) -> None:
    async with running(kind=kind) as transport, calling(transport) as caller:
        await eventually(lambda: caller.sink.channels)
        await sctp_of(caller)._abort()
        before = len(caller.sink.packets)
        await eventually(lambda: caller.sink.closed == ["channel_lost"])
        assert len(caller.sink.packets) > before  # only the channel was gone
        # The client is told, so that it connects again; and that finds a server that takes it.
        assert caller.client._pc is not None
        client = caller.client._pc
        await eventually(lambda: client.connectionState in ("closed", "failed"))
        async with calling(transport, "next") as again:
            await eventually(lambda: again.sink.channels)
            again.client.send({"type": "hello"})
            await eventually(lambda: again.sink.texts)


async def test_a_call_ends_when_the_channel_is_closed_and_goes_on_with_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(channel_life, "REOPEN_S", 600.0)  # however slow this machine is
    async with running() as transport, calling(transport) as caller:
        await eventually(lambda: caller.sink.channels)
        assert caller.client._channel is not None
        assert caller.client._pc is not None
        label = caller.client._channel.label
        caller.client._channel.close()
        await eventually(lambda: not caller.call.channel.sctp._data_channels)
        caller.client._pc.createDataChannel(label)
        await eventually(lambda: caller.sink.channels == [label, label])
        assert caller.call.channel.sctp.is_open
        assert caller.sink.closed == []
        monkeypatch.undo()
        caller.call.channel.sctp._channel.close()
        await eventually(lambda: caller.sink.closed == ["channel_lost"])


async def test_a_call_ends_when_nothing_is_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    async def deaf(_data: bytes) -> None:
        pass

    async with running() as transport, calling(transport) as caller:
        await eventually(lambda: caller.sink.channels)
        await eventually(lambda: caller.call.delivered)
        monkeypatch.setattr(channel_life, "STALL_S", 1.0)
        monkeypatch.setattr(sctp_of(caller), "_handle_data", deaf)
        assert caller.call.send_text("is anybody there?")
        await eventually(lambda: caller.sink.closed == ["channel_lost"])


def test_what_is_acknowledged_in_the_end_is_no_stall() -> None:
    life = ChannelLife(0.0)
    now_s, lost = 0.0, False
    while now_s < 10 * STALL_S and not lost:  # always owing, always getting on
        now_s += 0.25
        acked = int(now_s / (STALL_S / 2))
        lost = life.is_lost(now_s, is_open=True, owed=True, acked=acked, peer_heard=True)
    assert not lost


def test_silence_of_the_whole_path_is_not_the_channels() -> None:
    life = ChannelLife(0.0)

    def lost(at_s: float, *, heard: bool) -> bool:
        return life.is_lost(at_s, is_open=True, owed=True, acked=7, peer_heard=heard)

    assert not any(lost(float(at_s), heard=False) for at_s in range(int(3 * STALL_S)))
    assert not lost(3 * STALL_S, heard=True)
    assert lost(4 * STALL_S, heard=True)


def test_a_channel_may_be_closed_for_a_moment() -> None:
    life = ChannelLife(0.0)
    now_s = 0.0
    for is_open in (True, False, False, True, False, False):
        now_s += REOPEN_S / 3
        assert not life.is_lost(now_s, is_open=is_open, owed=False, acked=1, peer_heard=True)
    assert life.is_lost(now_s + REOPEN_S, is_open=False, owed=False, acked=1, peer_heard=True)
