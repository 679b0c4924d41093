"""What the page shows is what the server holds: after every click and every spoken request in every
state, as it happens, after a reload, on another device, after the repair of a cut-off.

The machine is driven as the shell does it; what a candidate would be sent goes into the client's
own store, by node, in one process. Over 400 lines on purpose: the states are listed one by one.
"""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from media_server.dialects import native
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.events import Durability, durability_of
from media_server.interview.machine import deadline
from media_server.interview.state import State
from media_server.interview.status import LIVE, TERMINAL, Status
from media_server.interview.view import is_hidden, view
from media_server.ports.dialect import Durable, Momentary
from tests.interview.world import World, make_spec
from tests.support.env import require_tool
from tests.support.segments import heard, ready

DIALECT = native.InterviewV1()
SCRIPT = Path(__file__).parent / "follow_page.mjs"


@dataclass
class Node:
    """A page at one moment: what it was sent since its parent, and what it has to show."""

    name: str
    parent: int
    messages: list[Any]
    shows: dict[str, Any]
    lost: bool = False


@dataclass
class Tree:
    nodes: list[Node] = field(default_factory=list)

    def add(self, node: Node) -> int:
        self.nodes.append(node)
        return len(self.nodes) - 1


class Followed(World):
    """A world whose candidate has the page open: `show` notes what it is sent and has to show."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.seqs: dict[int, int] = {}
        self.told: object = None
        self.missed: list[int] = []
        super().__init__(make_spec(2))

    def fold(self, event: ev.Event) -> None:
        super().fold(event)
        if durability_of(event) is not Durability.NEVER:
            self.seqs[len(self.log) - 1] = len(self.seqs) + 1
        if not self.state.connected or is_hidden(event, self.hidden_turns):
            self.missed += [len(self.log) - 1]
            return
        self.sent += DIALECT.encode(Momentary(event, self.state, ()))
        if (seq := self.seqs.get(len(self.log) - 1)) is not None:
            self.sent += DIALECT.encode(Durable(event, seq, self.state))

    @property
    def hidden_turns(self) -> int:
        return self.state.connections[-1].hidden_turns if self.state.connections else 0

    def copied(self) -> Followed:
        other = copy.copy(self)
        other.log, other.effects = list(self.log), []
        other.seqs = dict(self.seqs)
        other.sent, other.missed = [], []
        return other

    def show(self, tree: Tree, name: str, parent: int, *, lost: bool = False) -> int:
        shown = view(self.state, self.now_s)
        if shown != self.told or lost:
            self.told = shown
            self.sent += DIALECT.encode(shown)
        sent, self.sent = self.sent, []
        messages = [json.loads(text) for text in sent]
        return tree.add(Node(name, parent, messages, self.should_show(self.hidden_turns), lost))

    def replay(self, indices: list[int]) -> None:
        """What happened while nobody was connected."""
        for index in indices:
            if index in self.seqs and not is_hidden(self.log[index], self.hidden_turns):
                self.sent += DIALECT.encode(Durable(self.log[index], self.seqs[index], self.state))

    def reloaded(self, tree: Tree, name: str) -> None:
        """A page that knows nothing asks for all of the log."""
        texts: list[str] = []
        for index, event in enumerate(self.log):
            if index in self.seqs and not is_hidden(event, self.hidden_turns):
                texts += DIALECT.encode(Durable(event, self.seqs[index], self.state))
        texts += DIALECT.encode(view(self.state, self.now_s))
        messages = [json.loads(text) for text in texts]
        tree.add(Node(f"{name}, reloaded", -1, messages, self.should_show(self.hidden_turns)))

    def should_show(self, hidden_turns: int) -> dict[str, Any]:
        seen = view(self.state, self.now_s)
        return {
            "prompt": self.state.answering,
            "status": self.state.status.value,
            "can": sorted(seen.can),
            "skipped": seen.skipped or "",
            "confirm": seen.confirm or "",
            "answers": _answers(self.state, hidden_turns),
        }


def _answers(state: State, hidden_turns: int) -> dict[str, Any]:
    """As the result has them: turn by turn, and the words of one as they were said."""
    answers: dict[str, Any] = {}
    for prompt_id, answer in state.answers.items():
        said = []
        for turn in answer.turns:
            if turn.turn_epoch <= hidden_turns or turn.set_aside:
                continue
            in_order = sorted(turn.segments, key=lambda segment: segment.start_s)
            said += [
                [s.text, turn.request, "voice", bool(s.untranscribed)]
                for s in in_order
                if s.text or s.untranscribed
            ]
            if turn.typed is not None:
                said.append([turn.typed, "", "text", False])
        if said:
            answers[prompt_id] = said
    return answers


# --- the states -----------------------------------------------------------------------------------


def ready_to_start(world: World) -> None:
    world.do(inp.LinkOpened(), inp.ConsentGiven("2026-11"))
    world.connect()


def greeting(world: World) -> None:
    world.begin()


def greeting_plays(world: World) -> None:
    world.begin()
    plays(world)


def greeting_skipped(world: World) -> None:
    greeting_plays(world)
    world.do(inp.SkipPressed(""))


def plays(world: World, seconds: float = 4.0) -> None:
    utterance = world.state.utterance
    assert utterance is not None
    world.do(inp.VoiceReady(utterance.utterance_id, seconds))


def asking(world: World) -> None:
    world.begin()
    world.speak()
    plays(world)


def listening(world: World) -> None:
    world.to_question(1)


def speaking(world: World) -> None:
    world.to_question(1)
    world.do(inp.SpeechStarted(world.state.turn_epoch))


def said_something(world: World) -> None:
    speaking(world)
    says(world, "The first half of an answer.", 70)


def says(world: World, text: str | None, number: int) -> None:
    """A segment of the open turn. None: its words are owed."""
    epoch = world.state.turn_epoch
    world.do(ready(epoch, f"1-{number}", 1.0 * number, 1.0 * number + 0.9))
    world.do(inp.SpeechStopped(epoch, 500, 2000))
    if text is not None:
        world.do(heard(f"1-{number}", text))


def closing(world: World) -> None:
    said_something(world)
    world.do(inp.DonePressed())


def words_owed(world: World) -> None:
    speaking(world)
    says(world, None, 71)
    world.do(inp.TurnOver(world.state.turn_epoch, "silence", "", 1.0, 2.0))
    assert world.at(Status.CLOSING_TURN)


def words_out_of_order(world: World) -> None:
    speaking(world)
    says(world, None, 74)
    says(world, "which came before the first.", 75)
    world.do(heard("1-74", "These are my words,"))


def unclear(world: World) -> None:
    said_something(world)
    says(world, None, 76)
    world.do(heard("1-76", "", failed="the recogniser gave up"))


def answered(world: World) -> None:
    world.to_question(1)
    world.answer("My first answer is long enough.")


def second_asked(world: World) -> None:
    answered(world)
    plays(world)


def cut_off_repaired(world: World) -> None:
    second_asked(world)
    world.now_s += 0.8
    world.do(inp.BargeIn(2.0, 0.8, 0.0))
    says(world, "and also that the plants were old.", 72)


def spoken_over(world: World) -> None:
    second_asked(world)
    world.now_s += 3.0
    world.do(inp.BargeIn(2.0, 3.0, 0.0))
    says(world, "okay", 73)


def second_listening(world: World) -> None:
    world.to_question(2)


def back_to_first(world: World) -> None:
    world.to_question(2)
    world.do(inp.NotFinishedPressed())


def added_to_first(world: World) -> None:
    back_to_first(world)
    world.answer("One thing more about the first question.")


def may_be_request(world: World) -> None:
    world.to_question(1)
    world.answer("Could we maybe take a short break at some point?")


def confirm_asked(world: World) -> None:
    may_be_request(world)
    world.speak()


def skip_offered(world: World) -> None:
    world.to_question(1)
    world.answer("I don't know.")
    world.speak()


def skipped(world: World) -> None:
    world.to_question(1)
    world.do(inp.SkipPressed())


def skipped_and_asked(world: World) -> None:
    skipped(world)
    world.speak()


def undone(world: World) -> None:
    skipped_and_asked(world)
    world.do(inp.SkipUndone())


def repeated(world: World) -> None:
    world.to_question(1)
    world.answer("Repeat the question, please.")
    plays(world)


def thinking(world: World) -> None:
    said_something(world)
    world.do(inp.ThinkPressed())


def typed(world: World) -> None:
    said_something(world)
    world.do(inp.AnswerTyped("And this in writing."))


def paused(world: World) -> None:
    said_something(world)
    world.do(inp.PausePressed())


def paused_in_second(world: World) -> None:
    second_asked(world)
    world.do(inp.PausePressed())


def gone(world: World) -> None:
    said_something(world)
    world.do(inp.CallEnded(1, "gone", 9.0))


def microphone_dead(world: World) -> None:
    said_something(world)
    world.do(inp.AudioStopped(7.0))


def gate_closed(world: World) -> None:
    second_asked(world)
    world.do(inp.GateClosed())


def last_answered(world: World) -> None:
    world.to_question(2)
    world.answer("My second answer is long enough.")


def farewell(world: World) -> None:
    last_answered(world)
    plays(world)


def last_skipped(world: World) -> None:
    world.to_question(2)
    world.do(inp.SkipPressed())
    plays(world)


def completed(world: World) -> None:
    last_answered(world)
    world.speak()


def time_is_up(world: World) -> None:
    said_something(world)
    world.now_s += 3_700.0
    world.do(inp.Tick())


STATES: tuple[Callable[[World], None], ...] = (
    ready_to_start, greeting, greeting_plays, greeting_skipped, asking, listening, speaking,
    said_something, closing, words_owed, words_out_of_order, unclear, answered, second_asked,
    cut_off_repaired, spoken_over,
    second_listening, back_to_first, added_to_first, may_be_request, confirm_asked, skip_offered,
    skipped, skipped_and_asked, undone, repeated, thinking, typed, paused, paused_in_second, gone,
    microphone_dead, gate_closed, last_answered, farewell, last_skipped, completed, time_is_up,
)  # fmt: skip

CLICKS: tuple[Callable[[], inp.Input], ...] = (
    inp.StartPressed, inp.DonePressed, inp.NotFinishedPressed, inp.RepeatPressed,
    inp.RephrasePressed, inp.SkipPressed, inp.ThinkPressed, inp.SkipUndone, inp.PausePressed,
    inp.ResumePressed, inp.LeavePressed, inp.CandidateTypes,
    lambda: inp.AnswerTyped("Typed, in words."),
    lambda: inp.AnswerTyped("Typed to the first.", "q1"),
    lambda: inp.AnswerTyped("Typed to the second.", "q2"),
    lambda: inp.ConfirmPressed("yes"), lambda: inp.ConfirmPressed("no"),
    lambda: inp.ConfirmPressed("answer"), lambda: inp.PaceChosen("slower"),
    lambda: inp.MuteChanged(True),
)  # fmt: skip
SPOKEN = (
    "Repeat the question, please.", "Can you repeat the last part?", "Could you rephrase that?",
    "Slower, please.", "Louder, please.", "I can't hear you.", "Skip this question.",
    "I don't know.", "I need a break.", "Let me think.", "I wasn't finished.",
    "I want to leave the interview.", "Can I talk to a person?", "Can I ask you a question?",
    "Can you summarise?",
    "My microphone does not work.", "Could we maybe take a short break at some point?",
    "Yes, please.", "No, that is my answer.", "okay", "",
    "I have worked with plants for most of my life, in three gardens.",
)  # fmt: skip


def is_said(world: World, text: str) -> bool:
    """As far as somebody could say it now: over the bot, or in the turn."""
    utterance = world.state.utterance
    over = utterance is not None and utterance.playing_since_s is not None
    if not world.at(Status.LISTENING) or over:
        world.now_s += 2.5
        world.do(inp.BargeIn(90.0, 2.5, 0.0))
    if not world.at(Status.LISTENING):
        return False
    epoch = world.state.turn_epoch
    world.do(inp.SpeechStarted(epoch))
    says(world, text, 90)
    world.do(inp.TurnOver(epoch, "silence", "", 90.0, 91.0, silence_ms=2000))
    return True


def goes_on(world: Followed, tree: Tree, name: str, node: int, steps: int = 4) -> int:
    """What the bot was about to say is heard, and what is due by itself happens."""
    for step in range(steps):
        if world.state.status not in LIVE:
            break
        utterance = world.state.utterance
        if utterance is None:
            if (at_s := deadline(world.state)) is None or at_s > world.now_s + 10.0:
                break
            world.tick()
        elif utterance.playing_since_s is None:
            plays(world)
        else:
            world.speak_on()
        node = world.show(tree, f"{name}, step {step + 1}", node)
    return node


def cases() -> Tree:
    tree = Tree()
    for state in STATES:
        first = Followed()
        state(first)
        at = first.show(tree, state.__name__, -1)
        first.reloaded(tree, state.__name__)
        for number, click in enumerate(CLICKS):
            input_ = click()
            world = first.copied()
            world.do(input_)
            name = f"{state.__name__} > {type(input_).__name__} {number}"
            after_all(world, tree, name, at)
        for text in SPOKEN:
            world = first.copied()
            if is_said(world, text):
                after_all(world, tree, f"{state.__name__} > {text!r}", at)
    return tree


def after_all(world: Followed, tree: Tree, name: str, node: int) -> None:
    if not world.state.connected:  # the page is told when it is back
        world.replay(world.missed)
    node = world.show(tree, name, node)
    world.reloaded(tree, name)
    later = world.copied()
    goes_on(later, tree, name, node)
    later.reloaded(tree, f"{name}, later")
    if world.state.status in TERMINAL:
        return
    back = world.copied()
    epoch = back.state.connection_epoch
    back.do(inp.CallEnded(epoch, "gone", 95.0))
    for segment_id in list(back.state.pending):
        back.do(inp.SegmentHeard(segment_id, "Words that came while nobody was there."))
    missed = list(back.missed)
    back.do(inp.CallConnected(95.0, microphone=True, channel=True, resumed_from=epoch))
    back.replay(missed)
    node = back.show(tree, f"{name}, reconnected", node, lost=True)
    goes_on(back, tree, f"{name}, reconnected", node, 2)
    taken = world.copied()
    taken.do(inp.CallConnected(95.0, microphone=True, channel=True))
    taken.sent = []
    taken.reloaded(tree, f"{name}, on another device")


def differences(tree: Tree, shown: list[dict[str, Any]]) -> Iterator[str]:
    for node, page in zip(tree.nodes, shown, strict=True):
        for key, value in node.shows.items():
            if page[key] != value:
                yield f"{node.name}: {key} is {value!r}, the page shows {page[key]!r}"


@pytest.mark.timeout(300)
def test_the_page_shows_what_the_server_holds() -> None:
    node = require_tool("node", package="nodejs")
    tree = cases()
    nodes = [{"parent": n.parent, "lost": n.lost, "messages": n.messages} for n in tree.nodes]
    done = subprocess.run(
        [node, SCRIPT], input=json.dumps({"nodes": nodes}), capture_output=True, text=True,
        timeout=200, check=True,
    )  # fmt: skip
    shown = json.loads(done.stdout)
    assert {node.shows["status"] for node in tree.nodes} >= {status.value for status in LIVE}
    assert len(tree.nodes) > 3_000
    found = list(differences(tree, shown))
    assert not found, "\n".join([f"{len(found)} of {len(tree.nodes)}", *found[:40]])
