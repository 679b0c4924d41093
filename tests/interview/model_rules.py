"""Rules of the search for a lie: what a language model says, or does not."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import rule

from media_server.interview import inputs as inp
from media_server.interview.replies_ahead import NextReply
from tests.interview.walks import Watched, feeds


class ModelRules:
    """Beside the rules of `test_stateful.Interviews`, which gives them to both of its worlds."""

    fed: ClassVar[Counter[type]] = Counter()
    world: Watched
    twin: Watched

    def give(self, *inputs: inp.Input) -> None:
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

    @feeds(inp.ReplyReady, inp.ReplyFailed)
    @rule(fails=st.booleans())
    def model_replies(self, fails: bool) -> None:
        asks = NextReply("follow_up", "Why is that?")
        self.give(inp.ReplyFailed("r-1", "down") if fails else inp.ReplyReady("r-1", asks))
