"""Writes docs/states.md: the state diagram and the whole transition table, from the machine itself.

The edges are found by driving `decide` through the table with a fixed seed, so a transition that
cannot happen is not drawn and one that can is not forgotten. Run: python -m
media_server.tools.states > docs/states.md
"""

from __future__ import annotations

import random
import sys
from collections import defaultdict
from collections.abc import Callable

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.events import TERMINAL, Status
from media_server.interview.machine import TABLE, Ignored, deadline, decide
from media_server.interview.model import InterviewSpec, Question
from media_server.interview.state import State, evolve, initial

WALKS = 4_000
STEPS = 60
Edges = dict[tuple[Status, Status], set[str]]


def _spec() -> InterviewSpec:
    question = Question(id="q1", text="Why?", clarification="For what reason?")
    return InterviewSpec(questions=(question, question.model_copy(update={"id": "q2"})))


def explore(seed: int = 1, walks: int = WALKS) -> Edges:
    """(from, to) → names of the inputs that lead there."""
    rng = random.Random(seed)  # noqa: S311 - a reproducible walk, no secret
    edges: Edges = defaultdict(set)
    for _ in range(walks):
        state, now_s = initial(_spec()), 1_000.0
        state = evolve(state, ev.Created(expires_s=now_s + 86_400), now_s)
        for _ in range(STEPS):
            now_s += rng.choice((0.0, 0.5))
            if rng.random() < 0.15 and (due_s := deadline(state)) is not None:
                input_: inp.Input = inp.Tick()
                now_s = max(now_s, due_s)
            else:
                input_ = rng.choice(_MAKERS)(state, rng)
            for event in decide(state, input_, now_s):
                before, state = state, evolve(state, event, now_s)
                if state.status is not before.status:
                    edges[before.status, state.status].add(type(input_).__name__)
            if state.status in TERMINAL:
                break
    return dict(edges)


def _utterance(state: State) -> str:
    return state.utterance.utterance_id if state.utterance is not None else ""


_Maker = Callable[[State, random.Random], inp.Input]
_MAKERS: tuple[_Maker, ...] = (
    lambda _s, _r: inp.LinkOpened(),
    lambda _s, _r: inp.ConsentGiven("v"),
    lambda _s, r: inp.ConsentDeclined("v") if r.random() < 0.2 else inp.ConsentGiven("v"),
    lambda _s, _r: inp.GreetingReady("Hello.", "scripted"),
    lambda _s, _r: inp.CallConnected(0.0, microphone=True, channel=True),
    lambda s, _r: inp.WelcomeReceived(s.connection_epoch),
    lambda s, _r: inp.CallEnded(s.connection_epoch, "gone", 1.0),
    lambda _s, _r: inp.StartPressed(),
    lambda _s, _r: inp.DonePressed(),
    lambda _s, _r: inp.NotFinishedPressed(),
    lambda _s, _r: inp.RepeatPressed(),
    lambda _s, _r: inp.SkipPressed(),
    lambda _s, _r: inp.PausePressed(),
    lambda _s, _r: inp.ResumePressed(),
    lambda _s, r: inp.LeavePressed() if r.random() < 0.05 else inp.Tick(),
    lambda _s, _r: inp.AnswerTyped("An answer in words."),
    lambda s, _r: inp.SpeechStarted(s.turn_epoch),
    lambda s, r: inp.SegmentReady(s.turn_epoch, f"1-{r.randint(1, 99)}", 0, 1, 900, 0, 0, -20),
    lambda s, r: inp.SegmentHeard(
        next(iter(s.pending), ""), r.choice(("words of an answer", "take a break", "repeat", ""))
    ),
    lambda s, _r: inp.TurnOver(s.turn_epoch, "silence", "", 0.0, 1.0),
    lambda _s, _r: inp.BargeIn(0.5, 1.0, 0.0),
    lambda s, _r: inp.VoiceReady(_utterance(s), 2.0),
    lambda s, _r: inp.VoiceReady(_utterance(s), 2.0),
    lambda s, _r: inp.PlayoutEnded(_utterance(s), 2.0, complete=True),
    lambda s, _r: inp.PlayoutEnded(_utterance(s), 2.0, complete=True),
    lambda _s, r: inp.Cancel() if r.random() < 0.05 else inp.Tick(),
    lambda _s, r: inp.Fail("x") if r.random() < 0.05 else inp.Tick(),
)


def diagram(edges: Edges) -> str:
    """Mermaid. What every state can do (be left, cancelled, fail, lose its call) is told below."""
    everywhere = {Status.CANCELLED, Status.FAILED, Status.ENDED_BY_CANDIDATE, Status.DISCONNECTED}
    lines = ["stateDiagram-v2", "    [*] --> created"]
    for (source, target), names in sorted(edges.items()):
        if target in everywhere:
            continue
        if source in (Status.DISCONNECTED, Status.PARKED, Status.PAUSED) and target not in (
            *TERMINAL,
            Status.PARKED,
        ):
            continue
        label = ", ".join("deadline" if name == "Tick" else name for name in sorted(names)[:6])
        more = f" (+{len(names) - 6})" if len(names) > 6 else ""
        lines.append(f"    {source.value} --> {target.value}: {label}{more}")
    lines += [f"    {status.value} --> [*]" for status in sorted(TERMINAL)]
    return "\n".join(lines)


def table() -> str:
    """Every pair of state and input: ✓ handled, · ignored; the reasons once below."""
    inputs = list(dict.fromkeys(input_ for _, input_ in TABLE))
    open_states = [status for status in Status if status not in TERMINAL]
    lines = [
        "| input | " + " | ".join(status.value for status in open_states) + " | ended |",
        "|---|" + "---|" * (len(open_states) + 1),
    ]
    reasons: dict[str, set[str]] = defaultdict(set)
    for input_ in inputs:
        cells = []
        for status in (*open_states, Status.COMPLETED):
            entry = TABLE[status, input_]
            cells.append("·" if isinstance(entry, Ignored) else "✓")
            if isinstance(entry, Ignored):
                reasons[input_.__name__].add(entry.reason)
        lines.append(f"| {input_.__name__} | " + " | ".join(cells) + " |")
    lines += ["", "Ignored, because:", ""]
    lines += [f"- {name}: {'; '.join(sorted(why))}" for name, why in sorted(reasons.items())]
    return "\n".join(lines)


def page() -> str:
    return f"""# The states of an interview

Generated from the transition table by `python -m media_server.tools.states`; a test keeps it in
step. Left out of the drawing because they hold everywhere: any live state goes to `disconnected`
when its call is lost and comes back to where it was; `paused` and `parked` go back to where they
came from; `leave`, `cancel` and a failure end any of them with what was said so far.

```mermaid
{diagram(explore())}
```

## Every pair

{table()}
"""


if __name__ == "__main__":
    sys.stdout.write(page())
