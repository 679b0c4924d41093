"""Evaluations: /v1/interviews/{interview}/evaluation, and what people decide about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field, StringConstraints, model_validator

from media_server.interview.rubric import MAX_SCORE, MIN_SCORE
from media_server.interview.spec import Clean, Identifier, Strict, Visible
from media_server.interview.texts import is_visible
from media_server.ports.scores import ScoreDecision
from signaling.bodies import read_json
from signaling.context import context
from signaling.report_access import ACCESS

MAX_BODY_BYTES = 16 * 1024


class DecisionRequest(Strict):
    """A person confirms a proposed score, or gives another. Only then it is final."""

    question_id: Identifier
    criterion_id: Identifier
    action: Literal["confirm", "override"]
    score: int | None = Field(
        None,
        ge=MIN_SCORE,
        le=MAX_SCORE,
        strict=True,
        description="With `override`, where it must be given; null: no score can be given.",
    )
    by: Annotated[
        str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), Visible
    ] = Field(description="The name of the person who decides. It is shown and kept.")
    reason: Annotated[str, StringConstraints(max_length=2000, strip_whitespace=True), Clean] = (
        Field(
            "",
            description="With `override` it must be given. Erased with the transcript; given after "
            "that, with the interview.",
        )
    )
    expected: int = Field(
        0,
        ge=0,
        le=10_000,
        description="How many decisions about this criterion the person has seen. If there are "
        "others, 409 `decided_otherwise` says so.",
    )
    renewed: int = Field(
        0,
        ge=0,
        le=10_000,
        description="`renewed` of the evaluation that the person has seen. If it was judged again "
        "since, 409 `judged_again` says so.",
    )

    @model_validator(mode="after")
    def _says_enough(self) -> DecisionRequest:
        if self.action == "confirm" and self.score is not None:
            raise ValueError("confirm keeps the proposed score: leave score out, or override")
        if self.action == "override" and "score" not in self.model_fields_set:
            raise ValueError("override needs a score, or null where none can be given")
        if self.action == "override" and not is_visible(self.reason):
            raise ValueError("override needs a reason: the next reader will ask for it")
        return self


async def show(request: web.Request) -> web.Response:
    """Get the evaluation: proposals, their evidence, and decisions.

    Pending until some time after the words are final. A score is a proposal until a person has
    decided: `final` says so, for each criterion and for all of them.
    """
    return _json(await context(request).live().scores.evaluation(request.match_info["interview"]))


async def renew(request: web.Request) -> web.Response:
    """Start the evaluation again.

    For one that failed, is not whole, or was made by another model or other prompts. It is
    `pending` again, and its webhook comes again. One that goes on, or that nothing would change, is
    answered as it is, so that asking twice is asking once. Never over a person's decision. What was
    judged before stays in the log.
    """
    return _json(await context(request).live().scores.renew(request.match_info["interview"]))


async def decide(request: web.Request) -> web.Response:
    """Decide about a score: confirm the proposed one, or give another.

    Every decision is kept, and the last one of a criterion stands. The same again answers the same.
    With an API key that has the scope `decide`, or a link to the report that has it.
    """
    ctx = context(request)
    timeout_s = ctx.settings.body_timeout_s
    body = await read_json(request, DecisionRequest, limit=MAX_BODY_BYTES, timeout_s=timeout_s)
    decision = ScoreDecision(
        question_id=body.question_id,
        criterion_id=body.criterion_id,
        action=body.action,
        score=body.score,
        by=body.by,
        reason=body.reason,
        expected=body.expected,
        via="link" if request[ACCESS].link_id else "api_key",
        renewed=body.renewed,
    )
    return _json(await ctx.live().scores.decide(request.match_info["interview"], decision))


def _json(body: Mapping[str, Any]) -> web.Response:
    return web.json_response(body, headers={"Cache-Control": "no-store"})
