"""What Moonshine is known to make of noise, and what people say: told apart without the model."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from media_server.ports import SttRequest
from media_server.stt.engines.asking import ask
from media_server.stt.engines.moonshine import Moonshine
from media_server.stt.engines.moonshine_gate import invented, without_loop
from media_server.stt.engines.moonshine_model import Decoded, MoonshineModel, Tokenizer
from media_server.stt.hallucination_filter import LOOP
from media_server.stt.settings import SttSettings

SURE, UNSURE = -0.05, -2.0


def why(text: str, first: float, speech_ms: int | None, *, final: bool) -> str:
    decoded = Decoded(text, first, -0.3, ended=True)
    return invented(decoded, text, speech_ms=speech_ms, final=final)


@pytest.mark.parametrize("final", [True, False])
@pytest.mark.parametrize(
    ("text", "first", "speech_ms"),
    [
        ("You", SURE, 900),  # knocks: the model is as sure of it as of speech
        ("Thank you for watching.", SURE, 2000),
        ("I'm going to go to the hospital.", UNSURE, 3800),
        ("\u266a Oh, oh, oh \u266a", SURE, 3800),
        ("\u00a9 transcript Emily Beynon", SURE, 3800),
        ("\u6211\u5011\u500b\u500b", SURE, 3800),
        ("It's better. It's better.", SURE, 220),
        ("...", SURE, 1000),
    ],
)
def test_what_noise_becomes_is_no_text(
    text: str, first: float, speech_ms: int, final: bool
) -> None:
    assert why(text, first, speech_ms, final=final)


@pytest.mark.parametrize("final", [True, False])
@pytest.mark.parametrize(
    "text",
    ["Yes.", "No", "You should use a queue.", "Well, it depends.", "Caf\u00e9 Zo\u00eb", "42"],
)
def test_what_people_say_stays(text: str, final: bool) -> None:
    assert not why(text, SURE, 1500, final=final)
    assert not why(text, SURE, None, final=final), "nobody has looked how much was speech"


def test_a_final_may_be_one_word_that_an_interim_is_better_without() -> None:
    assert why("Yeah.", SURE, 400, final=False)
    assert not why("Yeah.", SURE, 400, final=True)
    assert why("Yeah.", -0.6, 400, final=True)
    assert why("A list of things", -1.2, 1500, final=False)
    assert not why("A list of things", -1.2, 1500, final=True)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (
            "Something warm and living quick, quick, quick, quick, quick",
            "Something warm and living",
        ),
        ("Its state, of the body, of the body, of the body, of th", "Its state,"),
        ("go go go go", ""),
        ("very very nice", "very very nice"),
        ("no no no it is fine", "no no no it is fine"),
        ("", ""),
    ],
)
def test_a_text_that_found_no_end_loses_what_it_repeats(text: str, left: str) -> None:
    kept, cut = without_loop(text)
    assert kept == left
    assert " ".join(filter(None, (kept, cut))) == text, "what is cut is not gone"


def test_tokens_are_lengths_and_bytes() -> None:
    long = "\u2581" + "a" * 200
    pieces = [b"<unk>", b"<s>", b"</s>", "\u2581caf".encode(), b"\xc3", b"\xa9", long.encode()]
    data = b"".join(
        (bytes([len(p)]) if len(p) < 128 else bytes([len(p) % 128 + 128, len(p) // 128])) + p
        for p in pieces
    )
    tokenizer = Tokenizer(data)
    assert len(tokenizer) == len(pieces)
    assert tokenizer.text([1, 3, 4, 5, 6, 2]) == "caf\u00e9 " + "a" * 200
    assert tokenizer.text([3, 4]) == "caf\ufffd", "half a character"
    for end in (len(data) - 1, len(data) - len(long.encode()) - 1):
        with pytest.raises(ValueError, match="cut off"):
            Tokenizer(data[:end])


def test_what_moonshine_loops_over_is_kept_for_people() -> None:
    class Looping:
        def decode(self, _: object) -> Decoded:
            return Decoded("four, four, four, four, four", -0.1, -0.2, ended=False)

    engine = Moonshine(SttSettings())
    engine._loaded = cast("MoonshineModel", Looping())
    made = ask(engine, SttRequest(np.ones(16_000, np.int16), "en", True, (), 900))
    assert (made.text, made.rejected) == ("", LOOP)
    assert made.rejected_text == "four, four, four, four, four"
