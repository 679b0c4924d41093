"""Rules of the search for a lie: what a language model says, or does not, and the guard."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import ClassVar, Literal

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.machine import deadline
from media_server.interview.pacing import REPLY_WAIT_S
from media_server.interview.replies_ahead import Dropped, NextReply, ReplyKind
from media_server.interview.status import TurnEndReason
from tests.interview.walks import Watched, Which, feeds, which


class ModelRules:
    """Beside the rules of `test_stateful.Interviews`, which gives them to both of its worlds."""

    fed: ClassVar[Counter[type]] = Counter()
    world: Watched
    twin: Watched

    def give(self, *inputs: inp.Input) -> None:
        raise NotImplementedError

    def answer(self, text: str, reason: TurnEndReason, *, late: bool) -> None:
        raise NotImplementedError

    def bot_is_heard(self) -> None:
        raise NotImplementedError

    @feeds(inp.GreetingReady, inp.GreetingFailed)
    @rule(text=st.sampled_from(("Hello from a machine.", "x" * 5_000)))
    def llm_answers(self, text: str) -> None:
        self.fed[inp.GreetingReady] += 1
        self.world.do(inp.GreetingReady(text, "scripted"))
        while self.world.state.greeting_text and not self.twin.state.greeting_text:
            self.twin.do(inp.GreetingFailed("connection refused"))

    @feeds(inp.GreetingFailed)
    @rule()
    def llm_fails(self) -> None:
        self.give(inp.GreetingFailed("connection refused"))

    @feeds(inp.InstructionsFound)
    @rule(epoch=st.integers(0, 5))
    def instructions_found(self, epoch: int) -> None:
        """Flagged, and nothing else moves."""
        state = self.world.state
        flagged = {turn.turn_epoch for turn in state.turns if turn.flagged}
        self.give(inp.InstructionsFound(epoch))
        now = {turn.turn_epoch for turn in self.world.state.turns if turn.flagged}
        assert now - flagged <= {epoch}
        assert replace(self.world.state, answers=state.answers, requests=state.requests) == state

    @feeds(inp.ReplyReady, inp.ReplyFailed)
    @rule(
        which=which, kind=st.sampled_from(("next", "follow_up", "faq_answer", "fails")),
        text=st.sampled_from(("Why is that?", "Question 0?", "", "x" * 5_000)), twice=st.booleans(),
    )  # fmt: skip
    def model_replies(
        self, which: Which, kind: ReplyKind | Literal["fails"], text: str = "", twice: bool = False
    ) -> None:
        """To what it was asked, to what it was asked before, or to nothing."""
        reply, log = self.world.state.reply, len(self.world.log)
        name = reply.reply_id if reply is not None else "r-0-0"
        stem, _, number = name.rpartition("-")
        shift = {"this": 0, "old": -1, "next": 1, "never": 99}[which]
        name = f"{stem}-{int(number) + shift}"
        made: inp.Input = inp.ReplyFailed(name, "down")
        if kind != "fails":
            made = inp.ReplyReady(name, NextReply(kind, text), (Dropped("ab" * 32, "no_quote"),))
        self.give(*[made] * (1 + twice))
        asked = reply is not None and reply.status == "asked" and which == "this"
        noted = all(isinstance(event, ev.FollowUpsDropped) for event in self.world.log[log:])
        assert asked or noted, "nobody waits for it"

    @rule(text=st.sampled_from(("Why is that?", "Question 0?")), late=st.booleans())
    def candidate_is_asked_back(self, text: str, late: bool) -> None:
        """What mostly happens with a model, so that follow-ups are answered, too."""
        for _ in range(3):
            if self.world.state.listening is not None:
                self.answer("An answer of some length.", "silence", late=late)
                self.model_replies("this", "follow_up", text)
                self.bot_is_heard()
                break
            self.bot_is_heard()

    @invariant()
    def a_reply_is_awaited_for_a_second_at_most(self) -> None:
        state = self.world.state
        if state.awaits_reply and state.turn_ended_s is not None:
            at_s = deadline(state)
            assert at_s is not None
            assert at_s <= state.turn_ended_s + REPLY_WAIT_S
