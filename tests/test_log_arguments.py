"""No log line hides the server's own words.

`media_server.logging` shows numbers, machine words, our own errors and what is `Public`; any other
text becomes `<text, N chars>`. So every text that a line is given is either marked, or known here
as a machine word.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from media_server.live.tasks import TaskOwner
from media_server.logging import SafeFormatter
from tests.support.source import parsed

ROOT = Path(__file__).parents[1]
METHODS = {"debug", "info", "warning", "error", "exception", "critical"}
MACHINE_WORDS = {
    # identifiers
    "interview_id", "self.interview_id", "self._interview_id", "row.interview_id",
    "session.interview_id", "self._lease.interview_id", "self._session.interview_id",
    "self.call_id", "epoch", "entry.seq", "turn_id", "trace.turn_id", "trace.utterance_id",
    "segment_id",
    # of a closed set, in lower case with no space
    "row.status", "status.value", "reason", "action.artifact", "callback", "name", "what",
    # names of types
    "kind", "refused",
    # host:port
    "self.place",
    # errors: the formatter shows those of this house and describes all others
    "error",
    # already Public, by their type
    "stages", "session.abandon()",
}  # fmt: skip
NUMBERS = {
    "outcome", "times", "still_s", "timeout_s", "now_s", "files", "silent_s", "away_s",
    "self._bad_messages", "self._untold", "settings.workers", "process.pid", "process.returncode",
    "outcome.deliveries", "self.endpoints[0].port", "LET_GO_S", "ahead_s - self._ahead_s",
    "late.written", "damaged.damaged_bytes", "damaged.lost_s", "effect.wait_ms", "held_ms",
    "computing_ms", "trace.reply_s", "queued_s", "worked_s", "number", "process.number",
    "death.again_s",
}  # fmt: skip
SHOWN_CALLS = {"len", "Public", "describe_error", "place_of"}


def log_arguments() -> Iterator[tuple[str, ast.expr]]:
    for room in ("media_server", "signaling"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(parsed(path)):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr in METHODS
                    and ast.unparse(node.func.value) == "logger"
                ):
                    for argument in node.args[1:]:
                        yield f"{path.relative_to(ROOT)}:{argument.lineno}", argument


def is_shown(argument: ast.expr) -> bool:
    text = ast.unparse(argument)
    if text in MACHINE_WORDS | NUMBERS or isinstance(argument, ast.Constant):
        return True
    if isinstance(argument, ast.Starred):
        return text.startswith("*map(Public,")
    if isinstance(argument, ast.Attribute):
        return argument.attr == "__name__"
    return isinstance(argument, ast.Call) and ast.unparse(argument.func) in SHOWN_CALLS


def test_every_text_in_a_log_line_is_shown() -> None:
    arguments = list(log_arguments())
    assert len(arguments) > 80, "the search finds what it looks for"
    hidden = [f"{where}: {ast.unparse(a)}" for where, a in arguments if not is_shown(a)]
    assert not hidden, (
        "these may be shown as <text, N chars>: wrap them in Public(...) if no candidate can have "
        f"said them, or name them in this test if they are machine words: {hidden}"
    )


def test_the_owner_of_a_task_is_named(caplog: pytest.LogCaptureFixture) -> None:
    """Its name has a space in it: once it was hidden."""
    owner = TaskOwner("interview iv_1", limit=0)
    assert not owner.spawn(owner.close(), "a voice")
    shown = SafeFormatter().message(caplog.records[-1])
    assert shown == "interview iv_1: too many tasks, a voice was not started"
