"""An interview that had a bit of everything, as its log tells it, and the report that follows.

`python -m tests.report.example` writes `example.json`: what the page of a report is built against.
Over 400 lines on purpose: it is one story, and what tells it.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from media_server.interview import events as ev
from media_server.interview import report as rep
from media_server.interview import result
from media_server.interview.agenda import Grounds, follow_up
from media_server.interview.fold import evolve
from media_server.interview.report_build import Gap, Sound, build, spread, with_sound
from media_server.interview.report_log import LogFacts
from media_server.interview.spec import Candidate, InterviewSpec, Question
from media_server.interview.spoken_requests.model import Intent
from media_server.interview.state import State, initial
from media_server.interview.status import Status, TurnEndReason, UtteranceKind
from media_server.segment_info import SegmentId
from media_server.sentences import split_sentences

FILE = Path(__file__).with_name("example.json")
BEGAN_S = 1_795_944_600.0
INTERVIEW_ID = "int_example"
EXPIRES = "2026-12-06T10:00:00Z"
EFFECTS: dict[Intent, str] = {
    "repeat": "repeated",
    "skip": "skipped",
    "interviewer_question": "noted",
}

SPEC = InterviewSpec(
    title="Line cook, Brasserie Zürich",
    candidate=Candidate(external_id="applicant-4711 · Zoë Müller-Łuczak 李", locale="en"),
    questions=(
        Question(id="week", text="What did you cook last week? Take one dish as an example."),
        Question(id="cold", text="How do you keep a cold chain?"),
        Question(id="rush", text="Tell me about a rush that went wrong. What did you change?"),
        Question(id="allergy", text="A guest has an allergy to nuts. What do you do?"),
        Question(id="wage", text="What wage do you expect?"),
        Question(id="start", text="When could you start?"),
    ),
)


@dataclass
class Told:
    """Writes a log as a server would: time passes, and every event is folded."""

    now_s: float = BEGAN_S
    state: State = field(default_factory=lambda: initial(SPEC))
    facts: LogFacts = field(default_factory=LogFacts)
    log: list[tuple[float, ev.Event]] = field(default_factory=list)
    media_began_s: float = 0.0
    """On the clock: where the timeline of this connection begins."""
    offset_s: float = 0.0
    epoch: int = 0
    turn: int = 0
    utterance: int = 0
    segment: int = 0

    @property
    def media_s(self) -> float:
        """On the interview's timeline."""
        return round(self.offset_s + self.now_s - self.media_began_s, 3)

    def write(self, *events: ev.Event) -> None:
        for event in events:
            self.log.append((self.now_s, event))
            self.state = evolve(self.state, event, self.now_s)
            self.facts.take(self.now_s, event)

    def connect(self) -> None:
        self.epoch += 1
        self.media_began_s = self.now_s
        self.write(
            ev.Connected(
                connection_epoch=self.epoch,
                media_offset_s=self.offset_s,
                microphone=True,
                channel=True,
            )
        )

    def disconnect(self, reason: str, *, lost: int = 0) -> None:
        media_s = round(self.now_s - self.media_began_s, 3)
        self.write(
            ev.Disconnected(
                connection_epoch=self.epoch,
                reason=reason,
                media_s=media_s,
                packets_received=int(media_s * 50) - lost,
                packets_lost=lost,
                lost_ms=lost * 20,
                jitter_ms=6.5,
            )
        )
        self.offset_s = round(self.offset_s + media_s, 3)

    def say(
        self,
        kind: UtteranceKind,
        text: str,
        prompt_id: str = "",
        *,
        heard_s: float | None = None,
        seconds_per_character: float = 0.062,
    ) -> None:
        """`heard_s`: somebody spoke over it after so long."""
        self.utterance += 1
        name = f"u-{self.utterance}"
        starts_s, at_s = [], 0.0
        for sentence in split_sentences(text):
            starts_s.append(round(at_s, 2))
            at_s += len(sentence) * seconds_per_character + 0.25
        duration_s = round(at_s, 2)
        self.write(
            ev.UtteranceStarted(
                utterance_id=name,
                kind=kind,
                text=text,
                duration_s=duration_s,
                spoken=True,
                prompt_id=prompt_id,
                media_at_s=self.media_s,
                starts_s=tuple(starts_s),
                clip=f"said-{abs(hash_of(text)):012x}.ogg",
            )
        )
        media_from_s = self.media_s
        self.now_s += heard_s if heard_s is not None else duration_s
        self.write(
            ev.UtteranceEnded(
                utterance_id=name,
                kind=kind,
                heard_s=heard_s if heard_s is not None else duration_s,
                complete=heard_s is None,
                outcome="heard" if heard_s is None else "interrupted",
                reason="played" if heard_s is None else "barge-in",
                media_from_s=media_from_s,
            )
        )

    def ask(self, prompt_id: str) -> None:
        prompt = self.state.answers[prompt_id].prompt
        if prompt.kind == "question" and prompt.round is not None:
            self.write(
                ev.RoundAdvanced(
                    prompt_id=prompt_id,
                    round=prompt.round,
                    question_id=prompt_id,
                    reason="the answer before it is closed",
                )
            )
        else:
            self.write(ev.PromptAsked(prompt_id=prompt_id, round=prompt.round, reason="asked back"))
        self.say("question", prompt.text, prompt_id)

    def answer(
        self,
        prompt_id: str,
        *phrases: str,
        uncertain: tuple[str, ...] = (),
        untranscribed: str = "",
        lost_ms: int = 0,
        reason: TurnEndReason = "silence",
        request: Intent | Literal[""] = "",
    ) -> None:
        """Each phrase is a segment of its own, with a pause after it."""
        self.turn += 1
        round_ = self.state.answers[prompt_id].prompt.round
        about = {"prompt_id": prompt_id, "round": round_}
        self.write(ev.TurnOpened(turn_epoch=self.turn, reason="question heard", **about))
        self.now_s += 0.9
        first_s = last_s = self.media_s
        segments = []
        for phrase in phrases:
            start_s = self.media_s
            self.now_s += 0.34 * len(phrase.split()) + (3.0 if phrase == untranscribed else 0.0)
            last_s = self.media_s
            words = tuple(
                ev.SpokenWord(
                    w=word,
                    s=round(from_s, 3),
                    e=round(to_s, 3),
                    c=0.31 if word.strip(".,?") in uncertain else 0.93,
                )
                for word, from_s, to_s in spread(phrase, start_s, last_s)
            )
            self.segment += 1
            given_up = phrase == untranscribed
            segments.append(
                ev.SegmentTranscribed(
                    segment_id=SegmentId(self.epoch, self.segment),
                    turn_epoch=self.turn,
                    start_s=start_s,
                    end_s=last_s,
                    text="" if given_up else phrase,
                    words=() if given_up else words,
                    engine="faster_whisper",
                    model="base",
                    language="en",
                    confidence=None if given_up else 0.87,
                    speech_ms=int((last_s - start_s) * 1000),
                    lost_ms=lost_ms if phrase == phrases[0] else 0,
                    level_dbfs=-27.0,
                    untranscribed="the recogniser failed three times" if given_up else "",
                    **about,
                )
            )
            self.now_s += 0.7
        self.now_s += 1.3
        self.write(
            ev.TurnEnded(
                turn_epoch=self.turn,
                reason=reason,
                silence_ms=2000,
                start_s=first_s,
                end_s=last_s,
                lost_ms=lost_ms,
                concealed_ms=40 if lost_ms else 0,
                jitter_ms=6.5,
                **about,
            ),
            *segments,
        )
        if request:
            self.write(
                ev.Requested(
                    intent=request,
                    by="voice",
                    effect=EFFECTS[request],
                    turn_epoch=self.turn,
                    text=" ".join(phrases),
                    **about,
                )
            )

    def typed(self, prompt_id: str, text: str) -> None:
        self.turn += 1
        about = {"prompt_id": prompt_id, "round": self.state.answers[prompt_id].prompt.round}
        self.write(ev.TurnOpened(turn_epoch=self.turn, reason="question heard", **about))
        self.now_s += 14.0
        self.write(ev.TurnEnded(turn_epoch=self.turn, reason="typed", typed=text, **about))

    def close(self, prompt_id: str, status: ev.AnswerStatus = "answered", reason: str = "") -> None:
        round_ = self.state.answers[prompt_id].prompt.round
        why = reason or "silence"
        self.write(ev.AnswerClosed(prompt_id=prompt_id, round=round_, status=status, reason=why))


def hash_of(text: str) -> int:
    """The same in every process."""
    return sum((n + 1) * ord(char) for n, char in enumerate(text)) * 7919


def told() -> Told:
    """On purpose over 50 lines: it is one story."""
    it = Told()
    it.write(ev.Created(expires_s=BEGAN_S + 7 * 86_400), ev.Joined())
    it.now_s += 40
    it.write(ev.Consented(version="2026-11"))
    it.now_s += 12
    it.connect()
    it.now_s += 2.5
    it.write(ev.GreetingPrepared(text="", source="fixed", reason="first attempt"), ev.Started())
    it.say(
        "greeting", "Hello. I am an AI, and I have six questions. Say so if I should repeat one."
    )

    it.ask("week")
    it.answer("week", "Sorry, could you repeat that?", request="repeat")
    it.say("repeat", "What did you cook last week? Take one dish as an example.", "week")
    it.answer(
        "week",
        "Last week I made a braised lamb shoulder for forty covers.",
        "You sear it first, then wine, stock and about three hours at a hundred and forty.",
        "The jus was finished with a little gastrique.",
        uncertain=("jus", "gastrique"),
    )
    it.close("week")
    grounds = Grounds("about three hours at a hundred and forty", "technique")
    about = it.state.answers["week"].prompt
    back = follow_up(about, 1, "How did you know it was done?", grounds)
    it.write(ev.AgendaExtended(prompt=back, reason="a criterion is open"))
    it.ask("week:1")
    it.answer("week:1", "The bone moved when I turned it.", "And ninety two degrees inside.")
    it.close("week:1")

    it.ask("cold")
    it.answer(
        "cold",
        "Deliveries are checked first, under five degrees or they go back.",
        "Then straight into the walk-in, dated, and we log it twice a day.",
        lost_ms=1840,
    )
    it.close("cold")

    it.say(
        "question",
        "Tell me about a rush that went wrong. What did you change?",
        "rush",
        heard_s=1.9,
    )
    it.write(ev.Paused(reason="asked for"))
    it.now_s += 31
    it.write(ev.Resumed(reason="asked for"))
    it.ask("rush")
    it.answer(
        "rush", "We had eighty on a Friday and the grill went down.", "So I", reason="disconnected"
    )
    it.disconnect("gone", lost=96)
    it.now_s += 48
    it.connect()
    it.now_s += 1.5
    it.say("repeat", "Tell me about a rush that went wrong. What did you change?", "rush")
    it.answer(
        "rush",
        "Yes, so I moved two dishes to the plancha and called the times myself.",
        "We print the tickets by station now.",
        "Mumbling behind the door that nobody understands.",
        untranscribed="Mumbling behind the door that nobody understands.",
    )
    it.close("rush")

    it.ask("allergy")
    it.typed(
        "allergy", "I stop, change gloves and board, and cook it apart. =1+1 is no formula here."
    )
    it.close("allergy", reason="typed")

    it.ask("wage")
    it.answer("wage", "I would rather skip that.", request="skip")
    it.close("wage", "skipped", "asked for")

    it.ask("start")
    it.answer("start", "How long is the trial period?", request="interviewer_question")
    it.answer("start", "From the first of March.")
    it.close("start")
    it.say("wrap_up", "Thank you. That was the last question. Goodbye.")
    it.write(ev.Ended(status=Status.COMPLETED, reason="every question was asked"))
    it.now_s += 2
    it.disconnect("ended", lost=3)
    return it


def sound(told_: Told) -> Sound:
    """Of the shape that speech has: syllables, and nothing between."""
    facts, end_s = told_.facts, told_.offset_s
    step_s = max(0.05, math.ceil(end_s / 4000 * 1000) / 1000)
    count = math.ceil(end_s / step_s)
    candidate, interviewer = [4] * count, [0] * count
    for segment in (s for turn in told_.state.turns for s in turn.segments):
        _draw(candidate, segment.start_s, segment.end_s, step_s, 165)
    for piece in facts.pieces:
        start_s = piece.media_at_s or 0.0
        _draw(interviewer, start_s, start_s + piece.heard_s, step_s, 190)
    cold = next(t for t in told_.state.turns if t.prompt_id == "cold" and t.start_s is not None)
    start_s = (cold.start_s or 0.0) + 1.4
    gaps = (Gap(start_s, start_s + 1.84), Gap(start_s + 3.0, start_s + 3.04))
    for gap in gaps:
        for n in range(int(gap.start_s / step_s), int(gap.end_s / step_s)):
            candidate[n] = 0
    waveform = rep.Waveform(
        step_s=step_s, candidate=tuple(candidate), interviewer=tuple(interviewer)
    )
    return Sound(waveform, gaps)


def _draw(values: list[int], start_s: float, end_s: float, step_s: float, level: int) -> None:
    for n in range(int(start_s / step_s), min(len(values), int(end_s / step_s) + 1)):
        at_s = n * step_s
        values[n] = max(8, round(level * abs(math.sin(at_s * 9.1)) * (0.8 + 0.2 * math.sin(at_s))))


def report(told_: Told) -> rep.Report:
    files = frozenset({"audio-0001.ogg", "audio-0002.ogg"})
    made = result.build(INTERVIEW_ID, told_.state, now_s=told_.now_s, recordings=files)
    clips = frozenset(piece.clip for piece in told_.facts.pieces)
    built = build(INTERVIEW_ID, told_.state, told_.facts, made, now_s=told_.now_s, clips=clips)
    return with_sound(built, told_.state, sound(told_))


def as_served(made: rep.Report) -> dict[str, object]:
    """With what HTTP adds."""
    body = made.model_dump(mode="json", by_alias=True)
    base = f"v1/interviews/{INTERVIEW_ID}"
    for shown in (*body["recordings"], *body["spoken"]):
        if shown["file"]:
            shown["url"] = f"{base}/audio/{shown['file']}?token=example"
    for answer in body["result"]["answers"]:
        for span in answer["audio"]:
            span["url"] = f"{base}/audio/{span['file']}?token=example"
    body["branding"] = {"name": "Brasserie Zürich", "logo": None, "accent": None}
    body["links"] = {
        "json": f"{base}/report",
        "csv": f"{base}/report.csv",
        "vtt": f"{base}/transcript.vtt",
        "txt": f"{base}/transcript.txt",
        "audio": f"{base}/audio.ogg?token=example",
        "candidate_audio": f"{base}/audio.ogg?sides=candidate&token=example",
        "waveform": f"{base}/report/waveform",
        "bundle": None,
    }
    body["expires_at"] = EXPIRES
    body["scopes"] = ["report", "audio"]
    return body


def text() -> str:
    body = as_served(report(told()))
    return json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
