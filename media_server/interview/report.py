"""The report of an interview: its result, and everything else that a person who judges it needs.

What `GET /v1/interviews/{id}/report` answers. All times are seconds on the interview's timeline,
that of the candidate's audio: second 0 is the first sound that reached the server, and the
connections of one interview lie one after the other. Time in which nobody was connected has no
length on it.

The models only; `report_build` fills them, and HTTP adds what it knows: URLs, branding, expiry.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from media_server.interview.agenda import PromptKind
from media_server.interview.branding import BrandShown
from media_server.interview.result import Result
from media_server.interview.status import AnswerStatus, Status, UtteranceKind
from media_server.interview.utterance_events import UtteranceOutcome

LOW_CONFIDENCE = 0.5
"""A word of which the recogniser is less certain is marked as uncertain."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class InterviewShown(_Part):
    """What stands at the top."""

    id: str
    title: str
    status: Status
    partial: bool
    ended_reason: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    locale: str
    candidate_external_id: str | None


class RecordingShown(_Part):
    """The candidate's audio of one connection."""

    file: str
    url: str | None = None
    """Signed: a player needs no header. Null: the link has not the scope `audio`."""
    connection_epoch: int
    start_s: float
    """On the interview's timeline."""
    duration_s: float
    """0 while the connection is open: it is known when that ends."""


class SaidWord(_Part):
    text: str
    start_s: float
    end_s: float


class Spoken(_Part):
    """What the interviewer said at one time. An utterance that was interrupted and went on later is
    two of these."""

    id: str
    kind: UtteranceKind
    prompt_id: str | None
    """What it asks, or was said about; null: nothing was asked yet."""
    text: str
    """Of the whole utterance, also where less of it was heard."""
    words: tuple[SaidWord, ...]
    """Those that were heard. The start of a sentence is exact, the words within it are spread by
    their length, as in the candidate's captions."""
    start_s: float | None
    """Null: it cannot be placed, for no audio of the candidate came on that connection."""
    end_s: float | None
    """Where it stopped, at its end or before."""
    from_s: float = 0.0
    """Where in the clip it began."""
    heard_s: float
    """How much of the clip was heard when it stopped, counted from the clip's start."""
    duration_s: float
    """Of the whole clip; 0: it was shown and not spoken."""
    complete: bool
    outcome: UtteranceOutcome | Literal["open"]
    """`open`: it is being said now, or nobody knows how it ended (the server was killed)."""
    placed: Literal["exact", "estimated", "none"]
    """`estimated`: by the clock, within about half a second. Interviews of former releases."""
    file: str | None
    """The kept clip; null: it was not kept."""
    url: str | None = None


SpanKind = Literal["turn", "pause", "lost", "concealed", "absent"]


class Span(_Part):
    """A stretch of the timeline. `turn`: first speech of a turn to the last. `pause`: the interview
    was paused. `lost`: nothing arrived, for longer than can be repaired. `concealed`: a short gap
    that was filled by what came before and after. `absent`: nobody was connected, so it has no
    length here."""

    kind: SpanKind
    start_s: float
    end_s: float
    prompt_id: str | None = None
    lasted_s: float
    """By the clock: of an absence, how long it was."""


class Waveform(_Part):
    """Loudness over the whole timeline, one value a step: 0 silence, 255 full scale, in between by
    decibels (-60 dBFS is 0). Both lists are equally long, at most 4000 values."""

    step_s: float = Field(gt=0)
    candidate: tuple[int, ...]
    interviewer: tuple[int, ...]


class QualityReason(_Part):
    code: Literal[
        "loss", "lost_audio", "quiet", "late_words", "low_confidence", "untranscribed",
        "rejected_text", "not_recorded", "unkept_audio", "damaged_recording", "stand_in",
    ]  # fmt: skip
    message: str
    """For people: what it means, with its figure."""
    limits_use: bool
    """The answers should not be the sole evidence for a decision."""
    value: float | None = None
    """What was measured, in the unit that the message names; a share is 0 to 1."""


class Quality(_Part):
    usable: bool
    """False: "not usable as sole evidence", and `reasons` says why."""
    reasons: tuple[QualityReason, ...]
    loss: float
    """Share of the candidate's packets that never came."""
    lost_ms: int
    """Within turns."""
    concealed_ms: int
    level_dbfs: float | None
    """Of the speech; null: nothing was said."""
    late_words: int
    """That came when their answer had been closed."""
    untranscribed_s: float
    """Speech that could not be written down."""
    words: int
    """Of the answers, spoken."""
    low_confidence_words: int
    low_confidence: float = LOW_CONFIDENCE
    """What counts as such: `c` of a word below it."""


class Coverage(_Part):
    """One prompt of the agenda, in its order."""

    prompt_id: str
    kind: PromptKind
    number: str
    """What people call it: "1", a follow-up "1a", "practice"."""
    asked: bool
    """Its question was heard or shown, at least in part."""
    answered: bool
    status: AnswerStatus
    words: int
    speaking_s: float
    """Speech, without pauses and the time to think."""
    low_confidence_words: int
    audio_url: str | None = None
    """Signed, of the answer alone; null: nothing of it is recorded, or may be heard."""


class Links(_Part):
    """Relative to the server's mount. Null: there is none, or the link has not the scope."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    as_json: str | None = Field(None, alias="json")
    """Of the report. Write it by its alias: `json` is a method of pydantic's."""
    csv: str | None = None
    vtt: str | None = None
    txt: str | None = None
    audio: str | None = None
    """Both sides in one file."""
    candidate_audio: str | None = None
    """The candidate alone."""
    waveform: str | None = None
    """`SoundShown`: where the report has no waveform yet, it is waited for there."""
    bundle: str | None = None
    decisions: str | None = None
    """Where scores are decided about (POST); null also where there are none yet."""


class SoundShown(_Part):
    """Answer of `GET /v1/interviews/{id}/report/waveform`: what takes a while to be known."""

    waveform: Waveform | None
    """Null: there is no recording, or it cannot be read."""
    spans: tuple[Span, ...]
    """`lost` and `concealed`, by start; in place of those of the report."""
    quality: Quality
    """In place of that of the report: recordings may prove to be damaged."""


class Report(_Part):
    """Answer of `GET /v1/interviews/{id}/report`."""

    schema_version: Literal["1"] = "1"
    interview: InterviewShown
    branding: BrandShown = BrandShown()
    result: Result
    duration_s: float
    """Of the timeline."""
    recordings: tuple[RecordingShown, ...]
    spoken: tuple[Spoken, ...]
    """In the order in which it was said."""
    spans: tuple[Span, ...]
    """By start."""
    waveform: Waveform | None
    """Null: there is no recording, it cannot be read, or `links.waveform` will have it: a long one
    takes some seconds the first time."""
    quality: Quality
    coverage: tuple[Coverage, ...]
    links: Links = Links()
    expires_at: datetime | None = None
    """Of the signed URLs, and of the link by which it was asked for; ask again before."""
    scopes: tuple[str, ...] = ()
    """What this asker may do: `report`, `audio`, `decide`."""
