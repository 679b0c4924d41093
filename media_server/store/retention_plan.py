"""What has to go and when, and what stands in its place: the plan of `store.retention`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from media_server.interview.erased import ERASED
from media_server.ports import LogEntry

DAY_S = 86_400.0
Artifact = Literal["audio", "transcript", "log"]

WORDS: Mapping[str, Mapping[str, Any]] = {
    "segment_transcribed": {
        "text": "",
        "words": [],
        "untranscribed": ERASED,
        "rejected": "",
        "rejected_text": "",
    },
    "stretch_transcribed": {"text": "", "words": []},
    "turn_ended": {"typed": ""},
    "typed_late": {"typed": ""},
    "requested": {"text": "", "answer": None},
    "reviewed": {"corrections": []},
    "criterion_judged": {"quotes": [], "raw": []},
    "criterion_put_off": {"raw": []},
    "evaluation_made": {"flags": []},
    "evaluation_failed": {"flags": []},
    "evaluation_decided": {"reason": ""},
    "summary_told": {"sentences": []},
    "summary_corrected": {"text": "", "original": ""},
}
"""What stands in place of the candidate's words, by type of event. Fields that are not there, or
null, stay so: the folded result keeps its form and its times. What the bot says in reply repeats
what they said, so its words go as well: see `_of_reply`."""
_SAID = ("utterance_started", "utterance_resumed")
_TELLS = ("faq_answer", "summary", "recap")
_FOLLOW_UP_ID = re.compile(r":[0-9]+$")
"""Of `agenda.follow_up`; no other prompt has such an id."""


@dataclass(frozen=True, slots=True)
class Age:
    """What decides about one interview. Days None: never."""

    interview_id: str
    ended_s: float | None
    """Time of the last entry when the status is terminal, else None."""
    last_s: float
    """Of its last entry. Times are Unix seconds."""
    expires_s: float | None = None
    """Until when the candidate may still come; None: nobody said."""
    audio_days: int | None = None
    transcript_days: int | None = None
    log_days: int | None = None
    done: frozenset[str] = frozenset()
    """Artifacts that went before."""
    audio_since_s: float | None = None
    """From when its audio counts, where that is not `ended_s`."""


@dataclass(frozen=True, slots=True)
class Action:
    """One artifact of one interview, due now."""

    interview_id: str
    artifact: Artifact
    """"log" takes the other two with it."""


def due(now_s: float, ages: Iterable[Age]) -> tuple[Action, ...]:
    """What has to go now. "log" stands for everything, alone."""
    actions: list[Action] = []
    for age in ages:
        if _is_over(age, now_s):
            actions.append(Action(age.interview_id, "log"))
        else:
            audio_since_s = age.ended_s if age.audio_since_s is None else age.audio_since_s
            limits: tuple[tuple[Artifact, float | None, int | None], ...] = (
                ("audio", audio_since_s, age.audio_days),
                ("transcript", age.ended_s, age.transcript_days),
            )
            actions += [
                Action(age.interview_id, artifact)
                for artifact, since_s, days in limits
                if artifact not in age.done and since_s is not None and _past(since_s, days, now_s)
            ]
    return tuple(actions)


def _is_over(age: Age, now_s: float) -> bool:
    if age.ended_s is None and age.expires_s is not None and age.expires_s > now_s:
        return False
    since_s = age.last_s if age.ended_s is None else age.ended_s
    return _past(since_s, age.log_days, now_s)


def _past(since_s: float, days: int | None, now_s: float) -> bool:
    return days is not None and now_s - since_s >= days * DAY_S


def redacted(entries: Iterable[LogEntry]) -> tuple[LogEntry, ...]:
    """Only the entries that change, without the candidate's words."""
    changed = []
    for entry in entries:
        instead = {
            name: value
            for name, value in {**WORDS.get(entry.type, {}), **_of_reply(entry)}.items()
            if entry.data.get(name) is not None and entry.data[name] != value
        }
        if instead:
            changed.append(LogEntry(entry.seq, entry.at_s, entry.type, {**entry.data, **instead}))
    return tuple(changed)


def quoting_clips(entries: Sequence[LogEntry]) -> tuple[str, ...]:
    """Names of the sound that is kept of the bot's words that go. A sound that also says what stays
    is not among them: it tells nothing."""
    said = [(entry, entry.data.get("clip")) for entry in entries if entry.type in _SAID]
    stays = {clip for entry, clip in said if not _of_reply(entry)}
    goes = (clip for entry, clip in said if isinstance(clip, str) and clip)
    return tuple(clip for clip in dict.fromkeys(goes) if clip not in stays)


def _of_reply(entry: LogEntry) -> Mapping[str, Any]:
    """What stands in place of the bot's words that tell what the candidate has said: a follow-up,
    with what it rests on, an answer from the FAQ, and a summary."""
    prompt = entry.data.get("prompt")
    if not isinstance(prompt, Mapping):
        prompt = {}
    if entry.type == "agenda_extended" and prompt.get("kind") == "follow_up":
        return {"prompt": {**prompt, "text": "", "grounds": None}}
    if entry.type not in _SAID:
        return {}
    asks_back = _FOLLOW_UP_ID.search(str(entry.data.get("prompt_id", "")))
    return {"text": ""} if asks_back or entry.data.get("kind") in _TELLS else {}


def seconds(text: object) -> float | None:
    """Of a time in ISO 8601, since the epoch; None: there is none, or it cannot be read."""
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None
