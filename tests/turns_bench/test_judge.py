"""The judge of turn-taking: what it counts, on small clips through the whole receive path."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from benchmarks.turns.clips import Clip, clip, over_bot, shifted, silence, turn
from benchmarks.turns.conditions import CONDITIONS, Kind, Maker, Transport
from benchmarks.turns.judge import Outcome, Strategy, covered, judge
from benchmarks.turns.line import Arrival, arrivals
from benchmarks.turns.packets import Encoded, encode, encoded
from benchmarks.turns.sounds import Sound
from benchmarks.turns.strategies import STRATEGIES
from media_server.audio.receiver import ReceiverSettings
from tests.audio.streams import voice

WEBRTC = STRATEGIES["webrtc"].settings
"""The synthetic talker of these tests is made for it."""

GOOD = Transport()


def talk(seconds: float) -> Sound:
    return voice(seconds) / 32768


def bot(seconds: float) -> Sound:
    """What the bot says: no talker, so that nobody's voice is taken for its echo."""
    rng = np.random.default_rng(9)
    steps = np.repeat(rng.uniform(0.01, 0.2, 1 + round(seconds / 0.17)), round(0.17 * 16_000))
    count = round(seconds * 16_000)
    return np.asarray(rng.standard_normal(count) * steps[:count])


def two_parts(pause_s: float, tail_s: float = 4.0) -> Clip:
    sound, spans = turn([talk(3.5), talk(1.5)], [pause_s], tail_s=tail_s)
    return clip(sound, spans, np.random.default_rng(1))


def run(
    made: Clip, kind: Kind = "turn", *, repair_s: float = 1.5, line: Transport = GOOD
) -> Outcome:
    packets = encode(made, dtx=line.dtx)
    strategy = Strategy("test", WEBRTC, repair_s)
    return judge(packets.clip, kind, arrivals(packets, line, 1), strategy, packets.seconds)


def test_a_turn_that_is_heard_whole() -> None:
    outcome = run(two_parts(1.0))
    assert (outcome.cut_offs, outcome.never, outcome.false_barge_ins) == (0, False, 0)
    assert outcome.end_delay_s == pytest.approx(2.05, abs=0.1)
    assert outcome.speech_s == pytest.approx(5.0, abs=0.01)
    assert outcome.unheard_s < 0.1
    assert not outcome.last_missed


def test_a_pause_that_is_too_long_is_a_cut_off_and_repaired() -> None:
    outcome = run(two_parts(2.8))
    assert (outcome.cut_offs, outcome.repaired) == (1, 1)
    assert outcome.end_delay_s == pytest.approx(2.05, abs=0.1)
    assert outcome.unheard_s < 0.2


def test_what_begins_too_late_for_the_repair_is_not_repaired() -> None:
    assert run(two_parts(2.8), repair_s=0.0).repaired == 0
    outcome = run(two_parts(4.5))
    assert (outcome.cut_offs, outcome.repaired) == (1, 0)


def test_a_turn_without_an_end_is_left_hanging() -> None:
    assert not run(two_parts(1.0)).never
    outcome = run(two_parts(1.0, tail_s=1.0))
    assert outcome.never
    assert outcome.end_delay_s is None
    assert outcome.unheard_s < 0.1


def test_what_an_outage_takes_is_not_asked_of_the_receiver() -> None:
    sound, spans = turn([talk(3.5), talk(3.0)], [8.0], tail_s=4.0)
    made = clip(sound, spans, np.random.default_rng(1))
    lost = Clip(made.pcm, made.speech, made.end_s, outage=(4.3, 10.3))
    packets = encode(lost)
    assert len(arrivals(packets, Transport(), 1)) == len(packets.payloads) - 300
    outcome = run(lost)
    assert outcome.unheard_s < 0.2, "the clip's time and media time are kept apart"


def test_a_question_is_stopped_by_a_voice_and_not_by_a_quiet_room() -> None:
    rng = np.random.default_rng(1)
    quiet = over_bot(clip(silence(4.0), (), rng), bot(3.0), 0.5)
    assert run(quiet, "question").false_barge_ins == 0
    loud = over_bot(clip(shifted(talk(2.0), 1.5, 4.0), (), rng), bot(3.0), 0.5)
    outcome = run(loud, "question")
    assert outcome.false_barge_ins == 1
    assert (outcome.never, outcome.barge_in_missed) == (False, False)


def test_an_answer_over_the_bot_is_timed_from_its_first_word() -> None:
    sound, spans = turn([talk(3.5)], [], lead_s=2.0, tail_s=4.0)
    made = over_bot(clip(sound, spans, np.random.default_rng(1)), bot(4.0), 0.5)
    outcome = run(made, "answer")
    assert outcome.barge_in_delay_s == pytest.approx(0.35, abs=0.1)
    assert (outcome.false_barge_ins, outcome.barge_in_missed) == (0, False)
    assert outcome.end_delay_s == pytest.approx(2.05, abs=0.1)
    assert outcome.unheard_s < 0.1


def test_an_answer_that_is_too_soft_is_missed() -> None:
    sound, spans = turn([talk(3.5) * 0.001], [], lead_s=2.0, tail_s=4.0)
    made = over_bot(clip(sound, spans, np.random.default_rng(1)), bot(2.5), 0.5)
    outcome = run(made, "answer")
    assert outcome.barge_in_missed
    assert outcome.barge_in_delay_s is None


def test_segments_in_which_nobody_speaks_are_invented() -> None:
    rng = np.random.default_rng(1)
    sound, spans = turn([talk(2.0)], [], tail_s=8.0)
    both = sound + shifted(talk(1.0), 6.0, len(sound) / 16_000)
    assert run(clip(sound, spans, rng), "sounds").invented == 0
    outcome = run(clip(both, spans, rng), "sounds")
    assert outcome.invented == 1
    assert outcome.unlabelled_s == pytest.approx(8.6, abs=0.1)


def test_seconds_that_lie_in_segments_are_counted_once() -> None:
    assert covered((1.0, 3.0), [(0.0, 1.5), (1.2, 2.0), (2.5, 9.0)]) == pytest.approx(1.5)
    assert covered((1.0, 3.0), []) == 0.0
    assert covered((1.0, 3.0), [(4.0, 5.0)]) == 0.0


# --- the line ---


def sent(line: Transport, seed: int = 1) -> tuple[Encoded, list[Arrival]]:
    packets = encode(two_parts(1.0), dtx=line.dtx)
    return packets, arrivals(packets, line, seed)


def test_a_good_line_brings_everything_in_time() -> None:
    packets, came = sent(Transport())
    assert [packet.payload for _, packet in came] == packets.payloads
    assert [at_s for at_s, _ in came] == pytest.approx(
        [0.02 * (index + 1) for index in range(len(came))]
    )


def test_loss_has_its_share_and_its_seed() -> None:
    packets, came = sent(Transport(loss=0.1))
    assert 0.04 < 1 - len(came) / len(packets.payloads) < 0.17
    assert came == sent(Transport(loss=0.1))[1]
    assert came != sent(Transport(loss=0.1), seed=2)[1]


def test_a_client_that_is_silent_in_silence() -> None:
    packets, came = sent(Transport(sends_silence=False))
    numbers = [packet.sequence_number for _, packet in came]
    assert [(after - before) & 0xFFFF for before, after in pairwise(numbers)] == [1] * (
        len(came) - 1
    )
    assert len(came) < 0.75 * len(packets.payloads)


def test_dtx_leaves_out_what_need_not_be_sent() -> None:
    packets, came = sent(Transport(dtx=True))
    assert len(came) < len(packets.payloads)
    ticks = (came[-1][1].timestamp - came[0][1].timestamp) & 0xFFFFFFFF
    assert ticks / 48_000 == pytest.approx(came[-1][0] - came[0][0], abs=0.001)


def test_drift_and_jumps_lose_nothing() -> None:
    packets, came = sent(Transport(drift_ppm=2000, jumps=2))
    assert len(came) == len(packets.payloads)
    assert came[-1][0] == pytest.approx(len(came) * 0.02 * 1.002)
    steps = [
        (after.timestamp - before.timestamp) & 0xFFFFFFFF
        for (_, before), (_, after) in pairwise(came)
    ]
    assert sum(step != 960 for step in steps) == 2


# --- the packets on the disk ---


@pytest.mark.corpus
def test_packets_from_the_disk_are_those_that_were_made(speech_dir: Path, tmp_path: Path) -> None:
    for name in ("outage of 6 s in a pause", "answer over the bot"):
        condition, maker = CONDITIONS[name], Maker(speech_dir)
        made = encoded(condition, maker, 1, tmp_path)
        read = encoded(condition, maker, 1, tmp_path)
        assert [each.payloads for each in made] == [each.payloads for each in read]
        for one, other in zip(made, read, strict=True):
            assert np.array_equal(one.clip.bot_pcm, other.clip.bot_pcm)
            assert (one.clip.speech, one.clip.end_s) == (other.clip.speech, other.clip.end_s)
            assert (one.clip.bot, one.clip.outage) == (other.clip.bot, other.clip.outage)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.corpus
def test_the_product_hears_a_clean_turn(speech_dir: Path) -> None:
    condition = CONDITIONS["clean, natural pauses"]
    for made in encoded(condition, Maker(speech_dir), 2, None):
        came = arrivals(made, condition.transport, 1)
        outcome = judge(
            made.clip, "turn", came, Strategy("product", ReceiverSettings()), made.seconds
        )
        assert (outcome.cut_offs, outcome.never) == (0, False)
        assert outcome.unheard_s < 0.05 * outcome.speech_s
