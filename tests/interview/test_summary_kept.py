"""What is kept of a summary: for readers, and from whom it is hidden."""

from __future__ import annotations

import json

from media_server.dialects import native
from media_server.dialects.interview_v1 import SummarySentence
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import result
from media_server.interview.events import Durability, durability_of
from media_server.interview.own_words import own_transcript
from media_server.interview.summary_events import SUMMARY_ID
from media_server.interview.view import is_hidden
from media_server.ports import LogEntry
from media_server.store.retention_plan import redacted
from tests.interview.summary_world import ANSWERS, hear, told


def test_its_words_are_hidden_from_another_device() -> None:
    """Those of the log, as a replay would send them, and what was corrected in them."""
    world = told()
    world.do(inp.SummaryWritten("q1", "I worked in Bremen."))
    last = world.state.last_turn_epoch
    words = [e for e in world.log if isinstance(e, ev.SummaryTold | ev.SummaryCorrected)]
    assert len(words) == 2
    assert [is_hidden(event, 0) for event in words] == [False, False]
    assert [is_hidden(event, last) for event in words] == [True, True]
    sent = [message for event in words for message in native.durable(event, 9, world.state)]
    told_so = [one for one in sent if isinstance(one, SummarySentence)]
    assert [(one.prompt_id, one.correction) for one in told_so] == [
        ("q1", "I worked in Bremen."), ("q2", ""), ("q1", "I worked in Bremen."),
    ]  # fmt: skip


def test_the_result_says_what_came_of_it() -> None:
    world = told()
    world.answer("No, it was Hamburg, not Homburg.")
    hear(world)
    world.do(inp.SummaryWritten("q2", "It was a tunnel."), inp.SummaryChosen("yes"))
    hear(world)
    built = result.build("iv", world.state, now_s=world.now_s)
    assert built.summary is not None
    assert (built.summary.status, built.summary.by, built.summary.heard) == (
        "confirmed", "click", True,
    )  # fmt: skip
    assert built.summary.corrected == 2
    by_id = {answer.prompt_id: answer for answer in built.answers}
    [spoken], [written] = (by_id[name].summary_corrections for name in ("q1", "q2"))
    assert (spoken.by, spoken.text, spoken.original) == (
        "voice", "No, it was Hamburg, not Homburg.", ANSWERS["en"][0],
    )  # fmt: skip
    assert (written.by, written.text, written.start_s) == ("text", "It was a tunnel.", None)
    assert spoken.start_s is not None
    assert by_id["q1"].text == ANSWERS["en"][0], "what was heard stays"


def test_who_said_it_reads_it_at_the_answer_afterwards_and_no_other_device_does() -> None:
    world = told()
    world.answer("No, it was Hamburg, not Homburg.")
    hear(world)
    world.do(inp.SummaryWritten("q2", "It was a tunnel."), inp.SummaryChosen("yes"))
    hear(world)
    shown = own_transcript("iv", world.state, now_s=world.now_s)
    assert {one.prompt_id: one.in_summary for one in shown.answers} == {
        "q1": ("No, it was Hamburg, not Homburg.",), "q2": ("It was a tunnel.",), SUMMARY_ID: (),
    }  # fmt: skip
    hidden = world.state.last_turn_epoch
    elsewhere = own_transcript("iv", world.state, now_s=world.now_s, hidden_turns=hidden)
    assert not any(one.in_summary for one in elsewhere.answers)


def test_retention_takes_its_words_out_of_the_log() -> None:
    world = told()
    world.do(inp.SummaryWritten("q1", "I worked in Bremen."))
    entries = [
        LogEntry(seq, world.now_s, event.type, event.model_dump(mode="json", exclude={"type"}))
        for seq, event in enumerate(world.log, 1)
        if durability_of(event) is not Durability.NEVER
    ]
    changed = {entry.seq: entry for entry in redacted(entries)}
    left = json.dumps([changed.get(entry.seq, entry).data for entry in entries])
    assert "bakery" in json.dumps([entry.data for entry in entries])
    assert "bakery" not in left
    assert "Bremen" not in left
    for entry in changed.values():
        ev.EVENT.validate_python({"type": entry.type, **entry.data})
