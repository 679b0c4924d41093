"""What the search for a lie stands on: a world that is watched, its twin, and rules for inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar

from hypothesis import strategies as st

from media_server.dialects import interview_v1 as v1
from media_server.dialects import native
from media_server.interview import effects as fx
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import summing
from media_server.interview.agenda import agenda_for, extended
from media_server.interview.events import Durability, durability_of
from media_server.interview.fold import evolve
from media_server.interview.machine import decide
from media_server.interview.replacing import replace
from media_server.interview.rubric import Criterion, EvaluationWanted, FollowUps
from media_server.interview.spec import Consent, InterviewSpec, Limits, Question, TurnSettings
from media_server.interview.state import State, initial
from media_server.interview.status import LADDER_KINDS, TERMINAL, Status, TurnEndReason
from tests.interview.world import (
    OWED,
    TEXTS,
    World,
    assert_declared,
)

OF_A_TURN = (
    inp.SpeechStarted, inp.SpeechStopped, inp.SpeechResumed, inp.AudioLost, inp.TurnOver,
    inp.TurnNearLimit, inp.InterimHeard, inp.PauseJudged,
)  # fmt: skip
"""What an old turn's receiver or recogniser may still say, and what nobody may listen to."""
ON_THE_CALL = (fx.Play, fx.Listen, fx.CloseTurn, fx.SetWait, fx.Hold)
"""Effects that a candidate sees or hears. To stop, or to keep a pace for later, harms nobody."""
NOWHERE = (*TERMINAL, Status.PARKED, Status.DISCONNECTED)


class Watched(World):
    """A world that checks every single step, and remembers what was said to whom."""

    def __init__(self, spec: InterviewSpec, life_s: float, *, replies: bool = False) -> None:
        self.at_s: list[float] = []
        self.open_gate: int | None = None
        self.gone: set[int] = set()
        self.requested: dict[str, str] = {}
        self.ended_turns: set[int] = set()
        self.turn_is_open = False
        self.now_s = 1_000.0
        self.state = replace(initial(spec), replies=replies)
        self.log: list[ev.Event] = []
        self.effects: list[fx.Effect] = []
        self.fold(ev.Created(expires_s=self.now_s + life_s))

    def do(self, *inputs: inp.Input) -> list[ev.Event]:
        """As the shell does it: decide all, fold all."""
        start = len(self.log)
        for input_ in inputs:
            before = self.state
            events = decide(before, input_, self.now_s)
            assert self.state is before, "decide is pure"
            if isinstance(input_, OF_A_TURN) and input_.turn_epoch != before.turn_epoch:
                assert events == [], f"an old turn was listened to: {input_}"
            if before.status in TERMINAL:
                assert all(isinstance(event, OWED) for event in events), events
            for event in events:
                self.fold(event)
            assert_declared(before.status, input_, self.state.status)
        return self.log[start:]

    def fold(self, event: ev.Event) -> None:
        before, known = self.state, len(self.effects)
        super().fold(event)
        self.at_s.append(self.now_s)
        self._check_event(before, event)
        self._check_effects(before, event, self.effects[known:])
        self._check_messages(event)

    def _check_event(self, before: State, event: ev.Event) -> None:
        after, spec = self.state, self.state.spec
        match event:
            case ev.RoundAdvanced():
                assert event.round == before.round + 1 == after.round
                assert event.question_id == spec.questions[event.round].id
            case ev.UtteranceRequested():
                assert event.utterance_id not in self.requested, "an utterance's name was reused"
                self.requested[event.utterance_id] = event.text
            case ev.UtteranceStarted():
                assert event.text == self.requested[event.utterance_id], "other words than asked"
                _assert_asked(before, event, after)
                assert after.status is _WHILE.get(event.kind, Status.ASKING)
            case ev.AgendaExtended():
                assert_asked_back(before, event)
            case ev.GreetingPrepared():
                assert before.greeting_text == "", "another greeting than the one prepared"
            case ev.LadderReached():
                assert before.listening is not None
                assert not before.listening.spoke, "helped while the candidate speaks"
            case ev.TurnOpened():
                assert event.turn_epoch == before.last_turn_epoch + 1
                assert not self.turn_is_open, "two turns are open"
                self.turn_is_open = True
            case ev.Connected():
                assert after.utterance is None
                assert after.listening is None
            case ev.TurnEnded():
                assert event.turn_epoch not in self.ended_turns, "a turn ended twice"
                self.ended_turns.add(event.turn_epoch)
                self.turn_is_open = False
            case ev.Ended():
                assert before.status not in TERMINAL, "ended twice"
        assert isinstance(event, ev.RoundAdvanced) or after.round == before.round

    def _check_effects(self, before: State, event: ev.Event, found: list[fx.Effect]) -> None:
        after = self.state
        if isinstance(event, ev.Connected):
            closed = [e.connection_epoch for e in found if isinstance(e, fx.CloseCall)]
            assert closed == ([before.connection_epoch] if before.connected else [])
            self.open_gate = event.connection_epoch
        elif isinstance(event, ev.Disconnected):
            self.gone.add(event.connection_epoch)
        for effect in found:
            if isinstance(effect, ON_THE_CALL):
                assert after.connected, f"{effect} to nobody"
                assert after.status not in NOWHERE, f"{effect} in {after.status}"
                assert self.open_gate == after.connection_epoch
                assert self.open_gate not in self.gone, f"{effect} after the gate closed"
            if isinstance(effect, fx.Play):
                assert getattr(event, "spoken", True), "what has no voice was played"
                assert effect.text == self.requested.get(effect.utterance_id, self._shown(event))
                assert effect.text == self._shown(event), "text shown is not what is spoken"

    def _shown(self, event: ev.Event) -> str:
        """What the candidate reads while this is said."""
        captions = [m for m in native.momentary(event, self.state) if isinstance(m, v1.Caption)]
        assert len(captions) == 1
        return captions[0].text

    def _check_messages(self, event: ev.Event) -> None:
        """After the farewell only words that were owed are sent on."""
        if self.state.status not in TERMINAL or isinstance(event, ev.Ended):
            return
        told = [*native.durable(event, 1, self.state), *native.momentary(event, self.state)]
        assert all(isinstance(message, v1.Transcript | v1.Turn) for message in told), told

    def die(self, *, lose_lazy: bool) -> None:
        """kill -9: memory is gone, and of the log what had not been written."""
        kept = len(self.log)
        while lose_lazy and durability_of(self.log[kept - 1]) is not Durability.NOW:
            kept -= 1
        rest = [
            (ev.EVENT.validate_json(event.model_dump_json()), at_s)
            for event, at_s in zip(self.log[:kept], self.at_s[:kept], strict=True)
            if durability_of(event) is not Durability.NEVER
        ]
        self.log, self.at_s = [event for event, _ in rest], [at_s for _, at_s in rest]
        self.state = refolded(self.state.spec, rest, replies=self.state.replies)
        self.requested = {
            e.utterance_id: e.text for e in self.log if isinstance(e, ev.UtteranceStarted)
        }
        self.ended_turns = {e.turn_epoch for e in self.log if isinstance(e, ev.TurnEnded)}
        opened = {e.turn_epoch for e in self.log if isinstance(e, ev.TurnOpened)}
        self.turn_is_open = bool(opened - self.ended_turns)
        self.do(inp.Tick()) if not self.state.connected else self.hang_up("server restarted")

    def hang_up(self, reason: str) -> None:
        self.do(inp.CallEnded(self.state.connection_epoch, reason, 1.0))


def _assert_asked(before: State, event: ev.UtteranceStarted, after: State) -> None:
    """The words of the prompt, and those of the specification where it is a question of it."""
    if event.kind == "question":
        assert after.prompt is not None
        assert event.text == after.prompt.text
        if after.prompt.kind == "question":
            assert event.text == after.spec.questions[after.round].text
    if event.kind == "greeting":
        assert not before.greeting_heard, "greeted twice"


def assert_asked_back(before: State, event: ev.AgendaExtended) -> None:
    """Behind the question whose answer was given, within both budgets; no question was changed."""
    prompt, agenda = event.prompt, extended(before.agenda, event.prompt, before.position)
    if prompt.kind == "summary":
        assert agenda == (*before.agenda, prompt), "it is the last of all, and there is one"
        assert summing.has_something(before), "of nothing"
        return
    assert before.replies
    assert before.prompt is not None
    assert (prompt.kind, prompt.round) == ("follow_up", before.round)
    put = [other for other in agenda if other.kind == "follow_up"]
    assert len(put) <= before.spec.follow_up_budget
    most = before.spec.questions[before.round].follow_ups.max
    assert sum(other.round == before.round for other in put) <= most
    core = tuple(other for other in agenda if other.kind not in ("follow_up", "summary"))
    assert core == agenda_for(before.spec)


def refolded(spec: InterviewSpec, log: Sequence[tuple[ev.Event, float]], *, replies: bool) -> State:
    state = replace(initial(spec), replies=replies)
    for event, at_s in log:
        state = evolve(state, event, at_s)
    return state


_WHILE = {
    "greeting": Status.GREETING,
    "wrap_up": Status.WRAP_UP,
    **dict.fromkeys(LADDER_KINDS, Status.LISTENING),
}


def told(world: World) -> list[tuple[str, Any]]:
    """All that happened but the greeting's words: what a twin has to agree with."""
    return [
        (event.type, None if _greets(event) else event)
        for event in world.log
        if not event.type.startswith("greeting_")
    ]


def _greets(event: ev.Event) -> bool:
    return getattr(event, "kind", "") == "greeting"


Rule = TypeVar("Rule", bound=Callable[..., Any])
RULED: set[type] = set()


def feeds(*types: type) -> Callable[[Rule], Rule]:
    """This rule gives inputs of these types."""
    RULED.update(types)
    return lambda function: function


Which = Literal["this", "old", "next", "never"]
which: st.SearchStrategy[Which] = st.sampled_from(("this", "this", "this", "old", "next", "never"))
seldom = st.integers(0, 31).map(lambda n: n == 0)
texts = st.sampled_from(TEXTS)
spans = st.sampled_from((0.0, 0.2, 1.0, 2.5, 4.0, 9.0, 16.0, 31.0, 130.0))
reasons: st.SearchStrategy[TurnEndReason] = st.sampled_from(
    ("silence", "silence", "soft_landing", "hard_limit", "done")
)
CRITERIA = tuple(Criterion(id=name, text="Says what happened") for name in ("c1", "c2"))
specs = st.builds(
    lambda count, clear, most, greeting, total_ms, window_s, pause_ms, consent: InterviewSpec(
        questions=tuple(
            Question(
                id=f"q{n}",
                text=f"Question {n}?",
                clarification="I mean." if clear else None,
                follow_ups=FollowUps(max=most),
                criteria=CRITERIA,
            )
            for n in range(count)
        ),
        follow_up_budget=3,
        greeting=greeting,
        summary="offer" if clear else "off",
        candidate_questions=most == 2,
        evaluation=EvaluationWanted() if clear else None,
        turn=TurnSettings(silence_ms=700, min_turn_ms=500, max_turn_ms=20_000),
        limits=Limits(total_ms=total_ms, resume_window_s=window_s, pause_budget_ms=pause_ms),
        consent=Consent(required=consent),
    ),
    st.sampled_from((1, 3, 4, 5)),
    st.booleans(),
    st.sampled_from((0, 1, 2)),
    st.sampled_from((None, None, "Welcome to Acme.")),
    st.sampled_from((3_600_000, 3_600_000, 3_600_000, 60_000, 10_000)),
    st.sampled_from((3.0, 300.0)),
    st.sampled_from((0, 30_000, 900_000)),
    st.booleans(),
)
