"""The bot's spoken questions go with their interview: by hand, by retention, from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from media_server.audio.types import SpeechClip
from media_server.delivery import PLAIN, Delivery
from media_server.interview.phrases import phrase
from media_server.store.retention import Retention
from media_server.store.retention_plan import DAY_S
from tests.live.bench import ToneVoice, make_spec, open_bench


class RememberingVoice(ToneVoice):
    """Knows whose words it was given, as the real one does."""

    def __init__(self) -> None:
        super().__init__(duration_s=0.1)
        self.of: dict[str, set[str]] = {}

    async def speak(
        self,
        text: str,
        *,
        locale: str,
        deadline_s: float,
        interview_id: str = "",
        delivery: Delivery = PLAIN,
        early: bool = False,
    ) -> SpeechClip:
        self.of.setdefault(interview_id, set()).add(text)
        return await super().speak(text, locale=locale, deadline_s=deadline_s)

    async def erase(self, interview_id: str) -> None:
        self.of.pop(interview_id, None)

    async def interviews(self) -> Mapping[str, float]:  # type: ignore[override]
        return dict.fromkeys((name for name in self.of if name), 0.0)


class At:
    def __init__(self, at_s: float) -> None:
        self.at_s = at_s

    def now_s(self) -> float:
        return self.at_s


async def test_spoken_questions_and_greeting_go_with_their_interview(tmp_path: Path) -> None:
    voice = RememberingVoice()
    async with open_bench(tmp_path, tts=voice) as bench:
        first, second = [
            await bench.interview(make_spec(1, greeting=f"Welcome, number {n}.")) for n in (1, 2)
        ]
        for interview_id in (first, second):
            guest = await bench.call(interview_id)
            await guest.sees("welcome")
            guest.send("ready")
            await guest.listening(1)
            guest.send("text_answer", text="An answer.")
            await guest.sees("completed")
            await guest.candidate.leave()
        assert {"You are talking with an AI. Welcome, number 1.", "Question 1?"} <= voice.of[first]
        assert phrase("wrap_up", "en") in voice.of[""]
        assert not any("Welcome" in text or "Question" in text for text in voice.of[""])

        await bench.service.erase(first)
        assert set(voice.of) == {"", second}

        stores: Any = bench.service._stores
        now_s = bench.services.clock.now_s()
        voice.of["iv_lost"] = {"of an interview that nobody knows"}
        voice.of[first] = {"said by a server that heard of the erasing too late"}
        await Retention(stores, At(now_s + 1.0), voice).run_once()
        assert set(voice.of) == {"", second}
        await Retention(stores, At(now_s + 400 * DAY_S), voice).run_once()
        assert set(voice.of) == {""}


async def test_no_kept_fold_answers_words_that_retention_has_erased(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        interview_id = await bench.interview(make_spec(1))
        guest = await bench.call(interview_id)
        await guest.sees("welcome")
        guest.send("ready")
        await guest.listening(1)
        guest.send("text_answer", text="An answer of mine.")
        await guest.sees("completed")
        await guest.candidate.leave()
        for session in bench.service.sessions():  # it is its log again
            async with bench.service._registry.lock(interview_id):
                await bench.service._registry.rest(session)
        assert "An answer of mine." in str(await bench.service.result(interview_id))

        stores: Any = bench.service._stores
        retention = Retention(stores, At(bench.services.clock.now_s() + 200 * DAY_S))
        await retention.run_once()
        assert retention.counters.erased["transcript"] == 1
        assert "An answer of mine." not in str(await bench.service.result(interview_id))
