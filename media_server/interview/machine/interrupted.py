"""Somebody speaks over the bot: it has fallen silent, and what was meant is known by the words.

A turn is open then, so nothing that is said is lost. What `interruptions.judge` makes of its words
decides whether the bot goes on, and which answer they belong to: that of the question being asked,
or the one before it, which had been cut off.
"""

from __future__ import annotations

from collections.abc import Sequence

from media_server import spacing
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.agenda import CANDIDATE_QUESTIONS_ID
from media_server.interview.backchannels import is_backchannel, words
from media_server.interview.interruptions import (
    GOES_ON,
    QUIET_S,
    UNDERSTOOD_S,
    Heard,
    Over,
    Verdict,
    begins_joined,
    judge,
    may_go_on,
    repeats,
)
from media_server.interview.machine.draft import Draft
from media_server.interview.machine.rounds import plan, request_next
from media_server.interview.machine.turns import end_turn, is_open, open_turn
from media_server.interview.machine.utterances import end, request, show_hint
from media_server.interview.pacing import BARGE_IN_WORD_S, LADDER
from media_server.interview.phrases import phrase
from media_server.interview.settling import said_something
from media_server.interview.spoken_requests import recognise
from media_server.interview.state import Interruption, State, Turn
from media_server.interview.status import TurnEndReason, UtteranceKind
from media_server.interview.their_replies import reply_to_floor

_JUDGED: frozenset[UtteranceKind] = frozenset(
    {
        "question", "repeat", "rephrase", "not_heard", "skip_offer", "leave_offer", "human_note",
        "question_note", "faq_answer", "bridge", "summary", "recap", "no_summary", "nothing_so_far",
    }
)  # fmt: skip
"""Over these a back-channel may be said. What asks for yes or no is not among them."""
_INVITES: frozenset[UtteranceKind] = frozenset({"skip_offer", "leave_offer"})
MAX_AGAIN = 2
"""So often the bot goes on at the start of one sentence; then once from where it was; then the
floor is the candidate's, and the question stands on the screen."""
MAX_REPAIRS = 2
"""So often an answer is gone on with over the next question."""
_NOT_BY_CANDIDATE: frozenset[TurnEndReason] = frozenset(
    {"silence", "soft_landing", "hard_limit", "cut_off_repaired"}
)
"""Ends of a turn that the candidate did not ask for: only such cut an answer off."""
PADDING_S = 0.2
"""Of a segment, before and after its speech."""


def begin(draft: Draft, input_: inp.BargeIn) -> None:
    """The bot stops and a turn opens, whatever it will prove to be."""
    state, utterance = draft.state, draft.state.utterance
    if utterance is None:
        return
    judged = utterance.kind not in _JUDGED or state.time_up
    cut_off = None if judged else _may_have_been_cut_off(state, input_)
    draft.emit(
        ev.BargedIn(
            utterance_id=utterance.utterance_id,
            heard_s=round(input_.heard_s, 3),
            resume_from_s=round(input_.resume_from_s, 3),
            start_s=round(input_.start_s, 3),
            speech_s=round(input_.speech_s, 3),
            judged=judged,
            repairs=cut_off.turn_epoch if cut_off is not None else 0,
        )
    )
    end(draft, input_.heard_s, "interrupted", "barge-in", judged=judged)
    if draft.state.time_up:
        request_next(draft)
        return
    prompt_id = _current_id(state) if utterance.kind == "question" else state.answering
    if cut_off is not None:
        prompt_id = cut_off.prompt_id
    open_turn(draft, "barge-in", prompt_id, input_.start_s)


def _current_id(state: State) -> str:
    return state.prompt.prompt_id if state.prompt is not None else ""


def _may_have_been_cut_off(state: State, input_: inp.BargeIn) -> Turn | None:
    """The last turn that said something of the answer that the speech may be going on with."""
    utterance = state.utterance
    if utterance is None or not may_go_on(utterance.kind, input_.heard_s - input_.speech_s):
        return None
    position = state.position if utterance.kind == "bridge" else state.position - 1
    if position < 0:
        return None
    prompt_id = state.agenda[position].prompt_id
    turns = state.answers[prompt_id].turns
    if sum(turn.end_reason == "cut_off_repaired" for turn in turns) >= MAX_REPAIRS:
        return None
    said = (t for t in reversed(turns) if t.counts and said_something(state, t))
    last = next(said, None)
    return last if last is not None and last.end_reason in _NOT_BY_CANDIDATE else None


# --- when it is judged ----------------------------------------------------------------------------


def judged_at_s(state: State) -> float | None:
    """When the open turn's words are judged, if nothing more comes; None: not before that.

    A late recogniser is no evidence that nothing was said: while speech goes on, or its words are
    owed, the bot stays silent. The turn ends by its own deadlines, and is judged then.
    """
    check, listening = state.interruption, state.listening
    if check is None or listening is None or listening.closing is not None:
        return None
    turn = state.turn(check.turn_epoch)
    if turn is None or listening.speaking or owes_words(state):
        return None
    if not turn.segments:
        return None if listening.words else check.since_s + BARGE_IN_WORD_S
    pause = listening.pause
    if pause is None:  # it was not reported how long it is
        return listening.quiet_since_s + QUIET_S
    if pause.held:
        return None
    return pause.since_s + max(0.0, QUIET_S - pause.silence_ms / 1000)


def owes_words(state: State) -> bool:
    """Whether the recogniser owes words by which the interruption is judged."""
    check = state.interruption
    turn_epochs = check.turn_epochs if check is not None else ()
    return any(owed.segment.turn_epoch in turn_epochs for owed in state.pending.values())


# --- what it was, and how it goes on --------------------------------------------------------------


def settle(draft: Draft) -> bool:
    """Judge the words there are. True: the bot goes on, and nothing else is to be decided."""
    check = draft.state.interruption
    turn = draft.state.turn(check.turn_epoch) if check is not None else None
    if check is None or turn is None or check.turn_epoch != draft.state.turn_epoch:
        return False
    turns = tuple(t for t in map(draft.state.turn, check.turn_epochs) if t is not None)
    verdict, prompt_id = _judged(draft.state, check, turns)
    goes_on = verdict in GOES_ON
    if goes_on and is_open(draft.state):
        end_turn(draft, "interjection", f"it was no answer: {verdict}")
    resumes = goes_on and not draft.state.time_up
    repaired = prompt_id == turn.prompt_id and not goes_on
    for judged in turns:  # the newest last: with it the interruption is judged
        draft.emit(
            ev.InterruptionJudged(
                prompt_id=prompt_id,
                round=draft.state.round_of(prompt_id),
                turn_epoch=judged.turn_epoch,
                verdict=verdict,
                repairs=check.repairs if repaired else 0,
                question_heard=not resumes and not (check.repairs and repaired),
            )
        )
    if verdict == "echo":
        note_echo(draft, "words")
    if resumes:
        _go_on(draft, check, prompt_id)
    return resumes


def _judged(state: State, check: Interruption, turns: Sequence[Turn]) -> tuple[Verdict, str]:
    """What it was, and the prompt whose answer its words are."""
    text = spacing.join(turn.text for turn in turns)
    segments = [segment for turn in turns for segment in turn.segments]
    asked = recognise(text, state.spec.candidate.locale)
    wants = asked.intent if asked is not None else None  # it is asked back about where unsure
    over = check.utterance
    began_s = check.heard_s - check.speech_s
    ends_s = max((s.end_s - PADDING_S for s in segments if s.text), default=check.stopped_s)
    verdict = judge(
        Heard(
            text=text,
            locale=state.spec.candidate.locale,
            after_s=ends_s - check.stopped_s,
            unwritten=owes_words(state)
            or any(s.untranscribed and s.speech_ms > 0 for s in segments),
            meant=any(turn.end_reason in ("done", "typed") for turn in turns),
            is_request=wants is not None,
        ),
        Over(
            text=over.text,
            duration_s=over.duration_s,
            heard_s=check.heard_s,
            began_s=began_s,
            invites=over.kind in _INVITES,
            earlier=_earlier(state, turns) if check.repairs else None,
            again=state.question_starts > 1,
            bridge=over.kind == "bridge",
        ),
    )
    if verdict == "unfinished" and over.prompt_id == CANDIDATE_QUESTIONS_ID:
        verdict = _over_their_questions(text, state.spec.candidate.locale, began_s)
    new_answer = verdict == "answer" or (verdict == "request" and wants != "not_finished")
    if check.repairs and over.kind == "question" and new_answer:
        return verdict, _current_id(state)
    return verdict, turns[-1].prompt_id


def _over_their_questions(text: str, locale: str, began_s: float) -> Verdict:
    """What may be more of the last answer, said over "Do you have any questions?". A question is no
    part of an answer, which somebody judges; nor is "no" to what was heard."""
    asks = text.rstrip().endswith(("?", "\u061f")) and not begins_joined(text, locale)
    replies = began_s >= UNDERSTOOD_S and reply_to_floor(text, locale) is not None
    return "answer" if asks or replies else "unfinished"


def _earlier(state: State, turns: Sequence[Turn]) -> str:
    """The question that the turns were opened for, and its answer until then."""
    answer = state.answers[turns[-1].prompt_id]
    said = [t.text for t in answer.turns if t not in turns]
    return " ".join([answer.prompt.text, *said])


def _go_on(draft: Draft, check: Interruption, prompt_id: str) -> None:
    """The bot goes on with what it was saying, and says no sentence over and over again."""
    utterance = check.utterance
    if utterance.kind == "bridge":
        plan(draft, "answered", "nothing was added over the bridge")
        request_next(draft)
        return
    if draft.state.gate_closed_s is not None or _came_back(draft.state, check):
        plan(draft, None, "it is said again from its start")
        text, about = utterance.text, utterance.prompt_id
        request(draft, utterance.kind, text, about, delivery=utterance.delivery)
        return
    same = utterance.again > 0 and check.resume_from_s <= utterance.from_s
    again = utterance.again + 1 if same else 1
    if again > MAX_AGAIN + 1:
        target = utterance.prompt_id if utterance.kind == "question" else prompt_id
        open_turn(draft, "interrupted too often to go on", target)
        return
    from_s = check.resume_from_s if again <= MAX_AGAIN else check.heard_s
    draft.emit(
        ev.UtteranceResumed(
            utterance_id=f"u-{draft.state.utterances + 1}",
            kind=utterance.kind,
            text=utterance.text,
            prompt_id=utterance.prompt_id,
            duration_s=utterance.duration_s,
            from_s=min(from_s, utterance.duration_s),
            again=again,
            delivery=utterance.delivery,
        )
    )


def _came_back(state: State, check: Interruption) -> bool:
    """On another connection since: its server may not have the clip to go on with."""
    turn = state.turn(check.turn_epochs[0])
    return turn is not None and turn.connection_epoch != state.connection_epoch


def late_words(draft: Draft, turn_epoch: int, text: str) -> None:
    """More words of a turn that was set aside: with them it may be part of an answer after all."""
    turn = draft.state.turn(turn_epoch)
    if turn is None or not turn.set_aside or not words(text):
        return
    if is_backchannel(text, draft.state.spec.candidate.locale, also_answers=True):
        return
    draft.emit(
        ev.InterruptionJudged(
            prompt_id=turn.prompt_id,
            round=draft.state.round_of(turn.prompt_id),
            turn_epoch=turn_epoch,
            verdict="answer",
        )
    )


# --- echo -----------------------------------------------------------------------------------------


def settle_aside(draft: Draft) -> bool:
    """What the bot said in the candidate's own turn was spoken over, and the turn is nothing but
    those words: echo. True: the candidate is listened to again, where the silence ladder was."""
    state = draft.state
    turn = state.turn(state.turn_epoch)
    if turn is None or not turn.spoken_over or state.time_up:
        return False
    if not is_echo_of(state, turn, phrase(turn.spoken_over, state.spec.candidate.locale)):
        return False
    set_echo_aside(draft, turn)
    actions = [action for _, action in LADDER]
    if turn.spoken_over in actions:
        at = actions.index(turn.spoken_over)
        draft.emit(ev.LadderReached(rung=at + 1, quiet_s=LADDER[at][0], action="echo"))
    return True


def is_echo_of(state: State, turn: Turn, spoken: str) -> bool:
    """Whether every word of a turn that has ended is the bot's own."""
    if turn.end_reason == "done" or turn.typed is not None or not turn.counts:
        return False
    unwritten = any(s.untranscribed and s.speech_ms > 0 for s in turn.segments)
    owed = any(owed.segment.turn_epoch == turn.turn_epoch for owed in state.pending.values())
    return not unwritten and not owed and repeats(turn.text, spoken)


def set_echo_aside(draft: Draft, turn: Turn) -> None:
    """Its words are no part of the answer, which goes on."""
    draft.emit(
        ev.InterruptionJudged(
            prompt_id=turn.prompt_id,
            round=draft.state.round_of(turn.prompt_id),
            turn_epoch=turn.turn_epoch,
            verdict="echo",
        )
    )
    note_echo(draft, "words")
    open_turn(draft, "it was the bot's own voice")


def note_echo(draft: Draft, by: str) -> None:
    """Told to the candidate once in an interview."""
    if not draft.state.echo_heard:
        draft.emit(ev.EchoHeard(by="signal" if by == "signal" else "words"))
        show_hint(draft, "use_headphones")


def echo_heard(draft: Draft, _input: inp.EchoHeard) -> None:
    note_echo(draft, "signal")
