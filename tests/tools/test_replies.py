"""What the candidate says: recordings, or its own texts in a voice that may be late, or fail."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from media_server.audio.types import Pcm
from media_server.cli import main
from media_server.interview.spoken_requests import Recognised, recognise
from media_server.ports import SpeechUnavailable
from media_server.tools import replies as module
from media_server.tools.candidate_answers import DEMO, REQUEST, answer_to, beside, language_of
from media_server.tools.candidate_voice import CandidateVoice
from media_server.tools.replies import Recordings, Say, Spoken, Type
from media_server.tools.wav import Utterance
from tests.support.env import REPOSITORY


class Voice:
    """Speaks when it is let; `failing`: never."""

    def __init__(self, *, failing: bool = False) -> None:
        self.may = asyncio.Event()
        self.failing = failing
        self.asked: list[str] = []
        self.closed = False

    async def say(self, text: str) -> tuple[Pcm, int]:
        self.asked.append(text)
        await self.may.wait()
        if self.failing:
            raise SpeechUnavailable("gone")
        return np.ones(24_000, np.int16), 24_000

    async def close(self) -> None:
        self.closed = True


def question(text: str, number: int = 1, kind: str = "question", of: int = 3) -> dict[str, Any]:
    return {"prompt_id": f"q{number}", "kind": kind, "number": number, "of": of, "text": text}


def spoken(voice: Voice | None, **more: bool) -> Spoken:
    return Spoken(cast("CandidateVoice | None", voice), "en", **more)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_the_answer_is_made_while_the_question_is_heard() -> None:
    voice = Voice()
    replies = spoken(voice)
    asked = question("What did you cook?")
    replies.expect(asked)
    await settle()
    assert voice.asked == [answer_to("What did you cook?", 1, "en")]
    assert replies.reply(asked, 0) is None, "not yet"
    voice.may.set()
    await settle()
    said = replies.reply(asked, 0)
    assert isinstance(said, Say)
    assert (said.duration_s, said.is_request) == (1.0, False)
    assert voice.asked == [said.text], "made once"
    assert isinstance(replies.reply(asked, 2), Type), "typed when it was not understood twice"
    await replies.close()
    assert voice.closed


async def test_it_asks_once_to_repeat_the_second_question() -> None:
    voice = Voice()
    voice.may.set()
    replies = spoken(voice, asks_again=True)
    first, second = question("a"), question("b", 2)
    for asked in (first, second):
        replies.expect(asked)
    await settle()
    kinds = [replies.reply(asked, 0) for asked in (first, second, second)]
    assert [isinstance(r, Say) and r.is_request for r in kinds] == [False, True, False]
    await replies.close()


@pytest.mark.parametrize("voice", [None, "failing"])
async def test_without_a_voice_it_types(voice: str | None) -> None:
    made = Voice(failing=True) if voice else None
    if made is not None:
        made.may.set()
    replies = spoken(made)
    replies.expect(question("a"))
    await settle()
    reply = replies.reply(question("a"), 0)
    assert isinstance(reply, Type)
    assert reply.why
    await replies.close()


@pytest.mark.virtual_time
async def test_a_voice_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    replies = spoken(Voice())
    replies.expect(question("a"))
    await asyncio.sleep(module.VOICE_WAIT_S + 1)
    assert isinstance(replies.reply(question("a"), 0), Type)
    await replies.close()


async def test_closing_ends_what_is_being_made() -> None:
    replies = spoken(Voice())
    replies.expect(question("a"))
    await settle()
    await replies.close()


def test_what_has_no_recording_is_typed_or_ends_it() -> None:
    one = Recordings([Utterance(Path("a.wav"), np.ones(480, np.int16), "")])
    assert isinstance(one.reply(question("a"), 0), Say)
    assert one.reply(question("a", kind="follow_up"), 0) == Type(beside("en"))
    assert one.reply(question("b", 2), 0) == module.Leave("no recording is left")


def test_every_question_of_the_demo_has_its_answer() -> None:
    demo = json.loads((REPOSITORY / "signaling" / "demo.json").read_text())
    assert list(DEMO) == [asked["text"] for asked in demo["questions"]]


def test_answers_are_answers_and_the_request_is_one() -> None:
    texts = [*DEMO.values(), *(answer_to("Why?", n, "en") for n in (1, 2, 3))]
    assert len(set(texts)) == 6
    assert [recognise(text, "en") for text in texts] == [None] * 6
    assert recognise(REQUEST, "en") == Recognised("repeat", sure=True)
    assert recognise(beside("en"), "en") is None


def test_other_languages_have_texts_and_unknown_ones_english() -> None:
    assert [language_of(tag) for tag in ("de-AT", "en_GB", "fr", "tlh", "")] == [
        "de", "en", "fr", "en", "en",
    ]  # fmt: skip
    assert answer_to("Warum?", 7, "de") != answer_to("Warum?", 7, "en")


@pytest.mark.parametrize("option", ["--json", "--record"])
def test_where_nothing_can_be_written_is_said_before_the_interview(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (tmp_path / "none" / "file", tmp_path):
        assert main(["simulate", option, str(path)]) == 2
        assert str(path) in capsys.readouterr().err
