"""Whole interviews over real WebRTC in one process: what the candidate is told, and the log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import jsonschema
import pytest

from media_server.interview.result import Result
from media_server.interview.spec import Limits, TurnSettings
from media_server.live.settings import LiveSettings
from media_server.ports import Refused
from media_server.rtc.settings import RtcSettings
from media_server.tools.headless import HeadlessError
from tests.live.bench import Bench, Guest, PlainLlm, ScriptedStt, ToneVoice, make_spec, open_bench
from tests.live.followed import turns_can_be_followed
from tests.support.speak import read_wav, speak_wav

pytestmark = pytest.mark.virtual_time


@pytest.fixture(scope="session")
def sentence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("speech") / "sentence.wav"
    return speak_wav("I was a teacher.", path, rate=16_000)  # short: said in real time


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(tmp_path) as made:
        yield made


async def types(bench: Bench, interview_id: str) -> list[str]:
    return [entry.type for entry in await bench.services.log.read(interview_id)]


@pytest.mark.parametrize("transport", ["lite", "full"])
async def test_three_questions_by_voice(
    tmp_path: Path, sentence: Path, transport: Literal["lite", "full"]
) -> None:
    settings = RtcSettings(bind_addresses=("127.0.0.1",), transport=transport)
    async with open_bench(tmp_path, rtc=settings) as bench:
        await three_questions(bench, sentence)


async def three_questions(bench: Bench, sentence: Path) -> None:
    pcm, rate = read_wav(sentence)
    interview_id = await bench.interview()
    guest = await bench.call(interview_id)
    welcome = await guest.sees("welcome")
    assert welcome["resumed"] is False
    assert welcome["notices"] == ["A stand-in for tests."]
    guest.send("ready")
    for number in (1, 2, 3):
        await guest.listening(number)
        guest.candidate.say(pcm, rate)
        await guest.sees("turn", number, phase="ended", reason="silence")
    done = await guest.sees("completed")
    assert (done["status"], done["answered"]) == ("completed", 3)
    assert [m["kind"] for m in guest.of("caption")] == [
        "greeting", "question", "question", "question", "wrap_up",
    ]  # fmt: skip
    await guest.candidate.leave()
    result = await bench.service.result(interview_id)
    jsonschema.validate(result, Result.model_json_schema())
    assert result["status"] == "completed"
    for answer in result["answers"]:
        assert answer["text"].startswith("These are the words")
        assert answer["turns"][0]["end_reason"] == "silence"
        assert answer["audio"][0]["file"] == "audio-0001.ogg"
        assert answer["lost_ms"] == answer["concealed_ms"] == 0
        assert -60 < answer["level_dbfs"] < 0
    assert result["latency"]["decision_to_first_audio_ms"]["n"] == 3
    entries = await bench.services.log.read(interview_id)
    assert [entry.type for entry in entries].count("round_advanced") == 3
    figures = bench.service.media()
    assert sum(figures.closed.values()) == 1
    assert figures.counters["calls_connected"] == 1
    assert figures.counters["received"] > 300
    assert figures.counters["lost"] == 0
    observed = {name: found.count for name, found in figures.distributions.items()}
    assert observed["connect"] == observed["loss"] == observed["jitter"] == 1
    assert observed["decision_to_question"] == observed["speech_end_to_decision"] == 3
    assert observed["level"] >= 3
    silence = figures.distributions["speech_end_to_decision"]
    assert 0.5 < silence.sum_s / silence.count < 5
    turns_can_be_followed(bench, interview_id, [entry.data for entry in entries])


async def test_typing_without_a_microphone(bench: Bench) -> None:
    interview_id = await bench.interview()
    guest = await bench.call(interview_id, microphone=False)
    guest.send("ready")
    for number in (1, 2, 3):
        await guest.listening(number)
        guest.send("text_answer", text=f"Typed answer {number}.")
    await guest.sees("completed")
    await guest.candidate.leave()
    result = await bench.service.result(interview_id)
    assert [(a["mode"], a["text"]) for a in result["answers"]] == [
        ("text", f"Typed answer {n}.") for n in (1, 2, 3)
    ]


async def test_the_bot_is_heard_and_then_silent(bench: Bench) -> None:
    guest = await bench.call(await bench.interview())
    guest.send("ready")
    await guest.listening(1)
    heard = guest.candidate.packets_received
    assert heard >= 40  # greeting and question, half a second each
    await asyncio.sleep(0.5)
    assert guest.candidate.packets_received == heard
    await guest.candidate.leave()


async def test_reload_continues_at_the_same_question(bench: Bench, sentence: Path) -> None:
    pcm, rate = read_wav(sentence)
    interview_id = await bench.interview()
    guest = await bench.call(interview_id)
    guest.send("ready")
    await guest.listening(1)
    guest.candidate.say(pcm, rate)
    await guest.listening(2)
    await guest.candidate.vanish()
    again = await bench.call(interview_id, resumed_from=1)
    welcome = await again.sees("welcome")
    assert welcome["resumed"] is True
    await again.sees("state", activity="listening")
    await again.sees("question", number=2)  # the state comes first, then what was missed
    assert [m["number"] for m in again.of("question")] == [1, 2]
    assert again.of("transcript")[0]["final"] is True
    assert "greeting" not in [m["kind"] for m in again.of("caption")]
    assert (await types(bench, interview_id)).count("round_advanced") == 2
    await again.candidate.leave()


async def test_ten_tabs_one_wins_and_the_others_are_told(bench: Bench) -> None:
    """One after another: each takes over. All at once: a call that is not connected yet gives way
    to a newer one, so the newest is there for certain."""
    interview_id = await bench.interview()
    guests = [await bench.call(interview_id) for _ in range(5)]
    at_once = await asyncio.gather(
        *(bench.call(interview_id, connect_s=4.0) for _ in range(5)), return_exceptions=True
    )
    there = [g for g in (*guests, *at_once) if isinstance(g, Guest)]
    assert len(there) > len(guests)
    for failed in at_once:
        if isinstance(failed, BaseException):
            assert isinstance(failed, Refused | HeadlessError), failed
            assert not isinstance(failed, Refused) or failed.code == "replaced"
    await bench.until(lambda: sum(not g.candidate.closed.is_set() for g in there) == 1)
    winner = next(g for g in there if not g.candidate.closed.is_set())
    losers = [g for g in there if g is not winner]
    assert all(g.of("error")[-1]["code"] == "superseded" for g in losers if g.of("welcome"))
    counts = [len(g.messages) for g in losers]
    winner.send("ready")
    await winner.listening(1)
    assert [len(g.messages) for g in losers] == counts
    for guest in there:
        await guest.candidate.leave()


async def test_greeting_fails_three_times_then_fallback(tmp_path: Path) -> None:
    llm = PlainLlm(fail=True)
    async with open_bench(tmp_path, llm=llm) as bench:
        interview_id = await bench.interview()
        await bench.until(lambda: llm.asked == 3)
        guest = await bench.call(interview_id)
        guest.send("ready")
        caption = await guest.sees("caption", kind="greeting")
        assert "AI interviewer" in caption["text"]
        await guest.listening(1)
        await guest.candidate.leave()


async def test_a_greeting_of_the_integrators_own_asks_no_model(tmp_path: Path) -> None:
    llm = PlainLlm(fail=True)
    async with open_bench(tmp_path, llm=llm) as bench:
        guest = await bench.call(await bench.interview(make_spec(greeting="Welcome to Acme.")))
        guest.send("ready")
        caption = await guest.sees("caption", kind="greeting")
        assert (caption["text"], caption["spoken"]) == (
            "You are talking with an AI. Welcome to Acme.",
            True,
        )
        await guest.listening(1)
        assert llm.asked == 0
        await guest.candidate.leave()


async def test_a_language_is_spoken_where_it_is_understood(tmp_path: Path) -> None:
    stt = ScriptedStt([])
    async with open_bench(tmp_path, stt=stt) as bench:
        assert bench.service.speaks("de-AT"), "nothing is known of the recogniser"
        stt.languages = ("en",)
        assert [bench.service.speaks(locale) for locale in ("en-GB", "de-AT")] == [True, False]


async def test_no_voice_shows_text_and_goes_on(tmp_path: Path) -> None:
    async with open_bench(tmp_path, tts=ToneVoice(works=False)) as bench:
        assert not bench.service.speaks("en")
        guest = await bench.call(await bench.interview())
        guest.send("ready")
        await guest.listening(1)
        assert [m["spoken"] for m in guest.of("caption")] == [False, False]
        assert guest.candidate.packets_received == 0
        await guest.candidate.leave()


async def test_barge_in_stops_the_question_within_a_tick(tmp_path: Path, sentence: Path) -> None:
    pcm, rate = read_wav(sentence)
    async with open_bench(tmp_path, tts=ToneVoice(duration_s=6.0)) as bench:
        guest = await bench.call(await bench.interview())
        guest.send("ready")
        await guest.sees("caption", kind="greeting")
        guest.candidate.say(pcm, rate)
        await guest.sees("caption", kind="question", timeout_s=5)
        await asyncio.sleep(3.0)
        guest.candidate.say(pcm, rate)
        await guest.sees("turn", phase="ended", reason="silence")
        heard = [e for e in guest.of("caption_ended") if not e["complete"]]
        assert len(heard) == 2
        stopped = bench.service.media().distributions["barge_in"]
        assert stopped.count == 2
        assert stopped.sum_s / 2 > 0.2, "from the first sound, not from when it was sure"
        await guest.candidate.leave()


async def test_no_interim_and_no_voice_for_a_candidate_who_left(
    tmp_path: Path, sentence: Path
) -> None:
    pcm, rate = read_wav(sentence)
    stt = ScriptedStt(["words"], delay_s=0.3)
    voice = ToneVoice()
    async with open_bench(tmp_path, stt=stt, tts=voice) as bench:
        interview_id = await bench.interview()
        guest = await bench.call(interview_id)
        guest.send("ready")
        await guest.listening(1)
        guest.candidate.say(pcm, rate)
        await asyncio.sleep(1.0)
        await bench.service.close_call(guest.call_id)
        await bench.until(lambda: stt.dropped == [interview_id])
        jobs, spoken = len(stt.jobs), len(voice.spoken)
        assert stt.jobs[-1].final  # what was received is owed
        await asyncio.sleep(0.6)
        assert (len(stt.jobs), len(voice.spoken)) == (jobs, spoken)
        state = await bench.service.get(interview_id)
        assert state["status"] == "disconnected"
        result = await bench.service.result(interview_id)
        assert result["answers"][0]["turns"][0]["text"] == "words"
        await guest.candidate.leave()


async def test_pause_and_its_budget(tmp_path: Path) -> None:
    spec = make_spec(limits=Limits(pause_budget_ms=700))
    async with open_bench(tmp_path) as bench:
        interview_id = await bench.interview(spec)
        guest = await bench.call(interview_id)
        guest.send("ready")
        await guest.listening(1)
        guest.send("pause")
        await guest.sees("state", stage="paused")
        guest.send("resume")
        await guest.sees("state", 2, activity="listening")
        guest.send("pause")
        await guest.sees("state", status="parked")
        again = await bench.call(interview_id)
        await again.sees("state", activity="listening")
        for one in (guest, again):
            await one.candidate.leave()


async def test_decline_needs_no_call(bench: Bench) -> None:
    interview_id = await bench.interview(consent=False)
    with pytest.raises(Refused) as refused:
        await bench.call(interview_id)
    assert refused.value.status == 403
    await bench.service.consent(interview_id, version="2026-11", accepted=False)
    with pytest.raises(Refused) as refused:
        await bench.service.joined(interview_id)
    assert refused.value.status == 410
    assert (await bench.service.result(interview_id))["status"] == "declined"


async def test_a_full_server_says_so_and_frees_its_places(tmp_path: Path) -> None:
    async with open_bench(tmp_path, live=LiveSettings(max_live=1)) as bench:
        first = await bench.call(await bench.interview())
        second = await bench.interview()
        with pytest.raises(Refused) as refused:
            await bench.call(second)
        assert refused.value.status == 503
        assert 10 <= (refused.value.retry_after_s or 0) <= 13
        assert not bench.service.readiness().ready
        await bench.service.close_call(first.call_id)
        await bench.until(lambda: bench.service.readiness().ready)
        guest = await bench.call(second)
        await guest.candidate.leave()
        await first.candidate.leave()


async def test_restart_goes_on_where_it_was(tmp_path: Path, sentence: Path) -> None:
    pcm, rate = read_wav(sentence)
    async with open_bench(tmp_path) as bench:
        interview_id = await bench.interview()
        guest = await bench.call(interview_id)
        guest.send("ready")
        await guest.listening(1)
        guest.candidate.say(pcm, rate)
        await guest.listening(2)
    async with open_bench(tmp_path) as bench:
        assert (await bench.service.get(interview_id))["status"] == "disconnected"
        again = await bench.call(interview_id)
        await again.sees("state", activity="listening")
        assert (await bench.service.get(interview_id))["round"] == 1
        assert (await bench.service.result(interview_id))["answers"][0]["text"]
        await again.candidate.leave()
    await guest.candidate.vanish()


async def test_erase_leaves_no_trace(tmp_path: Path, sentence: Path) -> None:
    pcm, rate = read_wav(sentence)
    stt = ScriptedStt(["zanzibar canary words"])
    async with open_bench(tmp_path, stt=stt) as bench:
        interview_id = await bench.interview()
        guest = await bench.call(interview_id)
        guest.send("ready")
        await guest.listening(1)
        guest.candidate.say(pcm, rate)
        await guest.sees("transcript", final=True)
        await bench.service.erase(interview_id)
        told = await guest.sees("error")
        assert (told["code"], told["recoverable"]) == ("deleted", False)
        assert "deleted by its owner" in told["message"]
        with pytest.raises(Refused) as refused:
            await bench.service.result(interview_id)
        assert refused.value.status == 404
        assert [message["code"] for message in guest.of("error")] == ["deleted"]  # not "moved"
        await guest.candidate.leave()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in files if b"zanzibar" in path.read_bytes()]
    assert not list(tmp_path.rglob("*.ogg"))


async def test_bad_messages_close_the_channel_with_a_reason(bench: Bench) -> None:
    guest = await bench.call(await bench.interview())
    await guest.sees("welcome")
    for _ in range(3):
        guest.send("no_such_type")  # unknown types are ignored
    for _ in range(10):
        guest.candidate.send({"type": "pace", "pace": "warp"})
        await asyncio.sleep(0.06)
    error = await guest.sees("error", recoverable=False)
    assert error["code"] == "bad_message"
    await bench.until(guest.candidate.closed.is_set)
    await guest.candidate.leave()


async def test_a_fault_in_a_handler_does_not_end_the_interview(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = await bench.call(await bench.interview())
    guest.send("ready")
    await guest.listening(1)
    from media_server.interview import machine  # noqa: PLC0415

    real, broken = machine.decide, []

    def decide(state: object, input_: object, now_s: float) -> object:
        if type(input_).__name__ == "PaceChosen":
            broken.append(input_)
            raise RuntimeError("injected")
        return real(state, input_, now_s)  # type: ignore[arg-type]

    monkeypatch.setattr(machine, "decide", decide)
    guest.send("pace", pace="slower")
    await bench.until(lambda: broken)
    guest.send("text_answer", text="Still here.")
    await guest.listening(2)
    await guest.candidate.leave()


async def test_short_turn_settings_are_the_interviews_own(tmp_path: Path) -> None:
    spec = make_spec(turn=TurnSettings(silence_ms=400, min_turn_ms=0))
    async with open_bench(tmp_path) as bench:
        guest: Guest = await bench.call(await bench.interview(spec))
        assert guest.call_id
        await guest.candidate.leave()
