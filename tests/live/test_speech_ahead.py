"""What an interview will say is made from its creation on, and holds nothing up."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from media_server.audio.types import SpeechClip
from media_server.interview import inputs as inp
from media_server.interview.effects import PrepareGreeting
from media_server.interview.phrases import fixed_phrases
from media_server.interview.spec import Candidate, Question
from media_server.interview.spoken_texts import spoken_texts
from media_server.live import speech_ahead
from media_server.live.prompt_audio import PromptAudio
from media_server.live.settings import LiveSettings
from tests.live.bench import ToneVoice, make_spec, open_bench
from tests.support.waiting import until


class Noting(ToneVoice):
    """Makes what `go` allows; (interview, locale, text) in its order."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()
        self.asked: list[tuple[str, str, str]] = []

    async def prepare(self, text: str, *, locale: str, interview_id: str = "") -> bool:
        self.asked.append((interview_id, locale, text))
        await self.go.wait()
        return True


def test_texts_of_an_interview_each_once_as_they_may_be_due() -> None:
    questions = (
        Question(id="a", text="What is a heap?", clarification="I mean the data structure."),
        Question(id="b", text="What is a queue?"),
        Question(id="c", text="What is a heap?"),
    )
    spec = make_spec().model_copy(update={"questions": questions, "greeting": "Welcome."})
    assert spoken_texts(spec) == (
        "You are talking with an AI. Welcome.", "What is a heap?",
        "What is a queue?", "I mean the data structure.",
    )  # fmt: skip
    assert "3 questions" in spoken_texts(spec.model_copy(update={"greeting": None}))[0]


async def test_from_the_creation_on_and_its_answer_waits_for_nothing(tmp_path: Path) -> None:
    voice = Noting()
    async with open_bench(tmp_path, tts=voice) as bench:
        spec = make_spec(2, greeting="Welcome.", candidate=Candidate(locale="en-GB"))
        interview_id = await bench.interview(spec)  # answers although the voice does nothing
        voice.go.set()
        everything = [
            "You are talking with an AI. Welcome.",
            "Question 1?",
            "Question 2?",
            *fixed_phrases("en"),
        ]
        await until(lambda: len(voice.asked) == len(everything))
        assert [text for _, _, text in voice.asked] == everything
        assert {locale for _, locale, _ in voice.asked} == {"en-GB"}
        owners = [owner for owner, _, _ in voice.asked]
        assert owners[:3] == [interview_id] * 3
        assert set(owners[3:]) == {""}, "what all say belongs to nobody"
        ahead = bench.service._speech_ahead
        await until(lambda: not ahead._current)
        ahead.created(interview_id)
        assert not ahead.waiting, "all of it is there"
        await bench.service.joined(interview_id)  # the cache may have lost some of it since
        await until(lambda: len(voice.asked) == 2 * len(everything))
        assert [text for _, _, text in voice.asked[len(everything) :]] == everything


async def test_opened_links_come_first_and_erased_interviews_not_at_all(tmp_path: Path) -> None:
    voice = Noting()
    async with open_bench(tmp_path, tts=voice) as bench:
        ids = []
        for number in range(4):
            spec = make_spec(1, greeting=f"Hello {number}.")
            made = await bench.service.create(spec, idempotency_key=None, request_digest="")
            ids.append(str(made["id"]))
        await until(lambda: voice.asked)
        await bench.service.joined(ids[3])
        await bench.service.erase(ids[2])
        voice.go.set()
        await until(lambda: not bench.service._speech_ahead.waiting)
        await until(lambda: (ids[1], "en", "Question 1?") in voice.asked)
    order = list(dict.fromkeys(owner for owner, _, _ in voice.asked if owner))
    assert order == [ids[0], ids[3], ids[1]]


async def test_the_queue_is_bounded_and_an_opened_link_always_finds_a_place(
    tmp_path: Path,
) -> None:
    voice = Noting()
    async with open_bench(tmp_path, tts=voice) as bench:
        ahead = bench.service._speech_ahead
        for number in range(speech_ahead.MAX_WAITING + 10):
            ahead.created(f"iv_{number}")
        assert ahead.waiting == speech_ahead.MAX_WAITING
        ahead.opened("iv_new")
        assert "iv_new" in ahead._opened
        assert ahead.waiting == speech_ahead.MAX_WAITING


async def test_switched_off(tmp_path: Path) -> None:
    voice = Noting()
    async with open_bench(tmp_path, tts=voice, live=LiveSettings(speech_ahead=False)) as bench:
        await bench.interview(make_spec(1))
        assert not bench.service._speech_ahead.waiting


class ByLocale(ToneVoice):
    """Notes in which language a text was to be spoken."""

    def __init__(self) -> None:
        super().__init__()
        self.locales: dict[str, str] = {}

    async def speak(self, text: str, *, locale: str, **how: Any) -> SpeechClip:
        self.locales[text] = locale
        return await super().speak(text, locale=locale, **how)


async def test_a_greeting_in_two_languages_has_both_voices_before_the_start(
    tmp_path: Path,
) -> None:
    voice = ByLocale()
    posted: list[inp.Input] = []
    spec = make_spec(1, greeting="Olá!", candidate=Candidate(locale="pt-BR"))
    async with open_bench(tmp_path, tts=voice) as bench:
        prompts = PromptAudio("iv_1", spec, bench.services, posted.append, lambda _name: None)
        await prompts.greet(PrepareGreeting(1, 1.0, 1.0))
    assert posted == [inp.GreetingReady("You are talking with an AI. Olá!", "spec")]
    assert voice.locales == {"You are talking with an AI.": "en", "Olá!": "pt-BR"}
    assert all(prompts.clip_of(part) for part in voice.locales)
