"""No packet comes though the line lives: silence by one sender, a dead microphone by another."""

from __future__ import annotations

import pytest

from media_server.audio.receiver import AudioLost, AudioReceiver, ReceiverEvent, ReceiverSettings
from media_server.audio.sending import LONGEST_STALL_S, Sending
from media_server.audio.types import RtpPacket
from tests.audio.streams import encode, join, room, rtp, voice
from tests.audio.test_silence import Happening, end_of, packets_at, run, signs

QUIET_S, SPOKEN_S = 4.0, 4.0
BROKEN_S = QUIET_S + SPOKEN_S


def browser() -> list[bytes]:
    """Silence while the question is asked, then speech."""
    return encode(join(room(QUIET_S), voice(SPOKEN_S)))


def listening_from(
    at_s: float, happenings: list[Happening], until_s: float, *, muted: bool = False
) -> tuple[AudioReceiver, list[tuple[float, ReceiverEvent]]]:
    """A turn opens at `at_s`; with `muted` the candidate mutes when the last packet has come."""
    receiver = AudioReceiver(ReceiverSettings(), connection_epoch=1)
    run([h for h in happenings if h[0] < at_s], at_s - 0.001, receiver)
    receiver.listen(1)
    if not muted:
        return run([h for h in happenings if h[0] >= at_s], until_s, receiver)
    _, before = run([h for h in happenings if at_s <= h[0] < BROKEN_S], BROKEN_S - 0.001, receiver)
    receiver.mute(True)
    _, after = run([h for h in happenings if h[0] >= BROKEN_S], until_s, receiver)
    return receiver, before + after


def test_a_microphone_that_dies_in_mid_answer_is_no_silence() -> None:
    """Whoever sent silence before would send it now: the turn stays open, for minutes."""
    happenings = packets_at(rtp(browser())) + signs(2.0, 100.0)
    receiver, told = listening_from(QUIET_S, happenings, 100.0)
    assert end_of(told) is None
    assert not receiver.may_be_silent
    assert receiver.silent_until_s == 0.0
    receiver.close()


def test_who_mutes_in_mid_answer_has_said_that_it_is_silence() -> None:
    happenings = packets_at(rtp(browser())) + signs(2.0, 30.0)
    receiver, told = listening_from(QUIET_S, happenings, 30.0, muted=True)
    found = end_of(told)
    assert found is not None
    assert found[1].reason == "silence"
    assert found[0] < BROKEN_S + 6.0
    receiver.close()


@pytest.mark.parametrize("gone_s", [2.0, 12.0])
@pytest.mark.parametrize("times", [1, 2])
def test_packets_that_cross_the_word_of_muting_tell_of_no_loss(gone_s: float, times: int) -> None:
    """Messages and sound do not keep each other's order: a last packet comes behind "muted", and
    the first ones of what is said next before "not muted", by as much as a resend takes."""
    receiver = AudioReceiver(ReceiverSettings(), connection_epoch=1)
    run(packets_at(rtp(browser())), BROKEN_S, receiver)
    sequence, timestamp, at_s = len(browser()), 960 * len(browser()), BROKEN_S
    for _ in range(times):
        receiver.mute(True)
        run(
            packets_at(rtp(encode(room(0.06)), sequence=sequence, timestamp=timestamp), at_s),
            at_s + 0.1,
            receiver,
        )
        sequence, timestamp, at_s = sequence + 3, timestamp + round(gone_s * 48_000), at_s + gone_s
        again = encode(voice(2.0, seed=1))
        stream = packets_at(rtp(again, sequence=sequence, timestamp=timestamp), at_s)
        run([one for one in stream if one[0] < at_s + 0.4], at_s + 0.4, receiver)
        receiver.mute(False)
        run([one for one in stream if one[0] >= at_s + 0.4], at_s + 2.0, receiver)
        sequence, timestamp, at_s = sequence + len(again), timestamp + 960 * len(again), at_s + 2.0
    assert receiver.quality().lost_ms == 0
    assert not receiver.may_be_silent, "it is still known to send silence, but when muted"
    receiver.close()


@pytest.mark.parametrize("clock_goes_on", [True, False])
def test_when_it_is_back_the_answer_goes_on_and_the_loss_is_known(clock_goes_on: bool) -> None:
    gone_s = 12.0
    first = browser()
    later = rtp(
        encode(join(room(1.0), voice(2.0, seed=1))),
        sequence=len(first),
        timestamp=960 * len(first) + (round(48_000 * gone_s) if clock_goes_on else 0),
    )
    happenings = packets_at(rtp(first)) + packets_at(later, BROKEN_S + gone_s) + signs(2.0, 24.0)
    receiver, told = listening_from(QUIET_S, happenings, BROKEN_S + gone_s + 2.9)
    assert end_of(told) is None
    lost = [event.lost_ms for _, event in told if isinstance(event, AudioLost)]
    assert [11_900 <= lost_ms <= 12_100 for lost_ms in lost] == [True]
    assert 11_900 <= receiver.quality().lost_ms <= 12_100
    receiver.close()


def test_packets_that_a_network_held_back_were_not_lost() -> None:
    """Two seconds of stall, then all of them at once: sequence and clock go on without a gap."""
    payloads = [*browser(), *encode(voice(4.0, seed=1))]
    stream = [
        (at_s if not BROKEN_S <= at_s < BROKEN_S + 2.0 else BROKEN_S + 2.0, packet)
        for at_s, packet in packets_at(rtp(payloads))
    ]
    receiver, told = listening_from(QUIET_S, stream, BROKEN_S + 4.0)
    assert not any(isinstance(event, AudioLost) for _, event in told)
    assert receiver.quality().lost_ms == 0
    receiver.close()


# --- the sender ---


def talk(
    sending: Sending, pattern: list[tuple[float, bool]], now_s: float = 0.0, sequence: int = 0
) -> tuple[float, int]:
    """(seconds, speech): nothing is sent in the pauses between, whose length is negative."""
    for seconds, speech in pattern:
        if seconds < 0:
            now_s -= seconds
            continue
        for _ in range(round(seconds * 50)):
            packet = RtpPacket(1, sequence & 0xFFFF, round(now_s * 48_000), False, 111, b"x")
            sending.packet(packet, now_s, speech=speech)
            sequence, now_s = sequence + 1, now_s + 0.02
    return now_s, sequence


def test_who_sends_nothing_in_silence_is_known_by_the_first_pause() -> None:
    sending = Sending()
    talk(sending, [(3.0, True), (0.2, False), (-1.5, False), (3.0, True)])
    assert sending.may_be_silent
    assert not sending.sends_silence


def test_who_has_sent_silence_is_known_for_a_sender_of_silence() -> None:
    sending = Sending()
    talk(sending, [(2.5, False), (3.0, True)])
    assert sending.sends_silence
    assert not sending.may_be_silent


def test_noise_that_was_sent_once_does_not_hide_who_sends_nothing() -> None:
    sending = Sending()
    talk(sending, [(2.5, False), *[(2.0, True), (-1.5, False)] * 3, (1.0, True)])
    assert sending.may_be_silent


def test_a_pause_of_the_interview_tells_nothing_of_the_sender() -> None:
    sending = Sending()
    now_s, sequence = talk(sending, [(2.5, False), (1.0, True)])
    for _ in range(3):
        sending.forget()
        now_s, sequence = talk(sending, [(-60.0, False), (2.0, True)], now_s, sequence)
    assert sending.sends_silence


@pytest.mark.parametrize(("hangover_s", "silent"), [(0.2, True), (0.0, False)])
def test_of_a_new_sender_it_is_by_how_it_broke_off(hangover_s: float, silent: bool) -> None:
    sending = Sending()
    assert not sending.may_be_silent, "nothing ever came"
    talk(sending, [(3.0, True), (hangover_s, False)])
    assert sending.may_be_silent is silent


def test_what_overtook_another_tells_nothing() -> None:
    sending = Sending()
    now_s, sequence = talk(sending, [(2.5, False)])
    late = RtpPacket(1, sequence - 5, round((now_s - 0.1) * 48_000), False, 111, b"x")
    assert sending.packet(late, now_s + 2.0, speech=False) == 0.0
    other = RtpPacket(2, sequence, round(now_s * 48_000), False, 111, b"x")
    assert sending.packet(other, now_s + LONGEST_STALL_S + 1.0, speech=False) == 0.0
