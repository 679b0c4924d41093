"""The result as WebVTT and as plain text. Pure."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from typing import Any

from media_server.interview.prompt_names import PromptName, prompt_names

MIN_CUE_S = 0.5


def web_vtt(result: Mapping[str, Any]) -> str:
    """W3C WebVTT: one cue per spoken turn, on the timeline of the candidate's audio.

    A cue is named by its prompt and its turn: "2.1", of a follow-up "2a.1". Typed answers have no
    time of their own and appear as notes.
    """
    parts = ["WEBVTT", f"NOTE interview {_note(str(result.get('id', '')))}"]
    for name, answer in _named(result):
        parts.append(f"NOTE {name}: {_note(answer['asked_text'])}")
        for index, turn in enumerate(_spoken(answer), start=1):
            start_s, end_s = turn.get("start_s"), turn.get("end_s")
            if start_s is None or turn.get("mode") == "text":
                parts.append(f"NOTE typed: {_note(turn['text'])}")
                continue
            end_s = max(end_s if end_s is not None else start_s, start_s + MIN_CUE_S)
            cue = f"{name.short}.{index}\n{_timestamp(start_s)} --> {_timestamp(end_s)}\n"
            parts.append(cue + f"<v Candidate>{_cue(turn['text'])}")
        if (correction := answer.get("correction")) is not None:
            parts.append(f"NOTE {_note(_corrected(correction))}")
        parts += [
            f"NOTE {_note(_in_summary(one))}" for one in answer.get("summary_corrections", ())
        ]
        for taken in _rejected(answer):
            where = f"{_timestamp(taken['start_s'])} to {_timestamp(taken['end_s'])}"
            text = f"left out, {where}, {taken['reason']}: {taken['text']}"
            parts.append(f"NOTE {_note(text)}")
    return "\n\n".join(parts) + "\n"


def text_transcript(result: Mapping[str, Any]) -> str:
    lines = [str(result.get("title", "Interview")), f"Status: {result.get('status', '')}"]
    lines += [f"Note: {notice}" for notice in result.get("notices", ())]
    for name, answer in _named(result):
        heading = name.short[:1].upper() + name.short[1:]
        lines += ["", f"{heading}. {_one_line(answer['asked_text'])}"]
        turns = list(_spoken(answer))
        for turn in turns:
            where = "typed" if turn.get("mode") == "text" else _clock(turn.get("start_s"))
            lines.append(f"   [{where}] {_one_line(turn['text'])}")
        if not turns:
            reason = answer.get("reason") or answer.get("status", "")
            lines.append(f"   (no words: {_one_line(str(reason))})")
        if (correction := answer.get("correction")) is not None:
            lines.append(f"   ({_one_line(_corrected(correction))})")
        said_later = answer.get("summary_corrections", ())
        lines += [f"   ({_one_line(_in_summary(one))})" for one in said_later]
        for taken in _rejected(answer):
            text = f"{_one_line(taken['reason'])}: {_one_line(taken['text'])}"
            lines.append(f"   ({_clock(taken['start_s'])} left out, {text})")
        if any(turn.get("untranscribed") for turn in answer.get("turns", ())):
            lines.append("   (some of this answer could not be written down; its audio is kept)")
    return "\n".join(lines) + "\n"


def _named(result: Mapping[str, Any]) -> list[tuple[PromptName, Mapping[str, Any]]]:
    answers = tuple(result.get("answers", ()))
    return list(zip(prompt_names(answers), answers, strict=True))


def _spoken(answer: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for turn in answer.get("turns", ()):
        if turn.get("text") and not turn.get("request"):
            yield turn


def _corrected(correction: Mapping[str, Any]) -> str:
    """What was heard stands before it."""
    text = correction["text"]
    return f"corrected by the candidate: {text}" if text else "taken back by the candidate"


def _in_summary(correction: Mapping[str, Any]) -> str:
    """What was said about the answer at the end. What was heard stands before it."""
    where = _clock(correction.get("start_s")) if correction["by"] == "voice" else "typed"
    return f"corrected in the summary [{where}]: {correction['text']}"


def _rejected(answer: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What the recogniser gave and nobody can have said: for people to judge."""
    for turn in answer.get("turns", ()):
        yield from turn.get("rejected", ())


def _timestamp(seconds: float) -> str:
    milliseconds = max(0, round(seconds * 1000))
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{milliseconds // 1000:02d}.{milliseconds % 1000:03d}"


def _clock(seconds: float | None) -> str:
    if seconds is None:
        return "--:--"
    return f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _note(text: str) -> str:
    """A comment may hold no blank line and no `-->`."""
    return _one_line(text).replace("-->", "→")


def _cue(text: str) -> str:
    return html.escape(_one_line(text), quote=False)
