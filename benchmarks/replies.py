"""From the decision that a turn is over to the first packet of what is said next, with and without
a language model; and why follow-ups are dropped.

    .venv/bin/python -m benchmarks.replies [--runs 4] [--voice tone] [--json FILE]

Whole interviews over WebRTC in one process: six questions each, several at a time, at the pauses
of the defaults (2 s). The recogniser is scripted and takes 0.25 s; the voice is the real one, or a
tone. The model is a stand-in that speaks Ollama's protocol at 30 tokens a second and says what a
model may say: the made proposals of the tests.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from media_server.audio.types import Pcm
from media_server.interview.rubric import Criterion, FollowUps
from media_server.interview.spec import InterviewSpec, Question
from media_server.llm.factory import create_llm
from media_server.llm.settings import LlmSettings
from media_server.tts.factory import create_text_to_speech
from media_server.tts.settings import TtsSettings
from tests.interviewer.proposals import Proposal, proposals
from tests.live.bench import Bench, ScriptedStt, ToneVoice, open_bench
from tests.support.llm_server import MODEL, Asked, open_llm_server
from tests.support.speak import read_wav, speak_wav

TOKENS_PER_S = 30
HEARD_AFTER_S = 0.25
SHORT = "After that we talked about it for a while and everybody went home rather late that night."
"""What is answered to a follow-up: nothing is asked back about it."""


@dataclass
class Figures:
    """Delays in milliseconds, by what is said next."""

    question_ms: list[float] = field(default_factory=list)
    follow_up_ms: list[float] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def summary(self) -> dict[str, Any]:
        every = self.question_ms + self.follow_up_ms
        return {
            "all_ms": _spread(every),
            "question_ms": _spread(self.question_ms),
            "follow_up_ms": _spread(self.follow_up_ms),
            "events": dict(self.events),
            "dropped": dict(self.reasons.most_common()),
        }


def _spread(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {"n": 0}
    ordered = sorted(values)
    at_95 = ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
    found = {"p50": statistics.median(ordered), "p95": at_95, "max": ordered[-1]}
    return {"n": len(ordered), **{name: round(value) for name, value in found.items()}}


def _answers() -> dict[str, list[Proposal]]:
    """By the text of an answer: what a model may propose about it."""
    found: dict[str, list[Proposal]] = {}
    for made in proposals("en"):
        found.setdefault(made.asking.answer, []).append(made)
    return found


def _spec(follow_ups: int) -> InterviewSpec:
    return InterviewSpec(
        questions=tuple(
            Question(
                id=f"q{number}",
                text=made[0].asking.question,
                follow_ups=FollowUps(max=follow_ups),
                criteria=tuple(
                    Criterion(id=f"c{n}", text=text)
                    for n, text in enumerate(made[0].asking.criteria)
                ),
            )
            for number, made in enumerate(_answers().values(), start=1)
        ),
        greeting="Hello, I am an AI.",
        follow_up_budget=12,
    )


def _says(choose: Callable[[list[Proposal], int], Proposal]) -> Callable[[Asked], str]:
    """A model that proposes what `choose` takes of the proposals for an answer."""
    asked_about: Counter[str] = Counter()

    def answer(asked: Asked) -> str:
        shown = json.loads(asked.user.split("<answer>")[1].split("</answer>")[0])
        for text, made in _answers().items():
            if text in shown:
                chosen = choose(made, asked_about[text])
                asked_about[text] += 1
                return json.dumps({
                    "open_criteria": ["c0"], "quote": chosen.quote, "question": chosen.question,
                })  # fmt: skip
        return json.dumps({"open_criteria": [], "quote": "", "question": None})

    return answer


def _good(made: list[Proposal], count: int) -> Proposal:
    fit = [each for each in made if each.ask]
    return fit[count % len(fit)]


def _any(made: list[Proposal], count: int) -> Proposal:
    """One that is to be dropped first, then others."""
    return made[(7 * count + len(made) - 1) % len(made)]


class _InOrder(ScriptedStt):
    """Each interview hears the same texts, in their order."""

    def __init__(self, texts: Callable[[str], str]) -> None:
        super().__init__([""], HEARD_AFTER_S)
        self._text_of = texts

    def submit(self, job: Any, on_outcome: Any) -> None:
        self.texts = [self._text_of(job.interview_id)] if job.final else [""]
        super().submit(job, on_outcome)


async def _one(bench: Bench, follow_ups: int, pcm: Pcm, rate: int, figures: Figures) -> None:
    interview_id = await bench.interview(_spec(follow_ups))
    guest = await bench.call(interview_id)
    guest.send("ready")
    spoken = 0
    while not guest.of("completed"):
        session = _session(bench, interview_id)
        state = session.state if session is not None else None
        if state is not None and state.listening is not None and state.turn_epoch > spoken:
            spoken = state.turn_epoch
            await asyncio.sleep(0.3)
            guest.candidate.say(pcm, rate)
        await asyncio.sleep(0.02)
    session = _session(bench, interview_id)
    assert session is not None
    state = session.state
    kinds = [prompt.kind for prompt in state.agenda[1:]] + ["question"]
    for kind, (delay_s, _) in zip(kinds, state.latencies, strict=False):
        into = figures.follow_up_ms if kind == "follow_up" else figures.question_ms
        into.append(1000 * delay_s)
    await guest.candidate.leave()
    for entry in await bench.services.log.read(interview_id):
        if entry.type == "reply_missed":
            figures.events[f"missed_{entry.data['reason']}"] += 1
        if entry.type == "follow_ups_dropped":
            figures.reasons.update(each["reason"] for each in entry.data["dropped"])


def _session(bench: Bench, interview_id: str) -> Any:
    found = (each for each in bench.service.sessions() if each.interview_id == interview_id)
    return next(found, None)


async def measure(
    llm: LlmSettings, follow_ups: int, runs: int, voice: str, pcm: Pcm, rate: int
) -> Figures:
    """`runs` interviews at a time, one after the other half a second later."""
    figures = Figures()
    made_llm = create_llm(llm)
    bench: Bench

    def heard(interview_id: str) -> str:
        state = _session(bench, interview_id).state
        answer = state.answers[state.answering]
        if answer.prompt.kind != "question":
            return SHORT
        return list(_answers())[int(answer.prompt.round)]

    with tempfile.TemporaryDirectory() as directory:
        cache = TtsSettings(cache_dir=Path(directory) / "speech")
        tts: Any = ToneVoice() if voice == "tone" else create_text_to_speech(cache)
        async with open_bench(
            Path(directory) / "data",
            stt=_InOrder(heard),
            tts=tts,
            llm=made_llm,
        ) as bench:
            async with asyncio.TaskGroup() as group:
                for number in range(runs):
                    await asyncio.sleep(0.5 * bool(number))
                    group.create_task(_one(bench, follow_ups, pcm, rate, figures))
            figures.events.update(_counted(bench))
    await made_llm.close()
    return figures


def _counted(bench: Bench) -> dict[str, int]:
    counted = bench.services.counts.figures()
    return {name: n for name, n in counted.items() if n and ("repl" in name or "follow" in name)}


async def _all(runs: int, voice: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as directory:
        pcm, rate = read_wav(speak_wav("I was a teacher.", Path(directory) / "said.wav"))
    found["scripted"] = (await measure(LlmSettings(), 1, runs, voice, pcm, rate)).summary()
    cases: tuple[tuple[str, Any, Any], ...] = (
        ("follow_ups", "", _says(_good)),
        ("any_proposal", "", _says(_any)),
        ("dies", "dies", _says(_good)),
        ("silent", "silent", _says(_good)),
    )
    for name, fault, says in cases:
        async with open_llm_server(says) as server:
            server.tokens_per_s, server.fault = TOKENS_PER_S, fault
            settings = LlmSettings(
                engine="ollama", ollama_url=server.url, ollama_model=MODEL,
                concurrency=16, circuit_failures=1000,
            )  # fmt: skip
            figures = await measure(settings, 1, runs, voice, pcm, rate)
            found[name] = {**figures.summary(), "requests": len(server.asked)}
        print(f"{name:14} {found[name]}", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=4)
    parser.add_argument("--voice", choices=("real", "tone"), default="real")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    figures = asyncio.run(_all(arguments.runs, arguments.voice))
    print(f"{'scripted':14} {figures['scripted']}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
