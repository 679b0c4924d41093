"""One criterion of one question, from the transcript to a score that can be traced. Pure.

A task is a value that says what to ask a model next and takes what came of it:

    for task in plan(state):
        while (wanted := task.next_request()) is not None:
            try:
                task = task.answered(await llm.json(wanted.request, wanted.schema))
            except LlmUnavailable as error:
                task = task.failed(error)
        outcome = task.outcome()

**Quotes first.** The model sees criterion and transcript and gives quotes; code looks each up in
the candidate's own turns (`verify`). Its claims are asked for because a model that has said what
was claimed quotes better; no code can check them, so they are kept in the log and used for nothing.

**Then the score, from the quotes alone.** The model sees criterion, anchors and the verified
quotes, nothing else. Each run shows them in another order: at temperature 0 the same request gives
the same answer, and a judge that depends on the order is to be noticed.

**What a judge does not see.** Hedges and instructions are taken out of the text before both steps.
When all runs are done and something of a quote was hedged, one more request shows the quotes as
they were said (instructions never): a judge that scores them otherwise cannot judge apart from
style, so a person does, with the higher score as the proposal.

**What steers a judge is noticed, not only looked for.** Where a run gave more than the lowest
score, or the quotes with their hedges did, one more request asks for a score that is known
(`control`). A judge that gives another one there is led by something in the quotes, or judges at
random: no score is proposed at all.

So a criterion takes 1 request for quotes (2 where the first was of no use), one for each run, and
at most 2 more: with three runs 6 in the usual case at most.

`answered` looks quotes up, and `next_request` looks for a question of control, some milliseconds
each where much is said: a caller on an event loop may want a thread for them. Everything else is
quick.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from media_server.evaluation import reasons
from media_server.evaluation.control import control_of
from media_server.evaluation.evidence import Evidence, Said, evidence_of, said_of
from media_server.evaluation.requests import (
    QUOTES_SCHEMA,
    SCORE_SCHEMA,
    prompt_names,
    quotes_request,
    score_request,
)
from media_server.interview.evaluation import CriterionEvaluation, EvaluationReason
from media_server.interview.rubric import MAX_SCORE, MIN_SCORE, Criterion
from media_server.interview.spec import Question
from media_server.interview.state import State
from media_server.ports.llm import JsonAnswer, LlmRequest, LlmUnavailable

Step = Literal["quotes", "score", "control", "probe"]
"""control: a score that is known. probe: the score of the quotes with their hedges, which should
make no difference."""
MAX_EXTRACTIONS = 2
"""Tries at quotes: the second where the first failed, or nobody had said what it quoted."""
_MAX_RAW_CHARS = 20_000


@dataclass(frozen=True, slots=True)
class JudgeRequest:
    """What to ask the model next."""

    step: Step
    run: int
    """From 1, in its step."""
    request: LlmRequest
    schema: Mapping[str, Any]
    prompt: str
    """Name and version, such as "evaluate_quotes.en@1"."""


@dataclass(frozen=True, slots=True)
class RawRecord:
    """What one request brought, for the log: nothing else in an evaluation is as the model said it.
    It holds words of the candidate, so it is erased with the transcript."""

    question_id: str
    criterion_id: str
    step: Step
    run: int
    prompt: str
    model: str
    """"" where none answered."""
    raw: str
    """As it came, at most 20,000 characters."""
    failure: str
    """"" where there is an answer; else as in `ports.llm.Failure`."""
    rubric_hash: str


@dataclass(frozen=True, slots=True)
class JudgeTask:
    """See the module. A new value for each answer; none is ever changed."""

    question: Question
    criterion: Criterion
    locale: str
    runs: int
    max_spread: int
    said: Said
    evidence: Evidence | None = None
    """None: no quote was looked up yet."""
    extractions: int = 0
    extracted: bool = False
    """A model has answered with quotes, or said that there are none."""
    refused: int = 0
    scores: tuple[int | None, ...] = ()
    """Of each run so far; None: it gave none."""
    control: tuple[int | None, ...] = ()
    """At most one: of the question whose right answer is the lowest score."""
    probe: tuple[int | None, ...] = ()
    """At most one."""

    @property
    def question_id(self) -> str:
        """The core question."""
        return self.question.id

    @property
    def criterion_id(self) -> str:
        """Unique among the criteria of its question."""
        return self.criterion.id

    @property
    def step(self) -> Step | None:
        """What is to be asked for next; None: nothing."""
        if not self.said.has_words:
            return None
        if self.evidence is None:
            return "quotes" if self.extractions < MAX_EXTRACTIONS else None
        if not self.evidence.found:
            return None
        if len(self.scores) < self.runs:
            return "score"
        if self._is_raised and not self.control and self._control_criterion() is not None:
            return "control"
        hedged = self.evidence.is_hedged and any(self.scores) and not self.is_led
        return "probe" if hedged and not self.probe else None

    @property
    def is_led(self) -> bool:
        """The judge has scored what the quotes do not say: something else than the anchors leads
        it."""
        return any(score is not None and score > MIN_SCORE for score in self.control)

    @property
    def _is_raised(self) -> bool:
        """Something gave more than the lowest score: what an attack wants."""
        given = (*self.scores, *self.probe)
        return any(score is not None and score > MIN_SCORE for score in given)

    def _texts(self, step: Step, evidence: Evidence) -> tuple[str, ...]:
        """What is scored. The control comes after the probe only where the probe alone gave more
        than the lowest score: then its words are what may lead."""
        as_said = step == "probe" or (step == "control" and bool(self.probe))
        return evidence.as_said if as_said else evidence.plain

    def _control_criterion(self) -> Criterion | None:
        found = self._texts("control", self.evidence) if self.evidence is not None else ()
        return control_of(self.criterion, found, self.locale)

    def next_request(self) -> JudgeRequest | None:
        """What to ask the model now; None: the task is over."""
        step, language = self.step, prompt_names(self.locale)
        if step is None:
            return None
        if step == "quotes" or self.evidence is None:
            run = self.extractions + 1
            request = quotes_request(self.criterion, self.said, self.locale, seed=run)
            return JudgeRequest(step, run, request, QUOTES_SCHEMA, language.quotes)
        run = len(self.scores) + 1 if step == "score" else 1
        texts = self._texts(step, self.evidence)
        control = self._control_criterion() if step == "control" else None
        request = score_request(control or self.criterion, texts, self.locale, run=run)
        name = f"{language.score} {language.control}" if step == "control" else language.score
        return JudgeRequest(step, run, request, SCORE_SCHEMA, name)

    def answered(self, answer: JsonAnswer) -> JudgeTask:
        """With what the model said to `next_request`. Not for a task that is over."""
        if self.step == "quotes":
            quotes = answer.value.get("quotes")
            return self._with_quotes(quotes if isinstance(quotes, list) else [])
        return self._with_score(_score(answer.value))

    def failed(self, error: LlmUnavailable | None = None) -> JudgeTask:
        """Without an answer to `next_request`. It may have been the last request, or not."""
        del error
        if self.step == "quotes":
            return replace(self, extractions=self.extractions + 1)
        return self._with_score(None)

    def _with_quotes(self, quotes: list[object]) -> JudgeTask:
        found = evidence_of(quotes, self.said)
        done = self.extractions + 1
        again = not found.found and bool(quotes) and done < MAX_EXTRACTIONS
        return replace(
            self,
            evidence=None if again else found,
            extractions=done,
            extracted=True,
            refused=self.refused + len(found.refused),
        )

    def _with_score(self, score: int | None) -> JudgeTask:
        if self.step == "control":
            return replace(self, control=(score,))
        if self.step == "probe":
            return replace(self, probe=(score,))
        return replace(self, scores=(*self.scores, score))

    # --- what came of it --------------------------------------------------------------------------

    def outcome(self) -> CriterionEvaluation:
        """What is known so far: of a task that is over, its result."""
        given = tuple(score for score in self.scores if score is not None)
        scores = () if self.is_led else given
        found = self.evidence.found if self.evidence is not None else ()
        status: Literal["proposed", "needs_human", "insufficient_evidence", "not_judged"]
        why = self._reasons(scores)
        score: float | None = None
        if self.is_led:
            status = "needs_human"
        elif scores and found:
            score = self._proposed(scores)
            status = "needs_human" if why else "proposed"
        elif found or (self.said.has_words and not self.extracted):
            status = "not_judged"
            why = [reasons.no_usable_answer(), *why]
        else:
            status = "insufficient_evidence"
            why = [reasons.no_quote(self.said), *why]
        return CriterionEvaluation(
            question_id=self.question_id,
            criterion_id=self.criterion_id,
            criterion=self.criterion.text,
            status=status,
            score=score,
            scores=scores,
            spread=max(scores) - min(scores) if scores else None,
            quotes=tuple(one.quote for one in found),
            reasons=tuple(why),
            refused_quotes=self.refused,
            final=False,
        )

    def _proposed(self, scores: tuple[int, ...]) -> float:
        median = float(statistics.median(scores))
        shown = self.probe[0] if self.probe else None
        if shown is not None and self._style_matters():
            return max(median, float(shown))
        return median

    def _style_matters(self) -> bool:
        """The hedges have changed the score, in the request that is the same otherwise."""
        return (
            bool(self.probe)
            and None not in (self.probe[0], self.scores[0])
            and (self.probe[0] != self.scores[0])
        )

    def _reasons(self, scores: tuple[int, ...]) -> list[EvaluationReason]:
        found = self.evidence.found if self.evidence is not None else ()
        why: list[EvaluationReason] = []
        if scores and max(scores) - min(scores) > self.max_spread:
            why.append(reasons.runs_disagree(scores))
        if self.is_led:
            why.append(reasons.is_led(self.control[0]))
        elif self._is_raised and self.control in ((), (None,)):
            why.append(reasons.unchecked())
        missing = self.probe == (None,)
        if scores and (len(scores) < self.runs or missing):
            why.append(reasons.few_runs(len(scores), self.runs, probe_missing=missing))
        if self._style_matters() and not self.is_led:
            why.append(reasons.hedging(self.scores[0], self.probe[0]))
        why += [*reasons.of_evidence(found), *reasons.of_answer(self.said)]
        return list({reason.code: reason for reason in why}.values())


def plan(state: State) -> tuple[JudgeTask, ...]:
    """One task for each criterion of each core question, in their order; () where the interview did
    not ask for an evaluation."""
    wanted = state.spec.evaluation
    if wanted is None:
        return ()
    return tuple(
        JudgeTask(
            question=question,
            criterion=criterion,
            locale=state.spec.candidate.locale,
            runs=wanted.runs,
            max_spread=wanted.max_spread,
            said=said,
        )
        for question in state.spec.questions
        if question.criteria
        for said in [said_of(state, question.id)]
        for criterion in question.criteria
    )


def raw_record(
    task: JudgeTask,
    wanted: JudgeRequest,
    outcome: JsonAnswer | LlmUnavailable,
    rubric_hash: str,
) -> RawRecord:
    """What is written down of one request."""
    answer = outcome if isinstance(outcome, JsonAnswer) else None
    failure = outcome.failure if isinstance(outcome, LlmUnavailable) else ""
    return RawRecord(
        question_id=task.question_id,
        criterion_id=task.criterion_id,
        step=wanted.step,
        run=wanted.run,
        prompt=wanted.prompt,
        model=answer.model if answer is not None else "",
        raw=answer.raw[:_MAX_RAW_CHARS] if answer is not None else "",
        failure=failure,
        rubric_hash=rubric_hash,
    )


def _score(value: Mapping[str, Any]) -> int | None:
    """Whole, and on the scale; whatever the schema was."""
    score = value.get("score")
    if type(score) is not int or not MIN_SCORE <= score <= MAX_SCORE:
        return None
    return score
