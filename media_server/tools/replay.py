"""`media-server replay LOG`: folds an exported log deterministically and tells the story.

The export is JSON lines: a header `{"interview", "spec"}`, then one entry `{"seq", "at_s", "type",
"data"}` per line, as `media-server interview export ID` writes it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from media_server.interview import events as ev
from media_server.interview.fold import evolve
from media_server.interview.result import build, iso
from media_server.interview.spec import stored_spec
from media_server.interview.state import State, initial


class BadLog(Exception):
    """The file is no exported log; the text names the line and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Step:
    seq: int
    at_s: float
    event: ev.Event
    state: State
    """After the event."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("log", type=Path, help="written by `media-server interview export`, or -")
    parser.add_argument("--result", action="store_true", help="print the folded result as JSON")
    parser.add_argument(
        "--no-words", action="store_true", help="leave out what was said, to show to others"
    )


def run(args: argparse.Namespace) -> int:
    try:
        text = sys.stdin.read() if str(args.log) == "-" else args.log.read_text("utf-8")
        # Not `splitlines`: it also splits at U+2028, which JSON leaves as it is.
        interview_id, steps = read(text.removesuffix("\n").split("\n"))
    except OSError as error:
        print(f"replay: {args.log}: {error.strerror}", file=sys.stderr)
        return 2
    except BadLog as error:
        print(f"replay: {args.log}: {error}", file=sys.stderr)
        return 2
    if args.result:
        last = steps[-1]
        print(build(interview_id, last.state, now_s=last.at_s).model_dump_json(indent=2))
        return 0
    for line in tell(interview_id, steps, words=not args.no_words):
        print(line)
    return 0


def read(lines: Iterable[str]) -> tuple[str, list[Step]]:
    """Parse and fold. Raises BadLog."""
    numbered = iter(enumerate(lines, start=1))
    header = _json(*next(numbered, (1, "")))
    if "spec" not in header or "interview" not in header:
        raise BadLog("line 1: a header with `interview` and `spec` is expected")
    try:
        state = initial(stored_spec(header["spec"]))
    except ValueError as error:
        raise BadLog(f"line 1: the spec is not valid: {error}") from None
    steps: list[Step] = []
    for number, line in numbered:
        entry = _json(number, line)
        expected = steps[-1].seq + 1 if steps else 1
        if entry.get("seq") != expected:
            raise BadLog(f"line {number}: seq {entry.get('seq')}, but {expected} is expected")
        try:
            event = ev.EVENT.validate_python({"type": entry["type"], **entry["data"]})
            at_s = float(entry["at_s"])
        except (KeyError, TypeError, ValueError) as error:
            raise BadLog(f"line {number}: {type(error).__name__} in {entry.get('type')}") from None
        state = evolve(state, event, at_s)
        steps.append(Step(expected, at_s, event, state))
    if not steps:
        raise BadLog("there is no entry after the header")
    return str(header["interview"]), steps


def _json(number: int, line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        raise BadLog(f"line {number}: not JSON") from None
    if not isinstance(value, dict):
        raise BadLog(f"line {number}: an object is expected")
    return value


def tell(interview_id: str, steps: list[Step], *, words: bool = True) -> Iterator[str]:
    """The story, a line per decision, with times from the first entry on."""
    first_s = steps[0].at_s
    yield f"interview {interview_id}, created {iso(first_s)}"
    status = None
    for step in steps:
        elapsed_s = step.at_s - first_s
        minutes, seconds = divmod(elapsed_s, 60)
        moved = ""
        if step.state.status is not status:
            status = step.state.status
            moved = f"  → {status.value}"
        yield f"{int(minutes):4d}:{seconds:06.3f}  #{step.seq:<4d} {_sentence(step, words)}{moved}"
    last = steps[-1].state
    answers = ", ".join(f"{name} {answer.status}" for name, answer in last.answers.items())
    yield f"{last.status.value}: {last.ended_reason or 'not over'}; answers: {answers}"


def _sentence(step: Step, words: bool) -> str:
    """One event in words: its type and whatever explains it."""
    fields = step.event.model_dump(exclude={"type", "words"}, exclude_none=True)
    told = []
    for name, value in fields.items():
        if name in ("text", "typed"):
            told.append(f"“{value}”" if words else f"({len(str(value).split())} words)")
        elif value not in ("", 0, 0.0, False):
            told.append(f"{name} {value}")
    return f"{step.event.type}: {', '.join(told)}" if told else step.event.type
