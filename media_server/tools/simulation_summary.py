"""What `simulate` says at the end: words, times, word errors, delays. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from media_server.interview.prompt_names import prompt_names
from media_server.tools.simulation import Said, prompt_id_of
from media_server.tools.wer import word_errors, words

_COLUMNS = ("", "words", "spoken", "word errors", "end noticed", "next words")


def summary(result: Mapping[str, Any], said: Mapping[str, Said]) -> Iterator[str]:
    """Lines: each prompt with what was understood, then a table, then the whole."""
    answers = result["answers"]
    rows: list[tuple[str, ...]] = [_COLUMNS]
    errors_of_all = words_of_all = 0
    for name, answer in zip(prompt_names(answers), answers, strict=True):
        yield f"{name.short}. {answer['asked_text']}"
        yield f"   {answer['text'] or '(' + str(answer.get('status', 'no answer')) + ')'}"
        spoken = said.get(prompt_id_of(answer))
        if spoken is not None and spoken.text:
            errors, count = word_errors(spoken.text, answer["text"])
            errors_of_all, words_of_all = errors_of_all + errors, words_of_all + count
            yield f"   word error rate {errors / max(count, 1):.2f} against: {spoken.text}"
        rows.append(_row(name.short, answer["text"], spoken))
    if said:
        yield ""
        yield from _table(rows)
    yield from _whole(result, errors_of_all, words_of_all)


def _row(name: str, text: str, spoken: Said | None) -> tuple[str, ...]:
    count = str(len(words(text)))
    if spoken is None:
        return (name, count, "", "", "", "")
    wrong = ""
    if spoken.text:
        errors, wanted = word_errors(spoken.text, text)
        wrong = f"{errors} of {wanted}"
    return (
        name,
        count,
        f"{spoken.duration_s:.1f} s",
        wrong,
        _after(spoken.turn_ended_s, spoken.ended_s),
        _after(spoken.reply_s, spoken.turn_ended_s),
    )


def _after(at_s: float | None, since_s: float | None) -> str:
    return "" if at_s is None or since_s is None else f"+{max(0.0, at_s - since_s):.2f} s"


def _table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[n]) for row in rows) for n in range(len(_COLUMNS))]
    for row in rows:
        first, *others = (
            cell.ljust(w) if not n else cell.rjust(w)
            for n, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join((first, *others)).rstrip()


def _whole(result: Mapping[str, Any], errors: int, count: int) -> Iterator[str]:
    if count:
        yield f"word error rate of all answers: {errors / count:.3f} ({errors} of {count} words)"
    latency = result.get("latency", {}).get("decision_to_first_audio_ms", {})
    if latency.get("n"):
        yield (
            f"turn decision to next question: p50 {latency['p50']:.0f} ms, "
            f"p95 {latency['p95']:.0f} ms (n={latency['n']})"
        )
    talked_s = result.get("timing", {}).get("conversation_s")
    if talked_s:
        yield f"the interview took {int(talked_s // 60)} min {talked_s % 60:.0f} s"
