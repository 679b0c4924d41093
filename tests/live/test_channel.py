"""A connection's channel by itself: `welcome` comes first, however late this server may speak."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from media_server.audio import events as heard
from media_server.dialects.interview_v1 import LABEL
from media_server.dialects.registry import DIALECTS
from media_server.interview import events as ev
from media_server.interview.state import initial
from media_server.interview.status import Status
from media_server.live.channel import CandidateChannel
from media_server.live.gate import Gate
from media_server.ports import CloseReason
from media_server.ports.dialect import Durable, ErrorNotice, Hint, Welcome
from tests.live.bench import make_spec
from tests.support.waiting import until

STATE = initial(make_spec(1))
ENDED = ev.Ended(status=Status.COMPLETED, reason="")
WELCOME = Welcome("iv_1", 2, True, 7, "Interview", 3)


class Clock:
    now = 100.0

    def now_s(self) -> float:
        return self.now


@dataclass
class Owner:
    certain: bool = True
    call_id: str = "call"
    sent: list[str] = field(default_factory=list)
    replayed: list[int] = field(default_factory=list)

    def send_text(self, text: str) -> bool:
        self.sent.append(str(json.loads(text)["type"]))
        return True

    def replay(self, after_seq: int) -> None:
        self.replayed.append(after_seq)

    def farewell(self, notice: ErrorNotice, reason: CloseReason) -> None: ...
    def shut(self, reason: CloseReason) -> None: ...


@pytest.mark.parametrize("channel_first", [True, False])
def test_welcome_comes_first_though_the_lease_was_in_doubt(channel_first: bool) -> None:
    owner = Owner(certain=False)
    gate = Gate(owner)
    channel = CandidateChannel(owner, gate, negotiated=True, dialects=DIALECTS, clock=Clock())
    gate.open(2)
    if channel_first:
        channel.opened(LABEL, "")
        channel.begin(WELCOME)
    else:
        channel.begin(WELCOME)
        channel.opened(LABEL, "")
    assert owner.sent == []
    before = channel.greeted
    owner.certain = True
    channel.greet()  # as before each replay
    channel.send(Hint("code", "Text."))
    assert (before, channel.greeted) == (False, True), "an acknowledgement proved nothing before"
    channel.greet()
    assert owner.sent == ["welcome", "hint"]


def test_what_is_said_before_the_channel_opens_follows_welcome() -> None:
    owner = Owner()
    gate = Gate(owner)
    channel = CandidateChannel(owner, gate, negotiated=True, dialects=DIALECTS, clock=Clock())
    gate.open(2)
    channel.begin(WELCOME)
    channel.send(Hint("code", "Text."))
    assert owner.sent == []
    channel.opened(LABEL, "")
    assert owner.sent == ["welcome", "hint"]


async def test_what_met_a_lease_in_doubt_is_told_again_before_anything_newer() -> None:
    """The clock has put it in doubt, and nobody has closed the gate yet."""
    owner = Owner()
    gate = Gate(owner)
    channel = CandidateChannel(owner, gate, negotiated=True, dialects=DIALECTS, clock=Clock())
    gate.open(2)
    channel.begin(WELCOME)
    channel.opened(LABEL, "")
    owner.certain = False
    assert not channel.send(Durable(ENDED, 8, STATE))
    owner.certain = True
    assert not channel.send(Durable(ENDED, 9, STATE)), "it would overtake the one before"
    await until(lambda: owner.replayed == [WELCOME.last_seq])
    with channel.replaying(9) as after_seq:
        assert after_seq == WELCOME.last_seq
    channel.stop()


def test_a_level_is_sent_when_it_changes_and_from_time_to_time_while_sound_arrives() -> None:
    """A client can tell from it that it is heard still."""
    owner, clock = Owner(), Clock()
    gate = Gate(owner)
    channel = CandidateChannel(owner, gate, negotiated=True, dialects=DIALECTS, clock=clock)
    gate.open(2)
    channel.begin(WELCOME)
    channel.opened(LABEL, "")
    told = []
    for tenths in range(100):
        clock.now = tenths / 10
        before = len(owner.sent)
        channel.send_level(heard.Level(-20.0 if tenths >= 55 else -60.0, speech=False))
        told += [tenths] * (len(owner.sent) - before)
    assert told == [0, 20, 40, 55, 75, 95]
