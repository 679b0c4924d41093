"""The speech child: engines that block, crash or carry another licence live in this process.

`python -m media_server.tts.child` reads frames on standard input and answers on standard output.
The first frame holds the settings and is answered by the engines that can be used here; each
further one is a text, of which one step is made: it is answered by "more" until the last step,
and then by its packets. So a text that nobody waits for yet gives way between two of its
sentences. From the first packets on, "more" comes with those that are new, to be heard already.
EOF ends it.
"""

from __future__ import annotations

import os
import sys
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, BinaryIO, TypeAlias

import numpy as np

from media_server import engine_factory
from media_server.delivery import PLAIN, Delivery
from media_server.ports import EngineUnavailable, RawSpeech, SpeaksInClauses, TtsEngine
from media_server.sentences import split_sentences
from media_server.tts import frames
from media_server.tts.clip_codec import ClipPiece, EncodedSpeech, piece_to_bytes, to_bytes
from media_server.tts.encode import encode_in_steps
from media_server.tts.process import die_with_parent
from media_server.tts.settings import ENGINES, TtsSettings
from media_server.tts.steps import Steps, StepsWith, finish
from media_server.tts.text import speakable

_Making: TypeAlias = StepsWith[ClipPiece | None, EncodedSpeech]
"""None: a sentence was made, of which nothing can be heard yet."""
_UNFINISHED_KEPT = 2
"""One that somebody waits for and one that was interrupted for it."""


def load_engines(
    order: Sequence[str], settings: TtsSettings
) -> tuple[list[TtsEngine], dict[str, str]]:
    """(usable engines in the order of preference, why the others are not).

    Imported by need: each engine may drag in what the others do not have.
    """
    usable: list[TtsEngine] = []
    problems: dict[str, str] = {}
    for name in order:
        try:
            usable.append(engine_factory.find(name, ENGINES)(settings))
        except EngineUnavailable as error:
            problems[name] = str(error)
        except Exception as error:  # one broken engine must not take the others with it
            problems[name] = f"{name} cannot be used: {type(error).__name__}"
    return usable, problems


def synthesize(engine: TtsEngine, text: str, locale: str) -> EncodedSpeech:
    """Raises ValueError for a text without a sound, else what the engine raises.

    A sentence that cannot be pronounced (an emoji alone) starts where the next one does.
    """
    return finish(_in_steps(engine, text, locale))


def _in_steps(engine: TtsEngine, text: str, locale: str, delivery: Delivery = PLAIN) -> _Making:
    spoken = [speakable(sentence, locale) for sentence in split_sentences(text)]
    parts: list[RawSpeech] = []
    for sentence in filter(None, spoken):
        made = yield from _in_clauses(engine, sentence, locale)
        parts.append(_at_tempo(made, delivery.tempo))
    if not parts:
        raise ValueError("there is nothing to say in this text")
    voice = engine.voice_for(locale)
    encoding = encode_in_steps(parts, delivery.gain_db)
    while True:
        try:
            at, packets, total, starts, levels = next(encoding)
        except StopIteration as end:
            packets, starts, levels = end.value
            return EncodedSpeech(
                engine.name, voice, tuple(packets), _of_all(spoken, starts), levels
            )
        starts_s = _of_all(spoken, starts)
        yield ClipPiece(engine.name, voice, at, tuple(packets), total, starts_s, levels)


def _of_all(spoken: Sequence[str], starts_s: Sequence[float]) -> tuple[float, ...]:
    """Starts of all sentences, from those of the ones that have a sound."""
    left = list(starts_s)
    after_last = left[-1]
    found: list[float] = []
    for sentence in reversed(spoken):
        if sentence:
            after_last = left.pop()
        found.append(after_last)
    return tuple(reversed(found))


def _in_clauses(engine: TtsEngine, sentence: str, locale: str) -> Steps[RawSpeech]:
    """A clause without a sound (a number of signs) is left out, where another has one."""
    if not isinstance(engine, SpeaksInClauses):
        made = engine.synthesize(sentence, locale)
        yield
        return made
    parts: list[RawSpeech] = []
    silent = ValueError("there is nothing to say in this sentence")
    for clause in engine.clauses(sentence, locale):
        try:
            parts.append(engine.synthesize(clause, locale))
        except ValueError as error:
            silent = error
        yield
    if not parts:
        raise silent
    return RawSpeech(np.concatenate([part.samples for part in parts]), parts[0].sample_rate)


def _at_tempo(raw: RawSpeech, tempo: float) -> RawSpeech:
    if tempo == 1.0:
        return raw
    from media_server.tts.stretch import at_tempo  # noqa: PLC0415 - FFmpeg, which few need

    return at_tempo(raw, tempo)


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Until EOF. An error of a text is its answer; its words are not in it."""
    hello, _ = _read(requests) or ({}, b"")
    if not hello:
        return
    settings = TtsSettings.from_mapping(hello["settings"])
    engines, problems = load_engines(hello["order"], settings)
    listed = [
        {
            "name": engine.name,
            "voice": engine.voice,
            "detail": engine.detail,
            "languages": list(engine.languages),
        }
        for engine in engines
    ]
    _write(answers, {"engines": listed, "problems": problems})
    unfinished: OrderedDict[int, _Making] = OrderedDict()
    while (request := _read(requests)) is not None:
        message, text = request
        answer: dict[str, Any] = {"id": message["id"]}
        body = b""
        try:
            steps = unfinished.pop(message["text"], None)
            if steps is None:
                engine = _named(engines, message["engine"])
                delivery = Delivery(message["tempo"], message["gain_db"])
                steps = _in_steps(engine, text.decode(), message["locale"], delivery)
            body, more = _step(steps)
            if more:
                answer["more"] = True
                unfinished[message["text"]] = steps
                while len(unfinished) > _UNFINISHED_KEPT:
                    unfinished.popitem(last=False)
        except (EngineUnavailable, ValueError) as error:
            answer["error"] = str(error)
        except Exception as error:  # an engine may raise anything; the next text may well work
            answer["error"] = f"the engine failed: {type(error).__name__}"
            answer["fault"] = True
        _write(answers, answer, body)


def _step(steps: _Making) -> tuple[bytes, bool]:
    """What came out of it, and whether there is more to do: then that is a piece, or nothing."""
    try:
        piece = next(steps)
    except StopIteration as end:
        return to_bytes(end.value), False
    return piece_to_bytes(piece) if piece is not None else b"", True


def _named(engines: list[TtsEngine], name: str) -> TtsEngine:
    for engine in engines:
        if engine.name == name:
            return engine
    raise EngineUnavailable(f"the speech process has no engine {name} any more")


def _read(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    head = stream.read(frames.HEAD.size)
    if len(head) < frames.HEAD.size:
        return None
    json_bytes, body_bytes = frames.lengths(head)
    encoded, body = stream.read(json_bytes), stream.read(body_bytes)
    if len(encoded) < json_bytes or len(body) < body_bytes:
        return None
    return frames.unpack(encoded), body


def _write(stream: BinaryIO, message: dict[str, Any], body: bytes = b"") -> None:
    stream.write(frames.pack(message, body))
    stream.flush()


def main() -> None:
    """Frames go to a copy of standard output: what a library prints must not come between."""
    die_with_parent(int(sys.argv[1]))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        serve(sys.stdin.buffer, answers)
    except BrokenPipeError:
        os._exit(0)


if __name__ == "__main__":
    main()
