"""The interview machine: decides what happens next. Pure; one module for each part of an interview.

`decide(state, input, now_s)` looks the pair (status, input) up in `TABLE`, which holds **every**
pair: a handler and the states it may lead to, or "ignored, because …". It answers events;
`state.evolve` folds them, and `effects.effects` says what the shell has to do. `deadline(state)`
names the time at which `Tick` moves on by itself; every state that is not an end has one.

From the ground up: `draft` (what a handler gets), `utterances` and `rounds` (what the bot says,
which question is next), `no_audio`, `pauses` and `turns` (the candidate's), `replying` (what a
language model may say next), `interrupted` (who speaks over the bot), `requests` (what is asked for
by voice or click), `deciding` (what follows a turn), `opening`, `connection`, `ending`, `speaking`,
`deadlines`, and `table`. Each imports those before it only.
"""

from __future__ import annotations

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.machine.deadlines import deadline
from media_server.interview.machine.draft import Draft, Handled, Ignored
from media_server.interview.machine.replying import keep_in_step
from media_server.interview.machine.table import TABLE
from media_server.interview.state import State

__all__ = ["TABLE", "Handled", "Ignored", "deadline", "decide"]


def decide(state: State, input_: inp.Input, now_s: float) -> list[ev.Event]:
    """The events that this input brings about. Empty: nothing changes."""
    entry = TABLE[state.status, type(input_)]
    if isinstance(entry, Ignored):
        return []
    draft = Draft(state, now_s)
    entry.handler(draft, input_)
    keep_in_step(draft)
    return draft.events
