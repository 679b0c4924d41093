"""The native data-channel dialect `interview.v1`: one pydantic model per message.

JSON text of at most 16 KiB. Durable events carry `seq`, the position in the interview's log; the
client acknowledges them and after a reconnect `hello {last_seq}` replays what it missed. State,
captions, levels and interims carry no `seq` and are sent again. Unknown types are counted and
ignored by both sides, so that either can grow first.

Over 400 lines on purpose: it is the vocabulary of the channel, one message after another.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
)

from media_server.interview.agenda import PromptKind
from media_server.interview.spec import Pace
from media_server.interview.texts import is_visible, without_unwanted
from media_server.ports.dialect import BadMessage

LABEL = "interview.v1"
MAX_MESSAGE_BYTES = 16_384
MAX_SEQ = 2**53 - 1
"""The largest integer that JSON numbers carry exactly (RFC 8259 section 6)."""

Activity = Literal["idle", "speaking", "listening", "thinking"]
Stage = Literal["ready", "greeting", "question", "answer", "paused", "wrap_up", "ended", "parked"]
Status = Literal[
    "created",
    "joined",
    "declined",
    "ready",
    "greeting",
    "asking",
    "listening",
    "closing_turn",
    "deciding",
    "wrap_up",
    "paused",
    "disconnected",
    "parked",
    "completed",
    "ended_by_candidate",
    "abandoned",
    "expired",
    "cancelled",
    "failed",
]


def _cleaned(value: object) -> object:
    return without_unwanted(value) if isinstance(value, str) else value


def _shown(text: str) -> str:
    if not is_visible(text):
        raise ValueError("nothing in it can be seen")
    return text


Cleaned = BeforeValidator(_cleaned)
"""What a candidate typed loses what no text may hold: an answer is not thrown away for it."""


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True)  # unknown keys are ignored: either side may grow first


# --- server to client ---------------------------------------------------------------------------


class Welcome(_Message):
    """First message on every connection, before anything else."""

    type: Literal["welcome"] = "welcome"
    interview_id: str
    connection_epoch: int
    resumed: bool
    last_seq: int
    """Newest durable event; the client asks for what it lacks with `hello`."""
    found_seq: int = 0
    """Where the log ended when this server took the interview over. Another number than in the
    welcome before: another server told what came then, and what it told beyond this was never
    written; a client that knows more begins again with `hello {last_seq: 0}`."""
    title: str
    questions_total: int
    heartbeat_ms: int = 2000
    pace: Pace = "normal"
    resume_token: str | None = None
    """For `POST /v1/join {"resume": …}` after a lost call; a new one on every connection, which
    makes those before it void as soon as an event of this connection is acknowledged."""
    notices: tuple[str, ...] = ()
    """Sentences the candidate should see, such as that the recogniser is a stand-in."""


class State(_Message):
    """What the server does now. Sent at each change, at most 200 ms after it."""

    type: Literal["state"] = "state"
    status: Status
    stage: Stage
    activity: Activity
    paused_remaining_s: float | None = None
    can: tuple[str, ...] = ()
    """Names of the client messages that make sense now (`done`, `repeat`, …)."""
    prompt_id: str = ""
    """Of the prompt that is being answered, or asked. Not always the newest: an answer that was not
    finished is opened again. "": nothing was asked yet."""
    number: int = 0
    """Of the core question that it is, or asks back about, from 1; 0: it belongs to none."""
    skipped: str | None = None
    """The prompt that was skipped, while `undo_skip` is in `can`."""
    confirm: str | None = None
    """A question about what was said, such as "Shall I repeat the question?", while `confirm` is in
    `can`."""
    watched: bool = False
    """Somebody follows the interview's words now."""


class QuestionAsked(_Message):
    type: Literal["question"] = "question"
    seq: int
    prompt_id: str = ""
    """What the transcripts of its answer name, too. Of a core question: its `question_id`."""
    kind: PromptKind = "question"
    question_id: str
    """The core question that it is, or asks back about; "": it belongs to none."""
    number: int
    """Of that question, from 1; 0: it belongs to none."""
    of: int
    text: str
    asked_again: bool = False


class Caption(_Message):
    """Words the bot speaks, sent when the first packet of the utterance leaves."""

    type: Literal["caption"] = "caption"
    utterance_id: str
    kind: str
    text: str
    duration_ms: int
    spoken: bool = True
    """False: the voice failed and the text stands alone."""
    sentences: tuple[tuple[int, str], ...] = ()
    """(offset_ms from the start of the utterance, sentence)"""
    locale: str = ""
    """Of the text, where it is not that of the interview: the bot has no words of its own in that
    language, and says them in English."""


class CaptionEnded(_Message):
    type: Literal["caption_ended"] = "caption_ended"
    utterance_id: str
    heard_ms: int
    complete: bool


class Transcript(_Message):
    """The candidate's own words. `final` ones are durable and carry `seq`.

    A later final of the same `segment_id` takes the place of the one before, wherever that was: it
    may name another prompt, for the words proved to be about that one. Without text it takes the
    words away: they were no answer ("mm-hm", or the bot's own voice). With a `request` they were
    asked for something: shown, but no part of the answer."""

    type: Literal["transcript"] = "transcript"
    seq: int | None = None
    segment_id: str
    prompt_id: str = ""
    question_id: str
    text: str
    final: bool
    stable: str = ""
    """Of one that is not final: the beginning of `text` that stays until the final words come. The
    rest may change with each message."""
    mode: Literal["voice", "text"] = "voice"
    untranscribed: bool = False
    """True: the audio is kept, but no words could be recognised. They may come later."""
    request: str = ""
    """What the words asked for, such as `repeat`, `skip` or `confirm` (a yes or no to a question of
    the server's): the turn was nothing else, and the result counts it as no answer either. "": the
    words are part of the answer, as far as is known yet."""
    start_s: float = 0.0
    end_s: float = 0.0
    turn: int = 0
    """Of the candidate's turns: they are in this order, and the words of one in that of `start_s`,
    whatever order they come in. 0: servers before it was there."""


class SummarySentence(_Message):
    """What was understood of the answer to one question, in the candidate's own words. It comes
    again with a `correction`, and for good measure with `hello`."""

    type: Literal["summary_sentence"] = "summary_sentence"
    seq: int
    prompt_id: str
    """Of the question; `:summary` for a correction of which it is not known what it is about."""
    number: int
    """Of the question, from 1; 0: of none."""
    text: str
    correction: str = ""
    """What the candidate said about it last; "": nothing."""


class Turn(_Message):
    type: Literal["turn"] = "turn"
    phase: Literal["started", "paused", "resumed", "ended"]
    reason: str = ""
    silence_ms: int | None = None
    """Of `paused`: how long it has been quiet."""
    wait_ms: int | None = None
    """Of `paused`: the silence that ends the turn; `paused` comes again when that changes. None:
    no silence ends it now."""


class Hint(_Message):
    type: Literal["hint"] = "hint"
    code: str
    text: str
    seconds: int | None = None
    """What the text speaks of, where that is a time: `lost_audio`, `near_limit`."""


class Progress(_Message):
    type: Literal["progress"] = "progress"
    number: int
    of: int
    elapsed_s: float
    limit_s: float


class Level(_Message):
    """Loudness of what the server heard in the last 200 ms, dBFS. At most one a second, and one
    every 2 s while sound arrives, however even it is: without any, nothing arrives."""

    type: Literal["level"] = "level"
    dbfs: float
    speech: bool


class Error(_Message):
    type: Literal["error"] = "error"
    code: str
    """Such as `superseded` (another window has taken over), `moved` (this server is about to
    stop: join again, another one goes on) or `deleted` (its owner has erased the interview)."""
    message: str
    recoverable: bool


class Completed(_Message):
    """The interview has ended. Nothing follows; the connection is closed soon after."""

    type: Literal["completed"] = "completed"
    seq: int
    status: Status
    ended_reason: str
    answered: int
    of: int


class Pong(_Message):
    type: Literal["pong"] = "pong"
    t_ms: float


ServerMessage = Annotated[
    Welcome
    | State
    | QuestionAsked
    | Caption
    | CaptionEnded
    | Transcript
    | SummarySentence
    | Turn
    | Hint
    | Progress
    | Level
    | Error
    | Completed
    | Pong,
    Field(discriminator="type"),
]

# --- client to server ---------------------------------------------------------------------------


class Hello(_Message):
    """First message of a client. `last_seq` 0 asks for the whole story."""

    type: Literal["hello"] = "hello"
    last_seq: int = Field(0, ge=0, le=MAX_SEQ)
    client: Annotated[str, Cleaned, StringConstraints(max_length=100)] = ""


class Ready(_Message):
    """The candidate pressed Start: sound is unlocked, greet now."""

    type: Literal["ready"] = "ready"


class Ping(_Message):
    type: Literal["ping"] = "ping"
    t_ms: float


class Done(_Message):
    type: Literal["done"] = "done"


class NotFinished(_Message):
    type: Literal["not_finished"] = "not_finished"


class Repeat(_Message):
    type: Literal["repeat"] = "repeat"


class Rephrase(_Message):
    type: Literal["rephrase"] = "rephrase"


class Skip(_Message):
    """Leave out the question, or the rest of the greeting."""

    type: Literal["skip"] = "skip"
    prompt_id: Annotated[str, StringConstraints(max_length=256)] | None = None
    """`State.prompt_id` as it was when this was pressed: where something else is asked by now,
    nothing is skipped. None: whatever is asked when it arrives."""


class Think(_Message):
    """Time to think, for 30 s; again, for 30 s from then on."""

    type: Literal["think"] = "think"


class UndoSkip(_Message):
    """Back to the question that was skipped a moment ago."""

    type: Literal["undo_skip"] = "undo_skip"


class Confirm(_Message):
    """To the question in `State.confirm`. yes: do that. no: I am not finished. answer: it is my
    answer."""

    type: Literal["confirm"] = "confirm"
    choice: Literal["yes", "no", "answer"]


class Summary(_Message):
    """While `summary` is in `can`. yes: I would like it; or, when it was given, it is right. no: I
    would not; or something is wrong."""

    type: Literal["summary"] = "summary"
    choice: Literal["yes", "no"]


class CorrectSummary(_Message):
    """What should stand in place of a `summary_sentence`. The same text again changes nothing."""

    type: Literal["correct_summary"] = "correct_summary"
    prompt_id: Annotated[str, StringConstraints(min_length=1, max_length=256)]
    text: Annotated[
        str,
        Cleaned,
        StringConstraints(min_length=1, max_length=2_000, strip_whitespace=True),
        AfterValidator(_shown),
    ]


class Pause(_Message):
    type: Literal["pause"] = "pause"


class Resume(_Message):
    type: Literal["resume"] = "resume"


class Leave(_Message):
    """Leave for good: the interview ends, the answers so far are kept."""

    type: Literal["leave"] = "leave"


class Mute(_Message):
    type: Literal["mute"] = "mute"
    muted: bool


class Typing(_Message):
    """The text of an answer changes; at most every 5 s, without the text. Nothing is said to who
    types, and the interview is not paused."""

    type: Literal["typing"] = "typing"


class TextAnswer(_Message):
    type: Literal["text_answer"] = "text_answer"
    text: Annotated[
        str,
        Cleaned,
        StringConstraints(min_length=1, max_length=10_000, strip_whitespace=True),
        AfterValidator(_shown),
    ]
    """Without control characters and the like, which are dropped: see `interview.texts`."""
    prompt_id: Annotated[str, StringConstraints(max_length=256)] | None = None
    """The prompt that it was typed to: where something else is asked by now, it is added to that
    answer and ends no turn. None: to whatever is asked when it arrives."""


class SetPace(_Message):
    type: Literal["pace"] = "pace"
    pace: Pace


class Ack(_Message):
    type: Literal["ack"] = "ack"
    seq: int = Field(ge=0, le=MAX_SEQ)


ClientMessage = Annotated[
    Hello
    | Ready
    | Ping
    | Done
    | NotFinished
    | Repeat
    | Rephrase
    | Skip
    | Think
    | UndoSkip
    | Confirm
    | Summary
    | CorrectSummary
    | Pause
    | Resume
    | Leave
    | Mute
    | Typing
    | TextAnswer
    | SetPace
    | Ack,
    Field(discriminator="type"),
]

SERVER_MESSAGE: TypeAdapter[ServerMessage] = TypeAdapter(ServerMessage)
CLIENT_MESSAGE: TypeAdapter[ClientMessage] = TypeAdapter(ClientMessage)
CLIENT_TYPES = frozenset(
    model.model_fields["type"].default for model in get_args(get_args(ClientMessage)[0])
)


def encode(message: ServerMessage) -> str:
    """One message as the JSON text that goes on the channel."""
    return message.model_dump_json(exclude_none=True)


def decode(data: str | bytes) -> ClientMessage | None:
    """Parse a client's message; None for a type that this version does not know.

    Raises BadMessage for anything that is not JSON text of the schema.
    """

    if isinstance(data, bytes):
        raise BadMessage("binary message: interview.v1 is JSON text")
    if len(data.encode("utf-8", "surrogatepass")) > MAX_MESSAGE_BYTES:
        raise BadMessage(f"message over {MAX_MESSAGE_BYTES} bytes")
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise BadMessage("not JSON") from None
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise BadMessage('an object with a string "type" is expected')
    if value["type"] not in CLIENT_TYPES:
        return None
    try:
        return CLIENT_MESSAGE.validate_python(value)
    except ValueError as error:
        fields: list[Any] = getattr(error, "errors", list)()
        where = ", ".join(".".join(map(str, f["loc"])) + ": " + f["msg"] for f in fields[:3])
        raise BadMessage(f"bad {value['type']}: {where}") from None
