"""While nobody listens time goes on, and nothing of what is said is heard, kept or given."""

from media_server.audio.receiver import (
    AudioReceiver,
    BargeIn,
    ReceiverEvent,
    ReceiverSettings,
    SegmentClosed,
)
from tests.audio.streams import encode, join, room, rtp, voice


def test_what_is_said_while_nobody_listens_is_silence_on_a_true_timeline() -> None:
    receiver = AudioReceiver(ReceiverSettings(), connection_epoch=7)
    receiver.bot_speaking(True)
    stream = rtp(encode(join(voice(2.0), voice(2.0, seed=1), room(0.2), voice(1.0), room(3.0))))
    events: list[ReceiverEvent] = []
    now_s = 100.0
    kept: list[float] = []
    for index, packet in enumerate(stream):
        if index in (100, 200):
            kept += [at_s for at_s, _ in receiver.take_packets()]
            receiver.keep(index == 200)
            if index == 200:
                receiver.bot_speaking(False)
                events.clear()
                events += receiver.listen(1)
        now_s += 0.02
        events += receiver.receive(packet, now_s)
        if index == 199:
            assert not any(isinstance(event, BargeIn) and event.at_s > 2.0 for event in events)
            assert not receiver.packets
    kept += [at_s for at_s, _ in receiver.take_packets()]
    assert abs(receiver.position_s - len(stream) * 0.02) < 0.03
    assert [at_s for at_s in kept if 2.01 < at_s < 3.99] == []
    assert [at_s for at_s in kept if at_s > 4.0]
    (segment,) = [event.segment for event in events if isinstance(event, SegmentClosed)]
    assert 3.9 < segment.info.start_s < 4.4
    assert (segment.info.lost_ms, receiver.quality().lost_ms) == (0, 0)
    receiver.close()
