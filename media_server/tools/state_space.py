"""Every substate that an interview can be in, found by exhaustive search from its beginning.

A state holds times, texts and counters, so there are endlessly many; what may happen next depends
on far less. `substate` keeps just that, and the search takes one state for each: it gives it every
input and every deadline (each could be the earliest, given time), folds what is decided, and goes
on from what is new. A follow-up may come onto the agenda at any moment of its question: that, too,
it tries everywhere. No dice: the same table gives the same result.
"""

from __future__ import annotations

import gc
from collections import defaultdict, deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from functools import cache

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import pacing, summing
from media_server.interview.agenda import follow_up
from media_server.interview.evaluation_events import EvaluationBegan, EvaluationDecided
from media_server.interview.fold import evolve
from media_server.interview.machine import TABLE, Handled, interrupted, no_audio
from media_server.interview.machine.confirming import is_trusted
from media_server.interview.machine.deadlines import dues
from media_server.interview.machine.deciding import has_pending_words, segment_heard, turn_over
from media_server.interview.machine.draft import Draft
from media_server.interview.machine.replying import keep_in_step
from media_server.interview.machine.requests import LISTENING_ON
from media_server.interview.machine.turns import segment_ready
from media_server.interview.replacing import replace
from media_server.interview.replies_ahead import NextReply
from media_server.interview.rubric import Criterion, FaqEntry, FollowUps
from media_server.interview.spec import Consent, InterviewSpec, Question, TurnSettings
from media_server.interview.spoken_requests import recognise
from media_server.interview.state import Skipped, State, initial
from media_server.interview.status import (
    LADDER_KINDS,
    LIVE,
    TERMINAL,
    Status,
    TurnEndReason,
    UtteranceKind,
)
from media_server.interview.summary_events import SUMMARY_ID
from media_server.segment_info import SegmentId, SegmentInfo

BEGIN_S = 1_000.0
_BEGAN = EvaluationBegan(engine="scripted", model="", rubric_hash="", runs=1, criteria=0)
_DECIDED = EvaluationDecided(
    question_id="q1", criterion_id="c1", score=3, confirmed=True, by="A", reason="", via="link"
)
Targets = dict[tuple[Status, type[inp.Input]], set[Status]]


@dataclass(slots=True)
class Space:
    """What the search found."""

    states: dict[Hashable, State] = field(default_factory=dict)
    """substate → the first state met in it"""
    targets: Targets = field(default_factory=lambda: defaultdict(set))
    """(status, input) → the other statuses that it leads to"""


def explore() -> Space:
    space = Space()
    gc.disable()  # nothing here is part of a cycle, and it looks through millions of values again
    try:
        for consent in (True, False):
            first = replace(initial(_spec(consent=consent)), replies=True)
            _search(evolve(first, ev.Created(expires_s=BEGIN_S + 1e6), BEGIN_S), space)
        _search(_summary_offered(), space)
    finally:
        gc.enable()
    return space


def _summary_offered() -> State:
    """From the moment when it is offered: what comes before is the same."""
    spec = _spec(consent=False).model_copy(update={"summary": "offer"})
    state = evolve(initial(spec), ev.Created(expires_s=BEGIN_S + 1e6), BEGIN_S)
    state = evolve(state, ev.Joined(), BEGIN_S)
    for input_ in (
        inp.CallConnected(0.0, microphone=True, channel=True), inp.StartPressed(),
        inp.GreetingReady("Hello.", "scripted"), inp.SkipPressed(), inp.VoiceReady("u-2", 2.0),
        inp.PlayoutEnded("u-2", 2.0, complete=True), inp.AnswerTyped("An answer in words."),
        inp.VoiceReady("u-3", 2.0),
    ):  # fmt: skip
        if state.status is Status.JOINED:
            state = evolve(state, ev.Consented(version="v"), BEGIN_S)
        entry = TABLE[state.status, type(input_)]
        if isinstance(entry, Handled):
            draft = Draft(state, BEGIN_S)
            entry.handler(draft, input_)
            state = draft.state
    return state


def _spec(*, consent: bool) -> InterviewSpec:
    """One question is enough, with a follow-up that may come at any time or never: the first
    prompt, the last, and an earlier one to go back to. After the follow-up none may be asked, so
    that an answer which no reply is awaited for is here, too."""
    question = Question(
        id="q1",
        text="Why?",
        clarification="For what reason?",
        follow_ups=FollowUps(max=1),
        criteria=(Criterion(id="c1", text="Gives a reason."),),
    )
    return InterviewSpec(
        questions=(question,),
        faq=(FaqEntry(q="What is the salary?", a="42,000 euros a year."),),
        consent=Consent(required=consent),
        turn=TurnSettings(max_turn_ms=60_000),
    )


def _search(first: State, space: Space) -> None:
    space.states.setdefault(substate(first), first)
    ahead = deque([first])
    while ahead:
        state = ahead.popleft()
        if first.answering == SUMMARY_ID != state.answering:
            continue  # back to an earlier answer, as from a follow-up
        for input_type, after in _followers(state):
            if after is state:
                continue
            if after.status is not state.status:
                space.targets[state.status, input_type].add(after.status)
            key = substate(after)
            if key not in space.states:
                space.states[key] = after
                ahead.append(after)


def _followers(state: State) -> Iterator[tuple[type[inp.Input], State]]:
    """What comes of each input, of each thing that is due by itself, and of a longer agenda."""
    now_s = state.entered_s
    if len(state.agenda) == 1 and state.position == 0 and state.status not in TERMINAL:
        prompt = follow_up(state.agenda[0], 1, "How is that?")
        # Whoever reads the answers puts it on: no input, and it leads to no other status.
        yield inp.Tick, evolve(state, ev.AgendaExtended(prompt=prompt, reason="asks back"), now_s)
    for input_ in _inputs(state):
        entry = TABLE[state.status, type(input_)]
        if isinstance(entry, Handled):
            draft = Draft(state, now_s)
            entry.handler(draft, input_)
            yield type(input_), _in_step(draft)
    if state.status in LIVE and state.prompt is not None:
        # What was skipped a moment ago stays out of the substate: one input depends on it.
        skipped = replace(state, skipped=Skipped(state.prompt.prompt_id, now_s))
        entry = TABLE[state.status, inp.SkipUndone]
        if isinstance(entry, Handled):
            draft = Draft(skipped, now_s)
            entry.handler(draft, inp.SkipUndone())
            yield inp.SkipUndone, _in_step(draft)
    for variant in (state, *_variants(state)):
        for due in dues(variant):
            draft = Draft(variant, max(due.at_s, now_s))
            due.act(draft)
            yield inp.Tick, _in_step(draft)
        if variant is not state and variant.status is Status.LISTENING:  # else it is an input
            draft = Draft(variant, now_s)
            turn_over(draft, inp.TurnOver(variant.turn_epoch, "silence", "", 0.0, 1.0))
            yield inp.TurnOver, _in_step(draft)


def _in_step(draft: Draft) -> State:
    """As `machine.decide` leaves it."""
    keep_in_step(draft)
    return draft.state


def _variants(state: State) -> Iterator[State]:
    """The same substate after another history, where its deadlines then do something else."""
    if state.listening is not None:
        last = len(pacing.LADDER) - 1
        yield replace(state, listening=replace(state.listening, rung=last))
        if state.utterance is None and state.gate_closed_s is None:  # else no other follows
            yield from _heard(state, waits=bool(state.pending))
    if state.status is Status.CLOSING_TURN and state.pending:
        yield from _heard(state, waits=True)


def _texts(state: State) -> tuple[str, ...]:
    return TEXTS_OF_SUMMARY if state.answering == SUMMARY_ID else TEXTS


def _heard(state: State, *, waits: bool) -> Iterator[State]:
    """Words of the turn are there; if it `waits`, those of another segment are not."""
    first = _segment(state, 100 * state.turn_epoch)
    draft = Draft(state, state.entered_s)
    segment_ready(draft, inp.SegmentReady(first))
    if waits:
        segment_ready(draft, inp.SegmentReady(_segment(state, 100 * state.turn_epoch + 1)))
    owed = draft.state
    for text in _texts(state):
        draft = Draft(owed, state.entered_s)
        segment_heard(draft, inp.SegmentHeard(first.segment_id, text))
        yield replace(draft.state, waiting_step=state.waiting_step)


def _segment(state: State, number: int) -> SegmentInfo:
    return SegmentInfo(SegmentId(1, number), state.turn_epoch, 0.0, 1.0, 900)


def substate(state: State) -> Hashable:
    """All of a state that its deadlines, and the statuses that may follow, depend on.

    Which words come next depends on more (what was answered, offered, asked before); where that
    leads to another status, the search reaches it through a turn that waits for its words.
    """
    if state.status in TERMINAL:
        return state.status
    owed = bool(state.pending) and has_pending_words(state)
    told = bool(state.greeting_text) if state.prompt is None else state.question_heard
    asks = _asks(state)
    kinds = tuple([prompt.kind for prompt in state.agenda])
    where = (state.status, kinds, state.position)
    common = (
        *where, told, state.greeting_heard, owed, state.time_up, asks,
        _summary(state) if "summary" in kinds else None,
    )  # fmt: skip
    if state.status not in LIVE:
        connected = state.status is Status.READY and state.connected
        return (*common, connected, state.came_from, state.paused_from)
    utterance, listening = state.utterance, state.listening
    return (
        *common,
        state.gate_closed_s is not None,
        state.cut_off is not None,
        state.confirming is not None
        and (state.confirming.asked, state.confirming.intent == "pause"),
        utterance is not None and (_family(utterance.kind), utterance.playing_since_s is not None),
        _interruption(state),
        state.awaits_reply,
        state.status is Status.CLOSING_TURN and (state.waiting_step, _ended_softly(state)),
        listening is not None
        and (
            listening.spoke,
            listening.closing,
            listening.rung == len(pacing.LADDER),
            no_audio.is_missed(state) is not None,
        ),
    )


def _summary(state: State) -> Hashable:
    """Whether something is said in the summary next, and whether it is over."""
    summary, words = state.summary, summing.next_words(state)
    settled = summary is not None and summary.outcome
    done = summary is not None and state.turn_epoch <= summary.heard_turn
    return words is not None, bool(settled), done


def _interruption(state: State) -> Hashable:
    """Whether it is still to be judged what somebody meant, and when that can be."""
    check = state.interruption
    if check is None:
        return None
    return bool(check.repairs), interrupted.judged_at_s(state) is not None


def _asks(state: State) -> str:
    """What the turn asks for, where it is still to be decided by its words, or again."""
    stage = state.came_from or state.status
    if stage is Status.PAUSED or state.status is Status.PAUSED:
        stage = state.paused_from or stage
    if stage is not Status.CLOSING_TURN and stage is not Status.DECIDING:
        return ""
    turn = state.turn(state.turn_epoch)
    if turn is None:
        return ""
    if turn.request == "pause":
        return "listen"
    asked = _asked(turn.text, state.spec.candidate.locale) if turn.typed is None else None
    if asked is None:
        return ""
    if asked.intent in LISTENING_ON:
        return "listen"
    return "pause" if asked.intent == "pause" and is_trusted(state, asked) else ""


_asked = cache(recognise)
"""The search meets few texts, and each of them very often."""


def _ended_softly(state: State) -> bool:
    turn = state.turn(state.turn_epoch)
    return turn is not None and turn.end_reason == "soft_landing"


def _family(kind: UtteranceKind) -> str:
    """Kinds of utterance that are followed by the same."""
    if kind in ("greeting", "question", "bridge", "wrap_up", "summary", "faq_answer"):
        return kind
    return "ladder" if kind in LADDER_KINDS else "remark"


TEXTS = ("Words of an answer.", "", "Okay.", "Repeat, please.", "Skip.", "I need a break.",
         "One moment.", "Can you summarise?", "I was not finished.",
         "What is the salary?", "Could we maybe take a short break at some point?")  # fmt: skip

TEXTS_OF_SUMMARY = ("Words of an answer.", "", "Skip.", "I need a break.", "Yes, please.", "No.")

_CHOICES: tuple[inp.ConfirmChoice, ...] = ("yes", "no", "answer")


def _inputs(state: State) -> Iterator[inp.Input]:
    """One or more of every input, as somebody could send it to this very state.

    Over 50 lines on purpose: it is the list of the inputs.
    """
    epoch = state.turn_epoch
    yield inp.LinkOpened()
    yield inp.ConsentGiven("v")
    yield inp.ConsentDeclined("v")
    for channel in (True, False):
        yield inp.CallConnected(0.0, microphone=True, channel=channel)
    yield inp.WelcomeReceived(state.connection_epoch)
    yield inp.CallEnded(state.connection_epoch, "gone", 1.0)
    yield inp.StartPressed()
    yield inp.DonePressed()
    yield inp.NotFinishedPressed()
    yield inp.RepeatPressed()
    yield inp.RephrasePressed()
    yield inp.SkipPressed()
    yield inp.ThinkPressed()
    for choice in _CHOICES:
        yield inp.ConfirmPressed(choice)
    yield inp.PausePressed()
    yield inp.ResumePressed()
    yield inp.LeavePressed()
    yield inp.CandidateTypes()
    yield inp.AnswerTyped("An answer in words.")
    yield inp.AnswerTyped("An answer that comes late.", state.agenda[0].prompt_id)
    yield inp.AnswerTyped("An answer to nothing.", "never")
    yield inp.PaceChosen("slower")
    yield inp.MuteChanged(muted=not state.muted)
    yield inp.WatchChanged(watchers=1, by="default")
    yield inp.AudioStopped(7.0)
    yield inp.AudioReturned()
    yield inp.SpeechStarted(epoch)
    yield inp.SpeechStopped(epoch)
    yield inp.SpeechResumed(epoch)
    yield inp.PauseJudged(epoch, 0, 0.9)
    for lost_ms in (1500, 6000):
        yield inp.AudioLost(epoch, lost_ms)
    segment = _segment(state, epoch)
    yield inp.SegmentReady(segment)
    yield inp.TurnNearLimit(epoch, 20.0)
    yield inp.BargeIn(0.5, 1.0, 0.0)
    if state.position > 0:  # a word of the question may have been heard: whose answer is it?
        yield inp.BargeIn(0.5, 1.6, 0.0)
    yield inp.EchoHeard(0.5)
    about_summary = state.answering == SUMMARY_ID
    if about_summary:
        yield inp.SummaryWritten("q1", "It was like this.")
    for choice in ("yes", "no") if about_summary else ():
        yield inp.SummaryChosen("yes" if choice == "yes" else "no")
    for text in _texts(state):
        yield inp.InterimHeard(epoch, text)
        yield inp.InterimHeard(epoch, text, 60_000)  # nobody has said a word for so long
        for segment_id in state.pending:
            yield inp.SegmentHeard(segment_id, text)
    yield inp.LateTry(segment.segment_id, "begun")
    yield inp.HeardAgain(inp.SegmentHeard(segment.segment_id, "Words at last."))
    yield inp.StretchHeard(epoch, (segment.segment_id,), "Better words.")
    yield inp.InstructionsFound(epoch)
    reasons: tuple[TurnEndReason, ...] = ("silence", "soft_landing")
    for reason in reasons:
        yield inp.TurnOver(epoch, reason, "", 0.0, 1.0)
    yield inp.GreetingReady("Hello.", "scripted")
    yield inp.GreetingFailed("refused")
    if state.reply is not None:
        name = state.reply.reply_id
        yield inp.ReplyReady(name, NextReply("follow_up", "How is that?"))
        yield inp.ReplyReady(name, NextReply("faq_answer", "42,000 euros."))
        yield inp.ReplyReady(name, NextReply("next"))
        yield inp.ReplyFailed(name, "no model")
    if state.utterance is not None:
        name = state.utterance.utterance_id
        yield inp.VoiceReady(name, 2.0)
        yield inp.VoiceFailed(name, "no engine")
        yield inp.PlayoutEnded(name, 2.0, complete=True)
        yield inp.PlayRefused(name)
    yield inp.GateClosed()
    yield inp.GateOpened()
    yield inp.TranscriptReviewed()
    yield inp.Evaluated(_BEGAN)
    yield inp.EvaluateAgain()
    yield inp.ScoreDecided(_DECIDED)
    yield inp.Cancel()
    yield inp.Fail("the store is lost")
