"""Every pair of state and input: what is done about it and where that may lead, or why nothing.

Staying in the state is always possible and not listed. Tests compare `to` with what an
exhaustive exploration finds, in both directions; docs/states.md is drawn from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from media_server.interview import inputs as inp
from media_server.interview.machine import (
    confirming,
    connection,
    deadlines,
    deciding,
    ending,
    evaluating,
    flagging,
    interrupted,
    no_audio,
    opening,
    pauses,
    requests,
    reviewing,
    saying_again,
    skipping,
    speaking,
    summing_up,
    turns,
)
from media_server.interview.machine.draft import Handled, Handler, Ignored
from media_server.interview.status import LIVE, TERMINAL, Status

S = Status
TABLE: dict[tuple[Status, type[Any]], Handled | Ignored] = {}


@dataclass(frozen=True, slots=True)
class _On:
    statuses: tuple[Status, ...]
    entry: Handled | Ignored


def on(*statuses: Status, do: Handler, to: Iterable[Status] = ()) -> _On:
    return _On(statuses, Handled(do, frozenset(to)))


def ignored(*statuses: Status, because: str) -> _On:
    return _On(statuses, Ignored(because))


def _row(input_type: type[Any], *entries: _On, otherwise: str = "") -> None:
    """One input in every state: the entries given, and for all other states the reason."""
    for status in Status:
        over = status in TERMINAL
        TABLE[status, input_type] = Ignored("the interview is over" if over else otherwise)
    for row in entries:
        for status in row.statuses:
            TABLE[status, input_type] = row.entry


_OPEN = tuple(status for status in Status if status not in TERMINAL)
_LIVE = tuple(status for status in Status if status in LIVE)
_ABSENT = (S.DISCONNECTED, S.PARKED)
_BEGUN = (*_LIVE, S.PAUSED, *_ABSENT)
_HERE = (S.READY, *_LIVE, S.PAUSED)
_NO_QUESTION = "there is no open question to do this with"
_NO_TURN = "no turn is open: an old turn's effect"
_GREETED = "the greeting is over"
_NO_REPLY = "nobody waits for a reply"
_SILENT = "nothing is to be said"

# --- deadlines ---
_row(
    inp.Tick,
    on(S.CREATED, S.JOINED, do=deadlines.tick, to=(S.EXPIRED,)),
    on(S.READY, do=deadlines.tick, to=(S.GREETING, S.EXPIRED)),
    on(S.GREETING, do=deadlines.tick, to=(S.LISTENING, S.DECIDING, S.PAUSED)),
    on(S.ASKING, do=deadlines.tick, to=(S.LISTENING, S.DECIDING, S.PAUSED, S.COMPLETED)),
    on(S.LISTENING, do=deadlines.tick, to=(S.ASKING, S.CLOSING_TURN, S.DECIDING, S.PAUSED)),
    on(S.CLOSING_TURN, do=deadlines.tick, to=(S.LISTENING, S.DECIDING, S.PAUSED)),
    on(S.DECIDING, do=deadlines.tick, to=(S.ASKING, S.LISTENING, S.PAUSED, S.COMPLETED)),
    on(S.WRAP_UP, do=deadlines.tick, to=(S.PAUSED, S.COMPLETED)),
    on(S.PAUSED, S.DISCONNECTED, do=deadlines.tick, to=(S.PARKED,)),
    on(S.PARKED, do=deadlines.tick, to=(S.ABANDONED, S.EXPIRED)),
)

# --- link, consent, greeting ---
_row(
    inp.LinkOpened,
    on(S.CREATED, do=opening.link_opened, to=(S.JOINED, S.READY)),
    otherwise="the link was opened before",
)
_row(
    inp.ConsentGiven,
    on(S.JOINED, do=opening.consent_given, to=(S.READY,)),
    otherwise="consent is recorded already",
)
_row(
    inp.ConsentDeclined,
    on(S.JOINED, S.READY, do=opening.consent_declined, to=(S.DECLINED,)),
    otherwise="the interview has begun",
)
_row(
    inp.GreetingReady,
    on(S.CREATED, S.JOINED, S.READY, S.GREETING, do=opening.greeting_ready),
    otherwise=_GREETED,
)
_row(
    inp.GreetingFailed,
    on(S.CREATED, S.JOINED, S.READY, S.GREETING, do=opening.greeting_failed),
    otherwise=_GREETED,
)
_row(
    inp.StartPressed,
    on(S.READY, do=opening.start_pressed, to=(S.GREETING,)),
    otherwise="it has started",
)

# --- connection ---
_row(
    inp.CallConnected,
    on(S.READY, do=connection.call_connected, to=(S.GREETING,)),
    on(S.GREETING, S.CLOSING_TURN, S.WRAP_UP, S.PAUSED, do=connection.call_connected),
    on(S.DECIDING, do=connection.call_connected, to=(S.LISTENING, S.PAUSED)),
    on(S.ASKING, do=connection.call_connected, to=(S.LISTENING, S.DECIDING)),
    on(S.LISTENING, do=connection.call_connected, to=(S.ASKING,)),
    on(*_ABSENT, do=connection.call_connected, to=_HERE),
    otherwise="no consent yet: the service refuses the call",
)
_row(
    inp.WelcomeReceived,
    on(*_OPEN, do=connection.welcome_received),
)
_row(
    inp.CallEnded,
    on(*Status, do=connection.call_ended),
    on(*_HERE, do=connection.call_ended, to=(S.DISCONNECTED,)),
)

# --- the candidate's messages ---
_row(inp.DonePressed, on(S.LISTENING, do=turns.done_pressed), otherwise=_NO_QUESTION)
_row(
    inp.NotFinishedPressed,
    on(S.LISTENING, do=requests.not_finished_pressed),
    on(
        S.ASKING,
        S.CLOSING_TURN,
        S.DECIDING,
        do=requests.not_finished_pressed,
        to=(S.LISTENING,),
    ),
    otherwise=_NO_QUESTION,
)
_row(
    inp.RepeatPressed,
    on(S.ASKING, S.LISTENING, do=requests.clicked(saying_again.repeat), to=(S.DECIDING,)),
    on(
        S.CLOSING_TURN,
        do=requests.while_time_is_left(requests.clicked(saying_again.repeat)),
        to=(S.DECIDING,),
    ),
    on(S.DECIDING, do=requests.before_reply(requests.clicked(saying_again.repeat))),
    otherwise=_NO_QUESTION,
)
_row(
    inp.RephrasePressed,
    on(S.ASKING, S.LISTENING, do=requests.clicked(saying_again.rephrase), to=(S.DECIDING,)),
    on(
        S.CLOSING_TURN,
        do=requests.while_time_is_left(requests.clicked(saying_again.rephrase)),
        to=(S.DECIDING,),
    ),
    on(S.DECIDING, do=requests.before_reply(requests.clicked(saying_again.rephrase))),
    otherwise=_NO_QUESTION,
)
_row(
    inp.SkipPressed,
    on(S.GREETING, do=opening.greeting_skipped),
    on(S.ASKING, S.LISTENING, do=requests.skip_pressed, to=(S.DECIDING,)),
    on(
        S.CLOSING_TURN,
        do=requests.while_time_is_left(requests.skip_pressed),
        to=(S.DECIDING,),
    ),
    on(S.DECIDING, do=requests.before_reply(requests.skip_pressed)),
    otherwise=_NO_QUESTION,
)
_row(
    inp.ThinkPressed,
    on(S.LISTENING, do=requests.think_pressed),
    on(S.CLOSING_TURN, S.DECIDING, do=requests.think_pressed, to=(S.LISTENING,)),
    ignored(S.ASKING, because="the question is being asked, and there is time after it"),
    otherwise=_NO_QUESTION,
)
_row(
    inp.SkipUndone,
    on(S.LISTENING, do=skipping.undo_pressed),
    on(
        S.ASKING,
        S.CLOSING_TURN,
        S.DECIDING,
        S.WRAP_UP,
        do=skipping.undo_pressed,
        to=(S.LISTENING,),
    ),
    otherwise="nothing was skipped a moment ago",
)
_row(
    inp.ConfirmPressed,
    on(
        S.ASKING,
        S.LISTENING,
        S.CLOSING_TURN,
        do=confirming.pressed,
        to=(S.DECIDING, S.PAUSED),
    ),
    otherwise="nothing was asked back",
)
_row(
    inp.SummaryChosen,
    on(
        S.ASKING,
        S.LISTENING,
        S.CLOSING_TURN,
        do=summing_up.pressed,
        to=(S.DECIDING,),
    ),
    on(S.DECIDING, do=summing_up.pressed),
    otherwise="no summary is offered now",
)
_row(
    inp.SummaryWritten,
    on(*_LIVE, S.PAUSED, do=summing_up.written),
    otherwise="no summary was given, or nobody is there",
)
_row(
    inp.PausePressed,
    on(
        S.GREETING,
        S.ASKING,
        S.LISTENING,
        S.CLOSING_TURN,
        S.DECIDING,
        do=requests.pause_pressed,
        to=(S.PAUSED,),
    ),
    ignored(S.WRAP_UP, because="the farewell is being said"),
    otherwise="there is no conversation to pause",
)
_row(
    inp.ResumePressed,
    on(S.PAUSED, do=connection.resume_pressed, to=_LIVE),
    otherwise="it is not paused",
)
_row(
    inp.LeavePressed,
    on(*_HERE, S.DISCONNECTED, do=ending.leave_pressed, to=(S.ENDED_BY_CANDIDATE,)),
    otherwise="not connected",
)
_row(inp.CandidateTypes, on(S.LISTENING, do=turns.candidate_types), otherwise=_NO_QUESTION)
_row(
    inp.AnswerTyped,
    on(S.ASKING, S.LISTENING, S.CLOSING_TURN, do=deciding.answer_typed, to=(S.DECIDING,)),
    on(S.DECIDING, do=deciding.typed_while_deciding),
    on(S.PAUSED, do=deciding.typed_while_paused, to=(S.DECIDING,)),
    on(S.READY, S.GREETING, S.WRAP_UP, *_ABSENT, do=deciding.typed_out_of_turn),
    otherwise=_NO_QUESTION,
)
_row(inp.PaceChosen, on(*_HERE, do=turns.pace_chosen), otherwise="not connected")
_row(inp.MuteChanged, on(*_HERE, do=turns.mute_changed), otherwise="not connected")

# --- what the receiver hears ---
_row(inp.AudioStopped, on(*_LIVE, do=no_audio.stopped), otherwise="nobody is being listened to")
_row(inp.AudioReturned, on(*_LIVE, do=no_audio.returned), otherwise="nobody missed it")
_row(inp.SpeechStarted, on(S.LISTENING, do=turns.speech_started), otherwise=_NO_TURN)
_row(inp.SpeechStopped, on(S.LISTENING, do=pauses.speech_stopped), otherwise=_NO_TURN)
_row(inp.SpeechResumed, on(S.LISTENING, do=pauses.speech_resumed), otherwise=_NO_TURN)
_row(inp.PauseJudged, on(S.LISTENING, do=pauses.pause_judged), otherwise=_NO_TURN)
_row(inp.AudioLost, on(S.LISTENING, do=pauses.audio_lost), otherwise=_NO_TURN)
_row(inp.TurnNearLimit, on(S.LISTENING, do=turns.near_limit), otherwise=_NO_TURN)
_row(
    inp.TurnOver,
    on(S.LISTENING, do=deciding.turn_over, to=(S.ASKING, S.CLOSING_TURN, S.DECIDING, S.PAUSED)),
    otherwise=_NO_TURN,
)
_row(
    inp.BargeIn,
    on(S.GREETING, do=speaking.greeting_interrupted),
    on(S.ASKING, do=speaking.question_interrupted, to=(S.LISTENING,)),
    on(S.LISTENING, do=speaking.ladder_interrupted),
    on(S.CLOSING_TURN, S.DECIDING, do=speaking.speech_before_reply, to=(S.LISTENING,)),
    ignored(S.WRAP_UP, because="the farewell is heard to its end"),
    otherwise="nothing is being said",
)
_row(inp.EchoHeard, on(*_LIVE, do=interrupted.echo_heard), otherwise="nothing is being said")

# --- words ---
_row(inp.SegmentReady, on(*Status, do=turns.segment_ready))
_row(inp.InterimHeard, on(S.LISTENING, do=turns.interim_heard), otherwise=_NO_TURN)
_row(
    inp.SegmentHeard,
    on(*Status, do=deciding.segment_heard),
    on(
        S.CLOSING_TURN,
        do=deciding.segment_heard,
        to=(S.ASKING, S.DECIDING, S.LISTENING, S.PAUSED),
    ),
)

_row(inp.LateTry, on(*Status, do=deciding.late_try))
_row(inp.HeardAgain, on(*Status, do=deciding.heard_again))
_row(inp.StretchHeard, on(*Status, do=deciding.stretch_heard))

_row(inp.InstructionsFound, on(*Status, do=flagging.instructions_found))

# --- the language model ---
_row(
    inp.ReplyReady,
    on(S.LISTENING, S.CLOSING_TURN, S.DECIDING, S.ASKING, S.PAUSED, do=deciding.reply_ready),
    otherwise=_NO_REPLY,
)
_row(
    inp.ReplyFailed,
    on(S.LISTENING, S.CLOSING_TURN, S.DECIDING, do=deciding.reply_failed),
    otherwise=_NO_REPLY,
)

# --- the voice and the gate ---
_row(
    inp.VoiceReady,
    on(S.LISTENING, S.CLOSING_TURN, S.WRAP_UP, do=speaking.voice_ready),
    on(S.GREETING, do=speaking.voice_ready, to=(S.ASKING,)),
    on(S.ASKING, do=speaking.voice_ready, to=(S.WRAP_UP,)),
    on(S.DECIDING, do=speaking.voice_ready, to=(S.ASKING, S.WRAP_UP)),
    otherwise=_SILENT,
)
_row(
    inp.VoiceFailed,
    on(S.LISTENING, S.CLOSING_TURN, do=speaking.voice_failed),
    on(S.GREETING, do=speaking.voice_failed, to=(S.LISTENING,)),
    on(S.ASKING, do=speaking.voice_failed, to=(S.LISTENING, S.DECIDING, S.COMPLETED)),
    on(S.DECIDING, do=speaking.voice_failed, to=(S.ASKING, S.LISTENING, S.COMPLETED)),
    on(S.WRAP_UP, do=speaking.voice_failed, to=(S.COMPLETED,)),
    otherwise=_SILENT,
)
_row(
    inp.PlayoutEnded,
    on(S.GREETING, S.LISTENING, S.CLOSING_TURN, S.DECIDING, do=speaking.playout_ended),
    on(S.ASKING, do=speaking.playout_ended, to=(S.LISTENING, S.DECIDING)),
    on(S.WRAP_UP, do=speaking.playout_ended, to=(S.COMPLETED,)),
    otherwise="it was stopped",
)
_row(inp.PlayRefused, on(*_LIVE, do=speaking.play_refused), otherwise=_SILENT)
_row(inp.GateClosed, on(*_OPEN, do=speaking.gate_closed))
_row(inp.GateOpened, on(*_OPEN, do=speaking.gate_opened))

# --- the integrator and the shell ---
_row(inp.WatchChanged, on(*_OPEN, do=connection.watch_changed))
_row(
    inp.TranscriptReviewed,
    on(S.COMPLETED, S.ENDED_BY_CANDIDATE, do=reviewing.transcript_reviewed),
    otherwise="it goes on",
)
_row(inp.Evaluated, on(*TERMINAL, do=evaluating.evaluated), otherwise="it goes on")
_row(inp.EvaluateAgain, on(*TERMINAL, do=evaluating.renewed), otherwise="it goes on")
_row(inp.ScoreDecided, on(*TERMINAL, do=evaluating.decided), otherwise="it goes on")
_row(inp.Cancel, on(*_OPEN, do=ending.cancel, to=(S.CANCELLED,)))
_row(inp.Fail, on(*_OPEN, do=ending.fail, to=(S.FAILED,)))
