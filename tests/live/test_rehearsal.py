"""A rehearsal before the interview, over a real call: heard, judged, written down, played back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from media_server.interview.rehearsal_sentences import rehearsed
from media_server.live import rehearsal
from media_server.live.rehearsal import LABEL
from media_server.live.settings import LiveSettings
from media_server.ports import Refused
from media_server.tools.headless import HeadlessCandidate, HeadlessError
from tests.live.bench import Bench, Guest, ScriptedStt, ToneVoice, open_bench
from tests.support.files import files_below, files_holding
from tests.support.speak import read_wav, speak_wav


async def rehearse(bench: Bench, interview_id: str, call_id: str = "rehearsal-1") -> Guest:
    guest = Guest(call_id)
    guest.candidate = HeadlessCandidate(on_message=guest.messages.append, channel_label=LABEL)
    guest.candidate.only_loopback = True

    async def exchange(offer: str) -> str:
        accepted = await bench.service.rehearse(interview_id, offer, call_id=call_id)
        return accepted.answer_sdp

    await guest.candidate.connect_by(exchange, timeout_s=15.0)
    return guest


def phases(guest: Guest) -> list[Any]:
    return [message["phase"] for message in guest.of("phase")]


@pytest.mark.virtual_time
async def test_a_sentence_is_judged_written_down_and_played_back(tmp_path: Path) -> None:
    """The level that was found is what the gate of the interview begins with."""
    stt = ScriptedStt(["hello i can hear you well"])
    async with open_bench(tmp_path / "data", stt=stt) as bench:
        interview_id = await bench.interview()
        guest = await rehearse(bench, interview_id)
        ready = await guest.sees("ready")
        assert ready["sentence"] == rehearsed("en").sentence
        assert ready["pace_ms"]["faster"] < ready["pace_ms"]["slower"]
        await guest.sees("phase", phase="listening")
        pcm, rate = read_wav(speak_wav("Hello, I can hear you well.", tmp_path / "say.wav"))
        guest.candidate.say(pcm, rate)
        heard = await guest.sees("heard")
        assert (heard["judged"], heard["findings"]) == (True, [])
        words = await guest.sees("words")
        assert (words["status"], words["text"]) == ("understood", "hello i can hear you well")
        packets = guest.candidate.packets_received
        await guest.sees("phase", phase="done")
        assert guest.candidate.packets_received - packets > 50  # a second of one's own voice
        assert phases(guest) == [
            "preparing", "speaking", "listening", "judging", "playing", "done",
        ]  # fmt: skip
        [job] = stt.jobs
        assert (job.record, job.final) == (True, True)  # behind every answer
        assert job.interview_id != interview_id
        level_dbfs = bench.service._rehearsals.talkers.level_dbfs(interview_id)
        assert level_dbfs is not None
        assert -40 < level_dbfs < 0
        log = await bench.services.log.read(interview_id)
        assert "connected" not in {entry.type for entry in log}  # the interview knows nothing of it
        assert files_below(tmp_path / "data")
        assert not files_holding(tmp_path / "data", "hello i can")  # nothing is kept

        call = await bench.call(interview_id)
        await call.sees("welcome")
        assert bench.service.media().gauges["rehearsals"] == 0
        connection = bench.service._calls.get("call-1")
        assert connection is not None
        assert connection.intake._settings.talker_dbfs == level_dbfs
        await call.candidate.leave()
        await guest.candidate.leave()


async def test_a_rehearsal_is_no_interview_and_makes_room_for_one(tmp_path: Path) -> None:
    """Over 50 lines on purpose: one server, and everything that ends a rehearsal."""
    tts = ToneVoice(works=False)
    async with open_bench(tmp_path, tts=tts, live=LiveSettings(max_live=1)) as bench:
        first = await bench.interview()
        guest = await rehearse(bench, first)
        await guest.sees("phase", phase="listening")  # without a voice the sentence is shown
        assert "speaking" not in phases(guest)
        assert bench.service.media().gauges["rehearsals"] == 1
        assert bench.service.readiness().ready  # whoever comes for an interview has the place

        again = await rehearse(bench, first, "rehearsal-2")  # a reload: the former one is over
        assert (await guest.sees("over"))["reason"] == "taken"
        await again.sees("phase", phase="listening")

        second = await bench.interview()
        with pytest.raises(Refused) as refused:
            await rehearse(bench, second, "rehearsal-3")
        assert (refused.value.status, refused.value.code) == (503, "full")

        call = await bench.call(second)
        await call.sees("welcome")
        assert (await again.sees("over"))["reason"] == "limit"
        with pytest.raises(Refused) as refused:
            await rehearse(bench, second, "rehearsal-4")
        assert refused.value.code == "in_call"

        counters = bench.service.media().counters
        assert counters["rehearsals_begun"] == 2
        assert counters["rehearsals_gave_way"] == 1
        assert counters["rehearsals_refused"] == 1
        await call.candidate.leave()
        for one in (guest, again):
            await one.candidate.leave()


async def test_who_may_have_a_rehearsal(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        interview_id = await bench.interview(consent=False)
        with pytest.raises(Refused) as refused:
            await rehearse(bench, interview_id)
        assert (refused.value.status, refused.value.code) == (403, "consent_needed")
        await bench.service.cancel(interview_id)
        with pytest.raises(Refused) as refused:
            await rehearse(bench, interview_id)
        assert refused.value.status == 410
        assert not await bench.service.close_rehearsal("none")


@pytest.mark.virtual_time
async def test_words_that_take_long_are_said_to_and_hold_nothing_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsal, "WORDS_S", 0.2)
    stt, voice = ScriptedStt(["these are they"], delay_s=4.0), ToneVoice(works=False)
    async with open_bench(tmp_path / "data", stt=stt, tts=voice) as bench:
        guest = await rehearse(bench, await bench.interview())
        await guest.sees("phase", phase="listening")
        pcm, rate = read_wav(speak_wav("Can you hear me?", tmp_path / "say.wav"))
        guest.candidate.say(pcm, rate)
        await guest.sees("level", 4, speech=True)
        guest.send("done")  # nobody has to wait for the silence either
        await guest.sees("words", status="late")
        await guest.sees("phase", phase="done")
        assert len(guest.of("words")) == 1
        assert (await guest.sees("words", 2))["text"] == "these are they"
        await guest.candidate.leave()
        assert bench.service.media().counters["rehearsals_begun"] == 1


@pytest.mark.virtual_time
async def test_one_that_ends_while_its_offer_is_answered_is_over(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        interview_id = await bench.interview()
        service, accept = bench.service, bench.service._transport.accept

        async def slowly(*args: Any, **kwargs: Any) -> Any:
            accepted = await accept(*args, **kwargs)
            service._rehearsals.interview_begins(interview_id)
            return accepted

        service._rehearsals._transport.accept = slowly  # type: ignore[method-assign]
        guest = Guest("rehearsal-1")
        guest.candidate = HeadlessCandidate(on_message=guest.messages.append, channel_label=LABEL)
        guest.candidate.only_loopback = True

        async def exchange(offer: str) -> str:
            accepted = await service.rehearse(interview_id, offer, call_id="rehearsal-1")
            return accepted.answer_sdp

        with pytest.raises(HeadlessError):
            await guest.candidate.connect_by(exchange, timeout_s=3.0)
        assert service.media().gauges["rehearsals"] == 0
