"""The summary at the end: offered, told in pieces, asked about, corrected.

It is a prompt like any other, the last of the agenda, and put on it when nothing else is left to
ask: so nobody is offered a summary of nothing, or when the time is over. Whatever becomes of it,
the farewell follows: after a no, after "that is right", after some time of silence.
"""

from __future__ import annotations

from typing import Literal

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import pacing, summing
from media_server.interview.machine.draft import Draft
from media_server.interview.machine.rounds import plan, request_next
from media_server.interview.machine.turns import end_turn, leave_turn, open_turn
from media_server.interview.machine.utterances import request, show_hint, stop
from media_server.interview.settling import has_content, said_something
from media_server.interview.state import State, Turn
from media_server.interview.status import Status
from media_server.interview.summary_events import SUMMARY_ID, By, Outcome
from media_server.interview.summary_replies import Said, said


def is_on(state: State) -> bool:
    """Whether the summary is being offered or talked about."""
    return state.answering == SUMMARY_ID and state.prompt is not None


def reply_by_s(state: State) -> float | None:
    """When it goes on without a reply; None: it does not. Who has it before them has to read it."""
    listening = state.listening
    if not is_on(state) or listening is None or listening.spoke:
        return None
    told = state.summary is not None and state.summary.told_s is not None
    wait_s = pacing.SUMMARY_READ_S if told else pacing.SUMMARY_OFFER_S
    wait_s *= state.spec.accommodations.time_multiplier
    return listening.quiet_since_s + min(wait_s, pacing.SUMMARY_LONGEST_S)


def no_reply(draft: Draft) -> None:
    stop(draft, "no reply came")
    end_turn(draft, "silence", "no reply")
    _settle(draft, "no_reply", "deadline")


# --- what is said to it ---------------------------------------------------------------------------


def follow(draft: Draft, turn: Turn) -> None:
    """A turn about the summary has ended, and asks for nothing else. Once for each turn: what was
    done about it is not done again after a lost connection."""
    state, summary = draft.state, draft.state.summary
    done = summary is not None and turn.turn_epoch <= summary.heard_turn
    if done or (summary is not None and summary.outcome and not _changes_mind(state, turn)):
        take(draft, turn)
        _say(draft, "the summary goes on")
        return
    if not said_something(state, turn) and not turn.typed:
        _nothing_heard(draft)
        return
    by: By = "text" if turn.typed is not None else "voice"
    reply = said(turn.text, state.spec.candidate.locale)
    if summary is None or summary.told_s is None:
        _to_the_offer(draft, turn, reply, by)
    else:
        _to_the_summary(draft, turn, reply, by)


def is_reply(state: State, turn: Turn) -> bool:
    """Yes, no, or something that was done about before. That it is wrong is a correction, where
    there is no time to ask for more."""
    done = state.summary is not None and turn.turn_epoch <= state.summary.heard_turn
    return done or said(turn.text, state.spec.candidate.locale) not in (None, "wrong")


def take(draft: Draft, turn: Turn) -> None:
    """The time is over: what is wrong is taken in all the same, and nothing more is said to it."""
    state, summary = draft.state, draft.state.summary
    told = summary is not None and summary.told_s is not None
    if is_on(state) and told and turn.text and not is_reply(state, turn):
        _correct(draft, turn)


def _changes_mind(state: State, turn: Turn) -> bool:
    """ "No", and then "well, yes", before the farewell has begun."""
    declined = state.summary is not None and state.summary.outcome == "declined"
    return declined and said(turn.text, state.spec.candidate.locale) == "yes"


def _nothing_heard(draft: Draft) -> None:
    if draft.state.answers[SUMMARY_ID].not_heard_said:
        _settle(draft, "no_reply", "deadline")
        return
    draft.emit(ev.NotHeard(reason="a turn without a word"))
    plan(draft, None, "nothing was heard, said once")
    request(draft, "not_heard")


def _to_the_offer(draft: Draft, turn: Turn, reply: Said | None, by: By) -> None:
    """Who corrects something at once has not heard it, and is heard all the same."""
    if reply == "yes":
        tell(draft, by)
    elif reply is not None or not turn.text:
        _settle(draft, "declined", by)
    else:
        _correct(draft, turn)
        _settle(draft, "declined", by)


def _to_the_summary(draft: Draft, turn: Turn, reply: Said | None, by: By) -> None:
    summary = draft.state.summary
    if summary is None:
        return
    asked_for_more = summary.question in ("summary_more", "summary_ask")
    more_to_tell = not summary.checked
    if reply == "enough" or (reply == "no" and asked_for_more):
        _settle(draft, "confirmed", by)
    elif reply in ("no", "wrong") or (reply == "yes" and summary.question == "summary_more"):
        draft.emit(ev.SummaryAsked(turn_epoch=turn.turn_epoch))
        _say(draft, "it was asked what is wrong")
    elif reply == "yes" and more_to_tell:
        _say(draft, "the rest of the summary")
    elif reply == "yes" or not turn.text:
        _settle(draft, "confirmed", by)
    elif len(summary.corrections) >= summing.MAX_CORRECTIONS:
        _settle(draft, "confirmed", "deadline")
    else:
        _correct(draft, turn)
        _say(draft, "the summary was corrected")


def _correct(draft: Draft, turn: Turn) -> None:
    state = draft.state
    about = summing.meant(state, turn.text)
    draft.emit(summing.corrected(state, about, turn.text, turn_epoch=turn.turn_epoch))


# --- what follows ---------------------------------------------------------------------------------


def tell(draft: Draft, by: By) -> None:
    """From its beginning: for the first time, or because it was asked for once more."""
    state = draft.state
    found = summing.sentences_of(state)
    if not found:
        _settle(draft, "declined", by)
        return
    draft.emit(ev.SummaryTold(sentences=found, by=by, turn_epoch=state.last_turn_epoch))
    _say(draft, "the summary is given")


def _say(draft: Draft, why: str) -> None:
    plan(draft, None, why)
    go_on(draft)


def _settle(draft: Draft, outcome: Outcome, by: By) -> None:
    draft.emit(ev.SummarySettled(outcome=outcome, by=by))
    some = has_content(draft.state, SUMMARY_ID)
    plan(draft, "answered" if some else "no_answer", f"summary: {outcome}")
    request_next(draft)


def go_on(draft: Draft) -> None:
    """The next of its words, the candidate's turn, or the farewell."""
    state, summary = draft.state, draft.state.summary
    asked = summary is not None and summary.question == "summary_ask" and not summary.remark
    words = summing.next_words(state)
    if is_over(state):
        request_next(draft)
    elif words is None or (asked and state.status is Status.ASKING):
        open_turn(draft, "the summary was given", SUMMARY_ID)
    else:
        request(draft, *words, SUMMARY_ID)


def is_over(state: State) -> bool:
    """It was settled; or there is nothing in it that whoever is connected now may hear."""
    if state.summary is not None and state.summary.outcome:
        return True
    return summing.is_hidden(state) or not summing.has_something(state)


def tells_again(draft: Draft) -> bool:
    """ "Repeat, please", when the summary was given. False: it is about something else."""
    summary = draft.state.summary
    told = summary is not None and summary.told_s is not None and not summing.is_hidden(draft.state)
    if not is_on(draft.state) or not told:
        return False
    tell(draft, "voice")
    return True


def asked_for(draft: Draft, by: Literal["voice", "click", "typed"]) -> None:
    """ "Can you sum it up?", where it is offered or was given: yes, or once more."""
    tell(draft, "text" if by == "typed" else by)


def told_last(state: State) -> str:
    """The last piece of the summary that was said; "": none was, or it is none of theirs."""
    summary = state.summary
    if not is_on(state) or summary is None or summing.is_hidden(state):
        return ""
    told = summing.pieces(state)[: summary.next_piece]
    return told[-1] if summary.told_s is not None and told else ""


# --- clicks ---------------------------------------------------------------------------------------


def pressed(draft: Draft, input_: inp.SummaryChosen) -> None:
    """Yes: I would like it, or it is right. No: I would not, or it is wrong."""
    state, summary = draft.state, draft.state.summary
    settled = summary is not None and summary.outcome
    if not is_on(state) or state.time_up or settled:
        return
    told = summary is not None and summary.told_s is not None
    stop(draft, "interrupted by a click")
    leave_turn(draft, "request")
    if told and input_.choice == "no":
        draft.emit(ev.SummaryAsked(turn_epoch=draft.state.turn_epoch))
        _say(draft, "it was asked what is wrong")
    elif told:
        _settle(draft, "confirmed", "click")
    elif input_.choice == "yes":
        tell(draft, "click")
    else:
        _settle(draft, "declined", "click")


def written(draft: Draft, input_: inp.SummaryWritten) -> None:
    """In place of one of its sentences. The same text again changes nothing."""
    state, summary = draft.state, draft.state.summary
    if summary is None or summing.is_hidden(state):
        return
    sentence = next((s for s in summary.sentences if s.prompt_id == input_.prompt_id), None)
    if sentence is None:
        return
    if input_.text == (summing.correction_of(state, input_.prompt_id) or sentence.text):
        return
    if len(summary.corrections) >= summing.MAX_CORRECTIONS:
        show_hint(draft, "too_many_answers")
        return
    draft.emit(summing.corrected(state, input_.prompt_id, input_.text))
    if draft.state.listening is not None:
        draft.emit(ev.AnswerGrew())  # who writes is busy with it
