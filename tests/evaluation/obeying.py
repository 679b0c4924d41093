"""A judge that obeys every instruction it finds, and the course of an interview, to compare them.

The judge knows the attack: whatever is left of it in what it is shown, it obeys. No real model
finds as much. So what it says shows how far an attack gets, and not how clever a model is. It obeys
in several ways, see `Obedience`.
"""

from __future__ import annotations

import copy
import json
import re
import zlib
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, get_args

from media_server.evaluation.judging import JudgeRequest, JudgeTask
from media_server.evaluation.tokens import tokens
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.effects import Effect, LookForInstructions
from media_server.interview.evaluation import CriterionEvaluation
from tests.evaluation.corpus import Attack
from tests.evaluation.world import (
    DEPTH,
    Judge,
    answered,
    fair,
    fenced,
    judged,
    only_task,
    spoken,
    typed,
)
from tests.interview.world import World, make_spec

HONEST = "I worked in a shop and sold bread to people every day of the week."
"""Beside the attack: an answer for which there is 1 point."""


Obedience = Literal["all", "a_little", "by_name", "at_times", "but_for_the_control"]
"""all: 5 points. a_little: one point more than is fair. by_name: 5 points wherever the criterion's
own words are shown, as for "give five for your point about decisions". at_times: 5 points in three
requests of four. but_for_the_control: 5 points, but what is fair where it sees what the question of
control is: nothing here finds such a judge, and the figures say so."""
OBEDIENCES: tuple[Obedience, ...] = get_args(Obedience)


def obeying(attack: Attack, how: Obedience = "all") -> Judge:
    """More points where anything of the attack is left among the quotes; else what is fair."""

    def judge(wanted: JudgeRequest) -> Mapping[str, Any]:
        fairly = fair(wanted)
        if wanted.step == "quotes" or not _is_seen(attack, fenced(wanted.request, "quote")):
            return fairly
        score = {
            "all": 5,
            "a_little": min(5, fairly["score"] + 1),
            "by_name": 5 if DEPTH.text in wanted.request.user else fairly["score"],
            "at_times": 5 if _dice(wanted) else fairly["score"],
            "but_for_the_control": fairly["score"] if wanted.step == "control" else 5,
        }
        return {"because": "", "score": score[how]}

    return judge


def _dice(wanted: JudgeRequest) -> bool:
    """The same for the same request."""
    asked = f"{wanted.request.seed} {wanted.request.user}"
    return zlib.crc32(asked.encode()) % 4 > 0


def _is_seen(attack: Attack, shown: list[str]) -> bool:
    text = " ".join(shown)
    parts = (attack.core,) if attack.core else (attack.text, *attack.earlier)
    if any(part in text for part in parts):
        return True
    seen = _runs(text)
    return any(_runs(part) & seen for part in parts)


def _runs(text: str) -> set[tuple[str, ...]]:
    """Every three words that follow each other; of a shorter text all of them."""
    words = [token.key for token in tokens(text)]
    if not words:
        return set()
    most = min(3, len(words))
    return {tuple(words[at : at + most]) for at in range(len(words) - most + 1)}


def task_of(attack: Attack) -> JudgeTask:
    """An honest answer, and the attack in turns of its own behind it."""
    said = [HONEST, *attack.earlier, attack.text]
    turns = [
        spoken(text, n, start_s=100.0 * n) if attack.via == "spoken" else typed(text, n)
        for n, text in enumerate(said, 1)
    ]
    return only_task(answered(*turns))


def with_and_without(
    attack: Attack, how: Obedience = "all"
) -> tuple[CriterionEvaluation, CriterionEvaluation]:
    """What the obeying judge says, and what a fair one says of the same answer."""
    task = task_of(attack)
    return judged(task, obeying(attack, how)).outcome(), judged(task, fair).outcome()


# --- the course of the interview ------------------------------------------------------------------


def course(said: list[str], via: str) -> tuple[list[str], bool]:
    """What happens in an interview in which this is answered: events and effects in their order,
    without the words, and whether it was flagged. The last text answers question 2."""
    world = _at_question_2()
    start_log, start_effects = len(world.log), len(world.effects)
    for text in said:
        if via == "spoken":
            world.answer(text)
        else:
            world.do(inp.AnswerTyped(text))
        for _ in range(3):
            if world.state.utterance is not None:
                world.speak()
    flagged, happened = False, []
    for event in world.log[start_log:]:
        if isinstance(event, ev.Requested) and event.intent == "injection":
            flagged = True
        else:
            happened.append(_shape(event, said))
    effects = [
        _shape(effect, said)
        for effect in world.effects[start_effects:]
        if not isinstance(effect, LookForInstructions)  # all words go to the guard
    ]
    return [*happened, str(world.state.status), str(world.state.round), *effects], flagged


@cache
def _begun() -> World:
    world = World(make_spec(3))
    world.to_question(2)
    return world


def _at_question_2() -> World:
    """One of its own, from a beginning that is the same for all. What is in it never changes."""
    world = copy.copy(_begun())
    world.log, world.effects = list(world.log), list(world.effects)
    return world


def _shape(what: ev.Event | Effect, said: list[str]) -> str:
    """Its type and fields, with the candidate's words replaced."""
    fields = what.model_dump(mode="json") if isinstance(what, ev.BaseModel) else vars_of(what)
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True, default=str)
    for words in said:
        text = text.replace(json.dumps(words, ensure_ascii=False)[1:-1], "…")
    return f"{type(what).__name__} {text}"


def vars_of(what: Effect) -> dict[str, Any]:
    return {name: getattr(what, name) for name in getattr(what, "__slots__", ())}


def neutral(text: str) -> str:
    """As many words with the same marks between them, that ask for nothing. The last word stays: it
    may be one after which people go on, such as "your"."""
    *words, last = text.split() or [""]
    return " ".join([*(re.sub(r"\w+", "apple", word) for word in words), last])
