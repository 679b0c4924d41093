"""No packet at all is told within 8 s, once more later, and forgotten when one comes."""

from media_server.audio.arrivals import STEPS_S, Arrivals


def test_told_twice_then_left_alone() -> None:
    arrivals = Arrivals(100.0)
    told = []
    while (due_s := arrivals.due_s()) is not None:
        assert arrivals.look(due_s - 0.01) is None
        told.append(arrivals.look(due_s))
    assert told == list(STEPS_S)
    assert STEPS_S[0] < 8.0


def test_a_packet_begins_it_anew() -> None:
    arrivals = Arrivals(100.0)
    assert not arrivals.packet(103.0)
    assert arrivals.due_s() == 103.0 + STEPS_S[0]
    assert arrivals.look(110.0) == STEPS_S[0]
    assert arrivals.packet(111.0), "it had been told: that it is back is told, too"
    assert not arrivals.packet(111.02)
    assert arrivals.look(117.0) is None


def test_a_pause_does_not_count() -> None:
    arrivals = Arrivals(100.0)
    arrivals.look(107.0)
    arrivals.expect(400.0)
    assert not arrivals.packet(400.1)
    assert arrivals.look(405.0) is None
