"""An exported log folds to the same result and tells its story; a bad file is named."""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path

import pytest

from media_server.interview.events import Durability, durability_of
from media_server.interview.result import build
from media_server.tools.replay import BadLog, read, run, tell
from tests.interview.world import World


def export(world: World) -> list[str]:
    lines = [json.dumps({"interview": "iv_1", "spec": world.state.spec.model_dump(mode="json")})]
    durable = [e for e in world.log if durability_of(e) is not Durability.NEVER]
    for seq, event in enumerate(durable, start=1):
        data = event.model_dump(mode="json", exclude={"type"})
        at_s = 1_000.0 + seq
        lines.append(json.dumps({"seq": seq, "at_s": at_s, "type": event.type, "data": data}))
    return lines


def finished() -> World:
    world = World()
    world.to_question(3)
    world.answer("The last answer, which nobody should read in a log.")
    world.speak()
    return world


def test_same_result_every_time() -> None:
    lines = export(finished())
    first, second = (read(lines)[1][-1] for _ in range(2))
    one, two = (build("iv_1", step.state, now_s=step.at_s) for step in (first, second))
    assert one == two
    assert [answer.status for answer in one.answers] == ["answered"] * 3


def test_story_has_reasons_and_can_leave_out_words() -> None:
    interview_id, steps = read(export(finished()))
    story = "\n".join(tell(interview_id, steps))
    assert "turn_ended" in story
    assert "silence 2000 ms" in story
    assert "→ completed" in story
    assert "nobody should read" in story
    assert "nobody should read" not in "\n".join(tell(interview_id, steps, words=False))


def test_from_standard_input_with_any_line_separator_in_the_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "\n".join(export(finished())).replace("nobody", "no\u2028body") + "\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert run(argparse.Namespace(log=Path("-"), result=False, no_words=False)) == 0
    assert "no\u2028body" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda _lines: [], "line 1: not JSON"),
        (lambda lines: lines[:1], "no entry"),
        (lambda lines: [lines[0], *lines[2:]], "line 2: seq 2, but 1 is expected"),
        (lambda lines: [*lines, "{"], "not JSON"),
        (lambda _lines: ['{"interview": "x", "spec": {}}'], "spec is not valid"),
    ],
)
def test_bad_files(change: object, message: str) -> None:
    with pytest.raises(BadLog, match=message):
        read(change(export(finished())))  # type: ignore[operator]
