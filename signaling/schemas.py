"""Requests and responses of the HTTP API; the published OpenAPI document comes from these."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from media_server.interview.agenda import PromptKind
from media_server.interview.branding import BrandShown
from media_server.interview.evaluation import EvaluationStage
from media_server.interview.next_steps import Completion
from media_server.interview.spec import Identifier, Strict, TemplateUsed
from media_server.interview.template import TemplateSpec
from media_server.interview.texts import without_unwanted
from media_server.ports.holds import ARTIFACTS, Artifact


class _Answer(BaseModel):
    """Answers may carry more than a client knows: integrators must ignore unknown fields."""

    model_config = ConfigDict(extra="allow", frozen=True)


_Secret = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]


class JoinRequest(Strict):
    """Exactly one of `link` and `resume`."""

    link: _Secret | None = Field(
        None, description="Last path segment of join_url, or the whole join_url."
    )
    resume: _Secret | None = Field(
        None, description="`resume_token` of the last `welcome`: the way back after a lost call."
    )

    ended: bool = Field(
        False,
        description="Whether to answer for an interview that is over as well (`page.status` says "
        "so), as long as its link lives; 410 otherwise.",
    )

    @model_validator(mode="after")
    def _one_way_in(self) -> JoinRequest:
        if (self.link is None) == (self.resume is None):
            raise ValueError("send either link or resume")
        return self


class ConsentRequest(Strict):
    version: Identifier = Field(description="Version of the text that was shown.")
    accepted: bool


class CorrectionSent(Strict):
    prompt_id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    text: Annotated[str, StringConstraints(max_length=20_000), AfterValidator(without_unwanted)] = (
        Field(description="What the whole answer should be; empty: nothing of it.")
    )


class ReviewRequest(Strict):
    """All that there is to correct: it is handed over with this, once."""

    corrections: tuple[CorrectionSent, ...] = Field((), max_length=400)


class IceServer(_Answer):
    """RTCIceServer as browsers take it."""

    urls: list[str]
    username: str | None = None
    credential: str | None = None


class ConsentShown(_Answer):
    required: bool
    version: str
    text: str
    locale: str = Field(
        description="Of the text. `en`: the server's own words, and it has none in the locale."
    )
    given: bool


class JoinPage(_Answer):
    """What the candidate's page shows before the call."""

    id: str
    title: str
    questions_total: int
    minutes: float
    locale: str
    consent: ConsentShown
    record_audio: bool
    text_mode: bool
    status: str
    notices: list[str]
    branding: BrandShown = BrandShown()
    demo: bool = Field(description="Of POST /v1/demo: nobody's application, and without a relay.")
    completion: Completion | None = None
    redirect_url: str | None = Field(
        None, description="Where the page goes after the end, unless the candidate stays."
    )
    contact: str | None = None
    privacy_url: str | None = None
    alternative_url: str | None = None
    review_minutes: int | None = Field(
        None, description="How long after the end the transcript may be corrected; null: never."
    )
    watching: bool = Field(
        False, description="Whether people may follow the interview live, with its words."
    )


class JoinAnswer(_Answer):
    token: str = Field(description="Bearer token for POST /whip/{interview} and /v1/consent.")
    interview: str
    expires_at: datetime = Field(description="When the token stops opening calls.")
    ice_servers: list[IceServer] = Field(description="TURN servers are given after consent only.")
    whip_url: str = Field(description="Where to POST the SDP offer.")
    text_url: str = Field(description="For typing where no UDP gets through: a WebSocket.")
    page: JoinPage


class ConsentAnswer(_Answer):
    ice_servers: list[IceServer] = Field(description="For the call, instead of those of joining.")


class PromptShown(_Answer):
    id: str = Field(description="As in the result's answers. Of a core question: the question's.")
    kind: PromptKind


class InterviewSummary(_Answer):
    id: str
    status: str = Field(description="`damaged`: what is stored of it cannot be read any more.")
    created_at: datetime
    title: str
    candidate_external_id: str | None = Field(description="What you call the candidate.")
    questions_total: int
    round: int | None = Field(
        description="Index of the newest core question; null: none was asked yet."
    )
    prompt: PromptShown | None = Field(
        description="What is being asked, or was asked last; null: nothing was asked yet."
    )
    live: bool = Field(description="Whether the candidate is connected now.")
    evaluation: EvaluationStage | None = Field(
        None,
        description="How far its evaluation is; null: it did not ask for one. `pending` until the "
        "answers are judged; `proposed` and `needs_human` wait for a person's decisions.",
    )
    metadata: dict[str, str]
    damage: str | None = Field(
        None, description="With the status `damaged`: what cannot be read. Erase it, or restore it."
    )
    join_url: str = Field(description="A secret: whoever has it may take this interview.")


class QuestionShown(_Answer):
    id: str = Field(description="As it was given, or as it was made: `q1`, `q2`, …")
    text: str


class InterviewDetails(InterviewSummary):
    """One interview. Of one that is `damaged`, the summary alone."""

    questions: list[QuestionShown] = []
    template: TemplateUsed | None = Field(
        None, description="Which version of which template it began with; null: none."
    )


class Warned(_Answer):
    code: str = Field(description="Stable and short, for programs.")
    pointer: str = Field(description="JSON pointer (RFC 6901) into the body.")
    message: str


class InterviewCreated(InterviewDetails):
    warnings: list[Warned] = Field(
        description="What was accepted and may not be what you want, such as a locale for which "
        "the page has no words. Usually empty."
    )


class InterviewPage(_Answer):
    interviews: list[InterviewSummary]
    next_cursor: str = Field(description="Pass as ?cursor=…; empty on the last page.")


class EvidenceJwk(_Answer):
    """RFC 8037 §2."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: str = Field(description="The public key in base64url.")
    kid: str = Field(description="Its thumbprint (RFC 7638): the fingerprint that people compare.")
    alg: Literal["EdDSA"]
    use: Literal["sig"]


class EvidenceKey(EvidenceJwk):
    pem: str = Field(description="The same key for other tools, such as openssl.")
    former: list[EvidenceJwk] = Field(description="Keys that signed before it, the newest first.")


class TemplateSummary(_Answer):
    id: str
    version: int = Field(description="From 1; one more with each PUT. Also the ETag.")
    name: str
    title: str
    questions_total: int
    created_at: datetime
    updated_at: datetime


class TemplateAnswer(TemplateSummary):
    content: TemplateSpec = Field(
        description="What was sent, and the ids of its questions: send it back to change it."
    )


class TemplatePage(_Answer):
    templates: list[TemplateSummary]
    next_cursor: str = Field(description="Pass as ?cursor=…; empty on the last page.")


class DemoAnswer(_Answer):
    id: str
    join_url: str


class Health(_Answer):
    status: Literal["ok"] = "ok"


class Ready(_Answer):
    ready: bool
    reasons: list[str] = Field(description="Why not, each with what to do.")
    live: int
    capacity: int
    notices: list[str] = Field(
        [], description="What an operator should put right; it keeps nobody out. Absent: nothing."
    )


class WebhookTestRequest(Strict):
    endpoint: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,64}$")] = Field(
        description="Its id, as GET /v1/webhooks/endpoints has it."
    )


class WebhookAttempt(_Answer):
    at: datetime
    status: int | None = Field(description="Of the answer; null: there was none.")
    error: str = Field(description="Why it was no success; empty: it was one.")
    duration_ms: int


class WebhookDelivery(_Answer):
    id: str = Field(description="The `webhook-id`, the same for every attempt.")
    endpoint: str
    interview: str | None
    type: str
    created_at: datetime
    status: Literal["pending", "delivered", "failed"]
    next_at: datetime | None = Field(description="Of a pending one: not before.")
    attempts: list[WebhookAttempt] = Field(description="The newest 20, oldest first.")


class WebhookDeliveryPage(_Answer):
    deliveries: list[WebhookDelivery]
    next_cursor: str = Field(
        description="Pass as ?cursor=…; empty on the last page. A page with a filter may be short "
        "although others follow."
    )


class WebhookDisabled(_Answer):
    since: datetime
    reason: str


class WebhookEndpointState(_Answer):
    id: str
    host: str
    events: list[str] = Field(description="Empty: every event.")
    secrets: int = Field(description="How many sign each delivery.")
    enabled: bool = Field(description="Whether anything is sent to it now.")
    disabled: WebhookDisabled | None = Field(description="Not null: the receiver answered 410.")
    pending: int
    oldest_at: datetime | None = Field(description="When the oldest that is pending was made.")


class WebhookEndpoints(_Answer):
    endpoints: list[WebhookEndpointState]


class ReportLinkRequest(Strict):
    """All of it may be left out."""

    ttl_s: int = Field(
        7 * 86_400, ge=60, le=90 * 86_400, description="How long the link is good, in seconds."
    )
    scopes: tuple[Literal["report", "audio", "decide"], ...] = Field(
        ("report", "audio"),
        min_length=1,
        max_length=3,
        description="`report`: see the report. `audio`: listen as well. `decide`: confirm the "
        "proposed scores of an evaluation, or give others, under a name that the person types.",
    )

    @model_validator(mode="after")
    def _sees_it(self) -> ReportLinkRequest:
        if "report" not in self.scopes:
            raise ValueError("scopes needs report: without it the link shows nothing")
        return self


class ReportLink(_Answer):
    id: str
    created_at: datetime
    expires_at: datetime
    scopes: list[str]


class ReportLinkCreated(ReportLink):
    url: str = Field(
        description="Shown once: nobody can read it again. The part after # is secret."
    )


class ReportLinks(_Answer):
    links: list[ReportLink] = Field(description="Those that have not expired, oldest first.")


class HoldRequest(Strict):
    """What must stay, and why."""

    reason: Annotated[
        str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)
    ] = Field(description="Whoever releases it later reads this. It goes with the interview.")
    artifacts: list[Artifact] = Field(
        default=list(ARTIFACTS),
        min_length=1,
        max_length=len(ARTIFACTS),
        description="`audio`: recordings and clips; `transcript`: the words; `log`: all of it. Any "
        "of them keeps the interview from being erased as a whole.",
    )


class HoldStepShown(BaseModel):
    """One line of its history."""

    action: str = Field(description="`placed` or `released`.")
    at: str
    artifacts: list[str]
    reason: str


class HoldShown(BaseModel):
    """A legal hold with its history."""

    interview: str
    held: list[str] = Field(description="What must stay; empty: it was released.")
    reason: str
    history: list[HoldStepShown] = Field(description="Oldest first, the last 100.")
