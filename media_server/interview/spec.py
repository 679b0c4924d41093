"""What an interview is: the specification an integrator posts, and the settings inside it.

These are the only types of the interview room that are persisted or published, hence pydantic.
The running state lives in `state.py`, the events of the log in `events.py`.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    ValidationInfo,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema

from media_server.interview.branding import Branding
from media_server.interview.next_steps import Completion, WayLink, WebLink
from media_server.interview.phrases import consent_text
from media_server.interview.rubric import (
    Criterion,
    EvaluationWanted,
    FaqEntry,
    FollowUps,
    SummaryWanted,
)
from media_server.interview.texts import has_words, is_visible, unwanted
from media_server.interview.webhook import InterviewWebhook

STORED = "stored"
"""Validation context of what was accepted before: later rules about its characters do not make an
interview unreadable that has begun."""


def _clean(text: str, info: ValidationInfo) -> str:
    if info.context != STORED and (found := unwanted(text)):
        raise ValueError(f"{found} is not allowed in a text: remove it")
    return text


def _words(text: str, info: ValidationInfo) -> str:
    if info.context != STORED and not has_words(text):
        raise ValueError("nothing here can be said: a letter or a digit is needed")
    return text


def _visible(text: str, info: ValidationInfo) -> str:
    if info.context != STORED and not is_visible(text):
        raise ValueError("nothing here can be seen: write something, or leave the field out")
    return text


def _shown(text: str, info: ValidationInfo) -> str:
    return _visible(_clean(text, info), info)


Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Clean = AfterValidator(_clean)
"""No control character, no direction override: for every text that somebody writes."""
Visible = AfterValidator(_shown)
"""`Clean`, and something of it can be seen."""
Plain = Annotated[str, Clean]
_SPOKEN = StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)
Text = Annotated[
    str,
    _SPOKEN,
    Clean,
    AfterValidator(_words),
]
"""What is said or judged by: it has words."""
Locale = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Pace = Literal["faster", "normal", "slower"]


class Strict(BaseModel):
    """Unknown keys are errors: a misspelt limit must never be silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TurnSettings(Strict):
    """When a turn ends, and how its audio is cut up. Milliseconds of media time."""

    silence_ms: int = Field(2000, ge=300, le=20_000)
    min_turn_ms: int = Field(3000, ge=0, le=60_000)
    max_turn_ms: int = Field(300_000, ge=5_000, le=3_600_000)
    chunk_ms: int = Field(500, ge=100, le=2_000)
    batch_chunks: int = Field(4, ge=1, le=16)
    batch_ms: int = Field(2000, ge=200, le=8_000)

    @model_validator(mode="after")
    def _ordered(self) -> TurnSettings:
        if self.min_turn_ms >= self.max_turn_ms:
            raise ValueError("min_turn_ms must be below max_turn_ms")
        return self


class Limits(Strict):
    """Deadlines of a whole interview, in milliseconds unless named otherwise."""

    total_ms: int = Field(3_600_000, ge=10_000, le=6 * 3_600_000)
    resume_window_s: float = Field(300.0, ge=1.0, le=86_400.0)
    pause_budget_ms: int = Field(900_000, ge=0, le=6 * 3_600_000)


class QuestionLimits(Strict):
    max_turn_ms: int | None = Field(None, ge=5_000, le=3_600_000)


class _Asked(Strict):
    text: Text
    clarification: Text | None = None
    follow_ups: FollowUps = FollowUps()
    limits: QuestionLimits = QuestionLimits()
    criteria: tuple[Criterion, ...] = Field((), max_length=20)


class Question(_Asked):
    """As it is stored: it has an id."""

    id: Identifier


class QuestionSent(_Asked):
    """As it may be sent. A question may also be just its text."""

    id: Identifier | None = Field(
        None,
        description="By it the result names the answer. Where it is left out it is made of the "
        "question's place: `q1`, `q2`, …",
    )


MAX_QUESTIONS = 100
_QuestionsSent = Annotated[
    list[Annotated[str, _SPOKEN] | QuestionSent], Field(min_length=1, max_length=MAX_QUESTIONS)
]


def with_ids(questions: Any) -> Any:
    """Questions as they were sent, in the shape in which they are stored: a text alone becomes an
    object, and one without an id gets `q` and its place, from 1 ("q3-2" where another one was given
    "q3"). What is no question stays as it is, for the validation to find.
    """
    if not isinstance(questions, list | tuple):
        return questions
    asked = [{"text": one} if isinstance(one, str) else one for one in questions]
    taken = {str(_given_id(one)) for one in asked}
    found = []
    for place, one in enumerate(asked, 1):
        if isinstance(one, Mapping) and _given_id(one) is None:
            # One by one: the list may be far longer than is allowed, and be refused only later.
            names = (f"q{place}" if n == 1 else f"q{place}-{n}" for n in itertools.count(1))
            made = next(name for name in names if name not in taken)
            taken.add(made)
            found.append({**one, "id": made})
        else:
            found.append(one)
    return found


def _given_id(question: Any) -> Any:
    if isinstance(question, Mapping):
        return question.get("id")
    return getattr(question, "id", None)


class Candidate(Strict):
    external_id: Annotated[str, StringConstraints(max_length=200), Clean] | None = None
    locale: Locale = "en"


class Accommodations(Strict):
    """`time_multiplier` multiplies silence and turn limits last, after pace and extension."""

    time_multiplier: float = Field(1.0, ge=1.0, le=4.0)
    text_mode: bool = False


class Retention(Strict):
    """How long what the candidate said is kept after the end of the interview."""

    audio_days: int | None = Field(
        None,
        ge=0,
        le=3650,
        description="Days until the recording is deleted; null: as the server is set "
        "(MEDIA_SERVER_AUDIO_DAYS). With `record_audio: false` there is no recording, and "
        "the sound of words that are still to be written down is deleted within two days, "
        "whatever this says.",
    )
    transcript_days: int | None = Field(
        None,
        ge=0,
        le=3650,
        description="Days until the words of the answers are deleted; null: as the server is set "
        "(MEDIA_SERVER_TRANSCRIPT_DAYS).",
    )
    record_audio: bool = Field(
        True,
        description="Whether the candidate's voice is recorded. `false` overrides `audio_days`, "
        "and the candidate's page says that nothing is recorded.",
    )


class Consent(Strict):
    """Shown before the microphone is asked for. `required=False`: the integrator obtained it."""

    required: bool = True
    version: Identifier = "2026-11"
    text: Annotated[
        str, StringConstraints(min_length=1, max_length=8000), Clean, AfterValidator(_words)
    ] = Field(
        consent_text("en"),
        description="Where it is left out: the server's own words, in the candidate's language.",
    )


class InterviewContent(Strict):
    """What an interview says, and how it goes, whoever takes it."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=200), Visible] = "Interview"
    greeting: Text | None = None
    """What the bot says first, word for word; None: the language model's words, or the fixed
    ones. Who writes it says what those say: how long it takes, and that a question is repeated on
    request. Where it does not say that an AI interviews, a fixed sentence that does comes before
    it: see `disclosure`."""
    questions: Annotated[
        tuple[Question, ...], BeforeValidator(with_ids, json_schema_input_type=_QuestionsSent)
    ] = Field(min_length=1, max_length=MAX_QUESTIONS)
    follow_up_budget: int = Field(
        6,
        ge=0,
        le=30,
        description="How often the interviewer may ask back in the whole interview.",
    )
    faq: tuple[FaqEntry, ...] = Field(
        (),
        max_length=100,
        description="What the interviewer may answer to a candidate's question. Every other "
        "question is noted and passed on.",
    )
    evaluation: EvaluationWanted | None = Field(
        None,
        description="Whether answers are judged by their criteria after the end; null: they are "
        "not. A score is final only when a person has confirmed it.",
    )
    summary: SummaryWanted = Field(
        "off",
        description="`offer`: after the last question the candidate may hear or read what was "
        "understood, and correct it.",
    )
    candidate_questions: bool = Field(
        False,
        description="Whether the candidate is asked for questions of their own after the last one. "
        "They are answered from `faq`, or noted and passed on: see `requests` of the result.",
    )
    practice: bool = Field(
        False,
        description="Whether the candidate is asked something harmless first, to get used to it: "
        "in the result an answer of the kind `practice`, which nobody judges.",
    )
    turn: TurnSettings = TurnSettings()
    limits: Limits = Limits()
    accommodations: Accommodations = Accommodations()
    consent: Consent = Consent()
    second_device: Literal["take_over", "refuse"] = "take_over"
    """When the link is opened on another device after the start: `take_over` lets it go on there,
    without what was said before; `refuse` does not let it in. The device that was there
    receives `superseded`."""
    retention: Retention = Retention()
    branding: Branding = Branding()
    glossary: tuple[Annotated[str, StringConstraints(max_length=64), Clean], ...] = Field(
        (), max_length=100
    )
    completion: Completion | None = Field(
        None, description="What the candidate reads when the interview is finished."
    )
    redirect_url: WebLink | None = Field(
        None,
        description="Where the page goes after the end, unless the candidate stays: https.",
    )
    contact: WayLink | None = Field(
        None, description="Whom the candidate may ask: https, mailto: or tel:."
    )
    privacy_url: WebLink | None = Field(None, description="The privacy notice: https.")
    alternative_url: WayLink | None = Field(
        None,
        description="Another way to take part, offered beside the consent and to who declines: "
        "https, mailto: or tel:.",
    )
    review: bool = Field(
        False,
        description="Whether the candidate may correct the transcript, once, after the end. The "
        "result is `partial` until that is done or its time is over; what was heard stays beside "
        "each correction.",
    )
    review_minutes: int = Field(
        30, ge=1, le=1440, description="How long after the end that is possible, in minutes."
    )
    words_by_link: bool = Field(
        False,
        description="After the end, whether the link alone shows the candidate's words. If not, "
        "they are shown in the window that was there (it keeps a token of its own).",
    )
    watching: StrictBool = Field(
        False,
        description="Whether people may follow the interview live, with its words (scope `watch` "
        "of the API key). The server's own consent text then says so; a text of your own must. "
        "The candidate's page shows it in a line of its own, and shows when somebody does.",
    )
    webhook: InterviewWebhook | None = Field(
        None, description="Where its events go besides the endpoints that are set up."
    )
    metadata: dict[Plain, Plain] = Field(default_factory=dict, max_length=50)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        ids = [question.id for question in self.questions]
        if len(set(ids)) != len(ids):
            raise ValueError("question ids must be unique within an interview")
        if self.review and self.retention.transcript_days == 0:
            raise ValueError("a review needs the words: give transcript_days 1 or more")
        if self.evaluation is not None and self.retention.transcript_days == 0:
            raise ValueError("an evaluation needs the words: give transcript_days 1 or more")
        return self


class TemplateUsed(Strict):
    """Which template an interview was made from, and which version of it."""

    id: Identifier
    version: int = Field(ge=1)


class InterviewSpec(InterviewContent):
    """Body of `POST /v1/interviews`."""

    candidate: Candidate = Candidate()
    expires_at: datetime | None = None
    template: SkipJsonSchema[TemplateUsed | None] = None
    """Not sent like this: see `template.InterviewFromTemplate`. Whatever becomes of the template,
    the interview has all it needs."""

    @model_validator(mode="before")
    @classmethod
    def _consent_in_their_language(cls, data: Any, info: ValidationInfo) -> Any:
        """What was accepted before has its text."""
        if info.context == STORED or not isinstance(data, Mapping):
            return data
        candidate, consent = data.get("candidate", {}), data.get("consent", {})
        if not isinstance(consent, Mapping) or "text" in consent:
            return data
        named = candidate.get("locale") if isinstance(candidate, Mapping) else candidate
        locale = named.locale if isinstance(named, Candidate) else named
        if locale is None:
            locale = "en"
        if not isinstance(locale, str):
            return data  # refused by its own field
        text = consent_text(locale, watching=data.get("watching") is True)
        return {**data, "consent": {**consent, "text": text}}

    @model_validator(mode="after")
    def _ends_somewhere(self) -> Self:
        if self.expires_at is not None and self.expires_at.tzinfo is None:
            raise ValueError("expires_at needs a time zone, for example 2026-12-31T12:00:00Z")
        return self


def stored_spec(data: Mapping[str, Any]) -> InterviewSpec:
    """A specification that was accepted before, maybe by an earlier release. Raises ValueError."""
    return InterviewSpec.model_validate(data, context=STORED)
