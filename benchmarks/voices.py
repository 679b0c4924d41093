"""Voices side by side: how well they are understood, how soon they are heard, what they cost.

    python -m benchmarks.voices [--engines hibari,kokoro,flite,espeak] [--limit 200]
        [--model build/models/whisper/base] [--json FILE]

Each question of `interview_questions.txt` is said by each engine through the real service (its
child process, the encoder, no cache), decoded again and given to Whisper base (int8, one thread,
English, beam 5), as many as fit into one window of 26 s with 0.8 s of silence between them.
Reported per engine:

- words misheard: word errors over all questions. Both sides are written alike before they are
  compared: numbers as words, British and American spellings as one, compounds that are written
  in one word or two as two, no punctuation. Nothing else is forgiven.
- delay: from asking for an uncached sentence to its first packet, wall time and CPU time of the
  child, and the CPU time until all of it is encoded. Wall time counts only on an idle core: the
  load of the machine is reported with it.
- loudness (ITU-R BS.1770, gated, LUFS), peak (dBFS), and silence before and after the words.
- the child's CPU time to load, and its memory.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from media_server.audio.growing_packets import GrowingPackets
from media_server.audio.opus import OpusDecoder
from media_server.audio.types import SpeechClip
from media_server.tools.wer import word_errors
from media_server.tts.factory import create_text_to_speech
from media_server.tts.settings import TtsSettings

WINDOW_S = 26.0
KOKORO = Path("build/models/kokoro/kokoro")
QUESTIONS = Path(__file__).with_name("interview_questions.txt")
_TICKS_S = 1 / os.sysconf("SC_CLK_TCK")
_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SPELLINGS = {
    "licence": "license", "licences": "licenses", "behaviour": "behavior", "organise": "organize",
    "optimisation": "optimization", "colour": "color", "%": " percent", "c#": "c sharp",
    "c++": "c plus plus", "node.js": "node js", "http/": "http ", "http2": "http 2",
    "http3": "http 3", "websocket": "web socket", "websockets": "web sockets",
    "quick sort": "quicksort", "post mortem": "postmortem", "on line": "online",
    "re factor": "refactor", "life cycle": "lifecycle", "okay": "ok", "go routines": "goroutines",
    "data base": "database", "micro services": "microservices", "dead lock": "deadlock",
    "dash board": "dashboard", "server less": "serverless", "idem potent": "idempotent",
    "roll back": "rollback", "over fitting": "overfitting",
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--engines", default="hibari,flite,espeak")
    parser.add_argument("--limit", type=int, default=200)
    parser.add_argument("--model", type=Path, default=Path("build/models/whisper/base"))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    questions = QUESTIONS.read_text().splitlines()[: options.limit]
    results = []
    for engine in options.engines.split(","):
        row, clips = asyncio.run(said(engine, questions))
        if options.model.is_dir():
            row.update(heard(options.model, clips))
        results.append(row)
        print(json.dumps(row), flush=True)
    if options.json:
        options.json.write_text(json.dumps({"voices": results}, indent=1) + "\n")


async def said(engine: str, questions: list[str]) -> tuple[dict[str, Any], list[SpeechClip]]:
    settings = TtsSettings(engine=engine, cache_dir=None, memory_bytes=0, kokoro_dir=KOKORO)
    voice = create_text_to_speech(settings)
    await voice.start()
    pid = voice._voices._hosts[0].pid
    assert pid is not None
    load_cpu_s = cpu_s(pid)
    clips, wall_ms, cpu_ms, whole_cpu_ms = [], [], [], []
    load_before = os.getloadavg()[0]
    for question in questions:
        began_s, began_cpu_s = time.perf_counter(), cpu_s(pid)
        clips.append(await voice.speak(question, locale="en", deadline_s=60, early=True))
        wall_ms.append(1000 * (time.perf_counter() - began_s))
        cpu_ms.append(1000 * (cpu_s(pid) - began_cpu_s))
        await ended(clips[-1])
        whole_cpu_ms.append(1000 * (cpu_s(pid) - began_cpu_s))
    memory_mb = resident_mb(pid)
    await voice.close()
    sounds = [pcm_of(clip) for clip in clips]
    loudness = [lufs(sound) for sound in sounds]
    edges = [silence_ms(sound) for sound in sounds]
    return {
        "engine": clips[0].engine,
        "voice": clips[0].voice,
        "sentences": len(clips),
        "speech_s": round(sum(clip.duration_s for clip in clips), 1),
        "load": [round(load_before, 1), round(os.getloadavg()[0], 1)],
        "load_cpu_s": round(load_cpu_s, 2),
        "memory_mb": round(memory_mb),
        "wall_ms": spread(wall_ms),
        "cpu_ms": spread(cpu_ms),
        "whole_cpu_ms": spread(whole_cpu_ms),
        "lufs": spread(loudness),
        "peak_dbfs": round(20 * float(np.log10(max(np.max(np.abs(s)) for s in sounds))), 1),
        "lead_ms": spread([lead for lead, _ in edges]),
        "tail_ms": spread([tail for _, tail in edges]),
    }, clips


async def ended(clip: SpeechClip) -> None:
    """All of it is encoded."""
    if isinstance(clip.packets, GrowingPackets):
        done = asyncio.Event()
        clip.packets.when_ended(done.set)
        await done.wait()


def heard(model: Path, clips: list[SpeechClip]) -> dict[str, Any]:
    from faster_whisper import WhisperModel  # noqa: PLC0415  # only where there is a model

    whisper = WhisperModel(
        str(model), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True
    )
    wrong = total = 0
    misheard: list[list[str]] = []
    for said_text, sound in windows(clips):
        segments, _ = whisper.transcribe(
            sound, language="en", beam_size=5, condition_on_previous_text=False
        )
        text = " ".join(segment.text for segment in segments)
        errors, words = word_errors(alike(said_text), alike(text))
        wrong, total = wrong + errors, total + words
        if errors:
            misheard.append([said_text, text.strip()])
    return {
        "words": total,
        "misheard": wrong,
        "misheard_percent": round(100 * wrong / total, 2),
        "examples": misheard,
    }


def windows(clips: list[SpeechClip]) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Clips together, in their order: (their texts, their sound with silence between)."""
    held: list[SpeechClip] = []
    gap = np.zeros(int(0.8 * 16_000), np.float32)
    for number, clip in enumerate(clips, 1):
        held.append(clip)
        length_s = sum(one.duration_s + 0.8 for one in held)
        following_s = clips[number].duration_s if number < len(clips) else WINDOW_S
        if length_s + following_s > WINDOW_S:
            sound = np.concatenate([part for one in held for part in (pcm_of(one), gap)])
            yield " ".join(one.text for one in held), sound
            held = []


def alike(text: str) -> str:
    """As both sides are compared."""
    text = text.lower().replace("-", " ")
    for written, same in _SPELLINGS.items():
        if written.isalpha() or " " in written:
            text = re.sub(rf"\b{written}\b", same, text)
        else:
            text = text.replace(written, same)
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = re.sub(r"(\d+)\.(\d+)", lambda m: f"{m[1]} point {' '.join(m[2])}", text)
    return re.sub(r"\d+", lambda m: f" {in_words(int(m[0]))} ", text)


def in_words(number: int) -> str:
    if number < 20:
        return _ONES[number]
    if number < 100:
        rest = f" {_ONES[number % 10]}" if number % 10 else ""
        return _TENS[number // 10 - 2] + rest
    if 2000 < number < 2100 and number > 2009:  # a year
        return f"{in_words(number // 100)} {in_words(number % 100)}"
    for unit, name in ((1_000_000, "million"), (1000, "thousand"), (100, "hundred")):
        if number >= unit:
            rest = f" {in_words(number % unit)}" if number % unit else ""
            return f"{in_words(number // unit)} {name}{rest}"
    raise AssertionError


def pcm_of(clip: SpeechClip) -> NDArray[np.float32]:
    with OpusDecoder(16_000) as decoder:
        pcm = np.concatenate([decoder.decode(packet) for packet in clip.packets])
    return (pcm / 32_768).astype(np.float32)


def lufs(sound: NDArray[np.float32], rate_hz: int = 16_000) -> float:
    """Integrated loudness: K-weighted, gated at -70 LUFS and 10 below the mean."""
    weighted = np.fft.irfft(np.fft.rfft(sound) * k_weighting(sound.size, rate_hz), sound.size)
    block, step = int(0.4 * rate_hz), int(0.1 * rate_hz)
    power = np.array([
        np.mean(weighted[at : at + block] ** 2)
        for at in range(0, max(1, sound.size - block), step)
    ])  # fmt: skip
    levels = -0.691 + 10 * np.log10(np.maximum(power, 1e-12))
    kept = power[levels > -70]
    gate = -0.691 + 10 * np.log10(np.mean(kept)) - 10
    return float(-0.691 + 10 * np.log10(np.mean(kept[levels[levels > -70] > gate])))


def k_weighting(samples: int, rate_hz: int) -> NDArray[np.complex128]:
    """The two filters of BS.1770 (given for 48 kHz), by their response at each frequency."""
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(samples, 1 / rate_hz) / 48_000)
    shelf = (1.53512485958697 - 2.69169618940638 * z + 1.19839281085285 * z**2) / (
        1 - 1.69065929318241 * z + 0.73248077421585 * z**2
    )
    high = (1 - 2 * z + z**2) / (1 - 1.99004745483398 * z + 0.99007225036621 * z**2)
    return np.asarray(shelf * high, np.complex128)


def silence_ms(sound: NDArray[np.float32]) -> tuple[float, float]:
    """Before and after the words: below the peak by more than 40 dB."""
    loud = np.flatnonzero(np.abs(sound) > np.max(np.abs(sound)) / 100)
    return loud[0] / 16.0, (sound.size - 1 - loud[-1]) / 16.0


def spread(values: list[float]) -> dict[str, float]:
    p5, p50, p95 = np.percentile(values, [5, 50, 95])
    return {"p5": round(float(p5), 1), "p50": round(float(p50), 1), "p95": round(float(p95), 1)}


def cpu_s(pid: int) -> float:
    """Of the process's first thread, the only one that works, to the nanosecond; and of the
    children it has waited for (flite, espeak's forks), to the tick."""
    own_ns = int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return own_ns / 1e9 + sum(map(int, fields[13:15])) * _TICKS_S


def resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    main()
