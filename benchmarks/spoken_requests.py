"""Spoken requests and the answers that look like them: what is found, as text and by ear.

    python -m benchmarks.spoken_requests [--half unseen] [--languages en,de,es,fr] [--wrong]
        [--spoken] [--voices en=hibari,de=espeak] [--model build/models/whisper/base]
        [--tsv FILE] [--json FILE]

For each language a confusion table: what was said against what was recognised. `sure` is acted
on, `unsure` is confirmed with the candidate first, `another` is a wrong intent (an answer that
was taken for a request stands in the row `answer`). Recall counts the right intent, sure or
unsure; precision the sure ones.

`--spoken`: each line is said by a voice of this server, through its Opus encoder, and written by
Whisper (int8, one thread, beam and window as in the server), asked in the language of the line.
`--tsv`: lines of your own instead, `intent<TAB>text`, with one language. `--wrong` prints every
line that is not as it should be; of the unseen half that is for judging, not for tuning.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np

from benchmarks.voices import alike, pcm_of
from media_server.audio.types import SpeechClip
from media_server.interview.spoken_requests import Recognised, recognise
from media_server.ports import SttRequest
from media_server.stt.engines.asking import ask
from media_server.stt.engines.faster_whisper import FasterWhisper
from media_server.stt.settings import SttSettings
from media_server.tools.wer import word_errors
from media_server.tts.factory import create_text_to_speech
from media_server.tts.settings import TtsSettings
from tests.interview.spoken_requests.corpus import LANGUAGES, Half, Line, lines

VOICES = {"en": "hibari", "de": "espeak", "es": "espeak", "fr": "espeak"}
QUIET = np.zeros(4800, np.float32)
"""0.3 s around the words, as the receiver leaves."""


@dataclass(slots=True)
class Table:
    said: Counter[str] = field(default_factory=Counter)
    sure: Counter[str] = field(default_factory=Counter)
    unsure: Counter[str] = field(default_factory=Counter)
    others: Counter[tuple[str, str, bool]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, line: Line, heard: str, found: Recognised | None) -> None:
        self.said[line.intent] += 1
        if found is None and not line.intent:
            return
        if found is not None and found.intent == line.intent:
            (self.sure if found.sure else self.unsure)[line.intent] += 1
            return
        self.others[line.intent, found.intent if found else "", bool(found and found.sure)] += 1
        self.wrong.append(f"{line.intent or 'answer'}: {line.text!r} heard {heard!r}: {found}")

    def figures(self) -> dict[str, Any]:
        requests = sum(count for intent, count in self.said.items() if intent)
        right_sure, right_unsure = sum(self.sure.values()), sum(self.unsure.values())
        wrong_sure = sum(count for (_, _, sure), count in self.others.items() if sure)
        answers = dict.fromkeys((True, False), 0)
        for (said, _, sure), count in self.others.items():
            if not said:
                answers[sure] += count
        return {
            "requests": requests,
            "right, sure": right_sure,
            "right, unsure": right_unsure,
            "recall": round((right_sure + right_unsure) / max(1, requests), 4),
            "precision": round(right_sure / max(1, right_sure + wrong_sure), 4),
            "answers": self.said[""],
            "answers taken for a request": answers[True],
            "answers to be confirmed": answers[False],
        }

    def text(self) -> str:
        rows = [f"{'said':22}{'lines':>6}{'sure':>6}{'unsure':>8}{'missed':>8}  another"]
        for intent in sorted(self.said, key=lambda name: (not name, name)):
            another = ", ".join(
                f"{got}{'' if sure else ' (unsure)'} x{count}"
                for (said, got, sure), count in sorted(self.others.items())
                if said == intent and got
            )
            missed = self.others[intent, "", False] if intent else 0
            rows.append(
                f"{intent or 'answer':22}{self.said[intent]:6}{self.sure[intent]:6}"
                f"{self.unsure[intent]:8}{missed:8}  {another}"
            )
        return "\n".join(rows)


async def spoken(engine: str, language: str, texts: list[str]) -> list[SpeechClip]:
    voice = create_text_to_speech(TtsSettings(engine=engine, cache_dir=None, memory_bytes=0))
    await voice.start()
    try:
        return [await voice.speak(text, locale=language, deadline_s=60) for text in texts]
    finally:
        await voice.close()


def written(model: Path, language: str, clips: list[SpeechClip]) -> list[str]:
    engine = FasterWhisper(SttSettings(engine="faster-whisper", model_dir=str(model), device="cpu"))
    engine.warm_up()
    texts = []
    for clip in clips:
        sound = np.concatenate([QUIET, pcm_of(clip), QUIET])
        pcm = (sound * 32_767).astype(np.int16)
        speech_ms = round(1000 * clip.duration_s)
        texts.append(ask(engine, SttRequest(pcm, language, True, (), speech_ms)).text)
    return texts


def judged(said: list[Line], heard: list[str], language: str) -> Table:
    table = Table()
    for line, text in zip(said, heard, strict=True):
        table.add(line, text, recognise(text, language))
    return table


def misheard(said: list[str], heard: list[str]) -> float:
    """Share of the words: what the voice and the recogniser lose before anything is matched."""
    counts = [word_errors(alike(one), alike(other)) for one, other in zip(said, heard, strict=True)]
    return round(sum(wrong for wrong, _ in counts) / sum(words for _, words in counts), 4)


def cost_us(texts: list[str], language: str) -> float:
    """CPU of one turn, the second time: the first builds the tables."""
    began_s = time.process_time()
    for text in texts:
        recognise(text, language)
    return 1e6 * (time.process_time() - began_s) / len(texts)


def read(path: Path) -> list[Line]:
    return [Line(*row.split("\t")) for row in path.read_text("utf-8").splitlines()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--half", choices=("unseen", "building"), default="unseen")
    parser.add_argument("--languages", default=",".join(LANGUAGES))
    parser.add_argument("--spoken", action="store_true")
    parser.add_argument("--voices", default="", help="such as en=flite,de=espeak")
    parser.add_argument("--model", type=Path, default=Path("build/models/whisper/base"))
    parser.add_argument("--wrong", action="store_true")
    parser.add_argument("--tsv", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    voices = VOICES | dict(pair.split("=") for pair in options.voices.split(",") if pair)
    results: dict[str, Any] = {}
    for language in options.languages.split(","):
        said = read(options.tsv) if options.tsv else lines(cast("Half", options.half), language)
        texts = [line.text for line in said]
        heard = texts
        if options.spoken:
            clips = asyncio.run(spoken(voices[language], language, texts))
            heard = written(options.model, language, clips)
        table = judged(said, heard, language)
        figures = table.figures() | {"cpu_us": round(cost_us(heard, language))}
        if options.spoken:
            figures["words misheard"] = misheard(texts, heard)
        how = f"said by {voices[language]}, written by Whisper" if options.spoken else "as text"
        print(f"\n{language}, {how}\n{table.text()}\n{json.dumps(figures)}", flush=True)
        if options.wrong:
            print("\n".join(table.wrong))
        results[language] = figures | {"wrong": table.wrong}
    if options.json:
        options.json.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
