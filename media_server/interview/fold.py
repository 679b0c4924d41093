"""`evolve`, the fold of an interview's events into its state: one function per event. Pure.

Every event is accepted in every state, because a log is history and history is not argued with;
what may happen when is decided in `machine`.

Over 400 lines on purpose: everything that changes the state stands in this one file.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from media_server.interview import events as ev
from media_server.interview import (
    fold_after_end,
    fold_interruptions,
    fold_pauses,
    fold_replies,
    fold_summary,
    late_tries,
    record,
)
from media_server.interview.agenda import extended
from media_server.interview.connection_record import ConnectionRecord
from media_server.interview.disclosure import greeting_parts
from media_server.interview.fold_answers import (
    confirm_asked,
    confirmed,
    typed_late,
    with_answer,
    with_turn,
)
from media_server.interview.pause import begun
from media_server.interview.replacing import replace
from media_server.interview.state import (
    MAX_RESUME_HASHES,
    Answer,
    AudioGone,
    CutOff,
    Listening,
    Noted,
    Skipped,
    State,
    Utterance,
    prompt_id_of,
)
from media_server.interview.status import LADDER_KINDS, LIVE, TERMINAL, Status
from media_server.interview.summary_events import SAID_IN_IT


def evolve(state: State, event: ev.Event, at_s: float) -> State:
    """Fold one event. Unknown event types (of a newer version) change nothing."""
    fold = _FOLDS.get(type(event))
    return fold(state, event, at_s) if fold is not None else state


def _enter(state: State, status: Status, at_s: float, **changes: Any) -> State:
    """Change the status and keep the account of active time."""
    active_s, since = state.active_s, state.active_since_s
    if since is not None and status not in LIVE:
        active_s, since = active_s + max(0.0, at_s - since), None
    elif since is None and status in LIVE:
        since = at_s
    if status not in LIVE:
        changes |= {"confirming": None, "skipped": None, "cut_off": changes.get("cut_off")}
    if status not in _JUDGED_LATER:
        changes.setdefault("interruption", None)
    return replace(
        state, status=status, entered_s=at_s, active_s=active_s, active_since_s=since, **changes
    )


_JUDGED_LATER = (Status.LISTENING, Status.CLOSING_TURN, Status.DISCONNECTED)
"""Where the words of an interruption may still be awaited."""


# --- folds, one per event -------------------------------------------------------------------------


def _created(s: State, e: ev.Created, at_s: float) -> State:
    return replace(s, created_s=at_s, entered_s=at_s, expires_s=e.expires_s)


def _joined(s: State, _e: ev.Joined, at_s: float) -> State:
    return _enter(s, Status.JOINED, at_s)


def _consented(s: State, e: ev.Consented, at_s: float) -> State:
    return _enter(
        s, Status.READY, at_s, consent_version=e.version, consent_by=e.by, consented_s=at_s
    )


def _connected(s: State, e: ev.Connected, at_s: float) -> State:
    record = ConnectionRecord(
        e.connection_epoch,
        e.media_offset_s,
        at_s,
        e.microphone,
        resume_hash=e.resume_hash,
        hidden_turns=e.hidden_turns,
    )
    back = s.status
    if s.status in (Status.DISCONNECTED, Status.PARKED):
        back = s.came_from or Status.READY
    return _enter(
        s, _without_turn(back), at_s, connected=True, connection_epoch=e.connection_epoch,
        server=e.server, utterance=None, microphone=e.microphone, channel=e.channel,
        connections=(*s.connections, record), came_from=None,
        listening=None, plan=None, waiting_step=0, muted=False, cut_off=None, audio_gone=None,
        confirming=None, skipped=None,
        paused_used_s=_pause_used(s, at_s), resume_hashes=_with_hash(s, e),
    )  # fmt: skip


def _without_turn(back: Status) -> Status:
    """Where to go back to with no turn open: LISTENING begins with the next `TurnOpened` only.

    So LISTENING always has an open turn, whose deadlines are those of the silence ladder.
    """
    return Status.ASKING if back is Status.LISTENING else back


def _with_hash(s: State, e: ev.Connected) -> tuple[tuple[int, str], ...]:
    if not e.resume_hash:
        return s.resume_hashes
    kept = s.resume_hashes[:1] + s.resume_hashes[1:][2 - MAX_RESUME_HASHES :]
    return (*kept, (e.connection_epoch, e.resume_hash))


def _welcomed(s: State, e: ev.Welcomed, _at_s: float) -> State:
    kept = tuple(h for h in s.resume_hashes if h[0] >= e.connection_epoch)
    return replace(s, resume_hashes=kept)


def _disconnected(s: State, e: ev.Disconnected, at_s: float) -> State:
    records = tuple(
        replace(
            record, media_s=e.media_s, lost_ms=e.lost_ms, concealed_ms=e.concealed_ms,
            jitter_ms=e.jitter_ms, packets_received=e.packets_received,
            packets_lost=e.packets_lost, unkept_ms=e.unkept_ms, reason=e.reason,
        ) if record.connection_epoch == e.connection_epoch else record
        for record in s.connections
    )  # fmt: skip
    s = replace(s, connections=records)
    if e.connection_epoch != s.connection_epoch or not s.connected:
        return s
    if s.status in TERMINAL or s.status is Status.PARKED:
        return replace(s, connected=False, utterance=None, listening=None, audio_gone=None)
    # The accounts close when the candidate went; the resume window opens now that it is known.
    gone_s = at_s - e.away_s
    gone = _enter(
        s, Status.DISCONNECTED, gone_s, connected=False, utterance=None, listening=None, plan=None,
        audio_gone=None, came_from=s.status, paused_used_s=_pause_used(s, gone_s),
    )  # fmt: skip
    return replace(gone, entered_s=at_s)


def _pause_used(s: State, at_s: float) -> float:
    spent = max(0.0, at_s - s.entered_s) if s.status is Status.PAUSED else 0.0
    return s.paused_used_s + spent


def _started(s: State, _e: ev.Started, at_s: float) -> State:
    return _enter(s, Status.GREETING, at_s, started_s=s.started_s or at_s)


def _paused(s: State, _e: ev.Paused, at_s: float) -> State:
    return _enter(
        s, Status.PAUSED, at_s, paused_from=s.status, utterance=None, listening=None, plan=None,
        audio_gone=None,
    )  # fmt: skip


def _resumed(s: State, _e: ev.Resumed, at_s: float) -> State:
    back = _without_turn(s.paused_from or Status.READY)
    return _enter(s, back, at_s, paused_from=None, paused_used_s=_pause_used(s, at_s))


def _parked(s: State, _e: ev.Parked, at_s: float) -> State:
    """Coming back from PARKED goes straight on: a pause does not outlive it."""
    back = s.came_from if s.status is Status.DISCONNECTED else s.status
    if back is Status.PAUSED:
        back = s.paused_from
    return _enter(
        s, Status.PARKED, at_s, came_from=back, paused_from=None, utterance=None, listening=None,
        plan=None, paused_used_s=0.0,
    )  # fmt: skip


def _ended(s: State, e: ev.Ended, at_s: float) -> State:
    return _enter(
        s, e.status, at_s, ended_reason=e.reason, ended_s=at_s, utterance=None, listening=None,
        plan=None,
    )  # fmt: skip


def _greeting_asked(s: State, e: ev.GreetingAsked, at_s: float) -> State:
    asked = at_s if s.greeting_asked_s is None else s.greeting_asked_s
    return replace(s, greeting_attempts=e.attempt, greeting_asked_s=asked)


def _greeting_prepared(s: State, e: ev.GreetingPrepared, _at_s: float) -> State:
    return replace(s, greeting_text=e.text, greeting_source=e.source)


def _utterance_requested(s: State, e: ev.UtteranceRequested, at_s: float) -> State:
    utterance = Utterance(e.utterance_id, e.kind, e.text, e.prompt_id, at_s, delivery=e.delivery)
    s = replace(s, utterance=utterance, utterances=s.utterances + 1, cut_off=None)
    if e.kind == "audio_lost" and s.audio_gone is not None:
        s = replace(s, audio_gone=replace(s.audio_gone, said=s.audio_gone.said + 1))
    if e.kind == "lost_you" and s.listening is not None:
        pause = s.listening.pause
        pause = replace(pause, held=True) if pause is not None else None
        listening = replace(s.listening, lost_to_say=False, lost_said_s=at_s, pause=pause)
        s = replace(s, listening=listening)
    return s


def _utterance_started(s: State, e: ev.UtteranceStarted, at_s: float) -> State:
    requested_s = s.utterance.requested_s if s.utterance else at_s
    asks = s.utterance.prompt_id if s.utterance else _current_id(s)
    delivery = s.utterance.delivery if s.utterance else s.delivery
    utterance = Utterance(
        e.utterance_id, e.kind, e.text, asks, requested_s, at_s, e.duration_s, delivery
    )
    number = int(e.utterance_id.rpartition("-")[2] or 0)
    s = replace(s, utterance=utterance, utterances=max(s.utterances, number))
    if e.kind == "greeting":
        return s if s.status is Status.GREETING else _enter(s, Status.GREETING, at_s)
    if s.turn_ended_s is not None and e.spoken and e.kind not in LADDER_KINDS:
        after_speech = at_s - s.last_speech_s if s.last_speech_s is not None else None
        sample = (at_s - s.turn_ended_s, after_speech)
        s = replace(s, latencies=(*s.latencies, sample), turn_ended_s=None, last_speech_s=None)
    if e.kind == "wrap_up":
        return _enter(s, Status.WRAP_UP, at_s, plan=None)
    if e.kind in LADDER_KINDS:
        return s
    if e.kind == "confirm_request" and s.confirming is not None:
        answers = with_answer(s, s.answering, confirm="asked")
        s = replace(s, confirming=replace(s.confirming, asked=True), answers=answers)
    changes: dict[str, Any] = {}
    if e.kind == "question":  # it is answered from now on, whatever was added to another before
        starts = s.question_starts + 1
        changes = {
            "question_heard": False, "answering": _current_id(s), "question_starts": starts
        }  # fmt: skip
    elif e.kind in SAID_IN_IT:
        changes = {"answering": _current_id(s)}
    return _enter(s, Status.ASKING, at_s, listening=None, plan=None, **changes)


def _current_id(s: State) -> str:
    return s.prompt.prompt_id if s.prompt is not None else ""


def _more_to_greet(s: State) -> bool:
    """Only the disclosure was said, in a language of its own: see `greeting_parts`."""
    first, *rest = greeting_parts(s.greeting_text, s.spec.candidate.locale)
    return bool(rest) and s.utterance is not None and s.utterance.text == first


def _utterance_ended(s: State, e: ev.UtteranceEnded, at_s: float) -> State:
    if s.utterance is not None and s.utterance.utterance_id != e.utterance_id:
        return s
    changes: dict[str, Any] = {}
    heard = e.complete or e.outcome == "interrupted"
    if e.kind == "greeting" and heard and not (e.complete and _more_to_greet(s)):
        changes["greeting_heard"] = True
    if e.kind in ("question", "repeat") and heard and e.judged:
        changes["question_heard"] = True
    if s.utterance is not None and e.outcome == "gate_closed" and e.kind not in LADDER_KINDS:
        changes["cut_off"] = CutOff(s.utterance, at_s)
    s = replace(fold_summary.utterance_ended(s, e), utterance=None, **changes)
    turn = s.turn(s.turn_epoch) if e.kind in LADDER_KINDS else None
    if turn is not None and e.outcome == "interrupted":
        s = with_turn(s, turn.turn_epoch, turn.prompt_id, at_s, spoken_over=e.kind)
    if e.kind == "lost_you" and s.listening is not None and s.listening.pause is not None:
        pause = begun(s.spec, s.pace, at_s, spoken_ms=s.listening.pause.spoken_ms)
        s = replace(s, listening=replace(s.listening, pause=pause))
    return s


def _utterance_resumed(s: State, e: ev.UtteranceResumed, at_s: float) -> State:
    current = _current_id(s)
    utterance = Utterance(
        e.utterance_id, e.kind, e.text, current, at_s, at_s, e.duration_s, e.delivery,
        e.from_s, e.again,
    )  # fmt: skip
    number = int(e.utterance_id.rpartition("-")[2] or 0)
    changes = {"answering": current} if e.kind == "question" else {}
    return _enter(
        replace(s, utterance=utterance, utterances=max(s.utterances, number)), Status.ASKING, at_s,
        listening=None, plan=None, **changes,
    )  # fmt: skip


def _round_advanced(s: State, e: ev.RoundAdvanced, _at_s: float) -> State:
    return replace(_asked(s, prompt_id_of(s.spec, e)), round=e.round)


def _prompt_asked(s: State, e: ev.PromptAsked, _at_s: float) -> State:
    return _asked(s, e.prompt_id)


def _asked(s: State, prompt_id: str) -> State:
    ahead = range(s.position + 1, len(s.agenda))
    position = next((n for n in ahead if s.agenda[n].prompt_id == prompt_id), s.position)
    answers = with_answer(s, prompt_id, status="open")
    return replace(
        s, position=position, answering=prompt_id, answers=answers, question_heard=False,
        question_starts=0,
    )  # fmt: skip


def _agenda_extended(s: State, e: ev.AgendaExtended, _at_s: float) -> State:
    agenda = extended(s.agenda, e.prompt, s.position)
    known = s.answers
    answers = {p.prompt_id: known.get(p.prompt_id) or Answer(p) for p in agenda}
    return replace(s, agenda=agenda, answers=MappingProxyType(answers))


def _turn_opened(s: State, e: ev.TurnOpened, at_s: float) -> State:
    interruption = fold_interruptions.in_turn(s.interruption, e, at_s)
    prompt_id = prompt_id_of(s.spec, e)
    s = with_turn(s, e.turn_epoch, prompt_id, at_s)
    listening = Listening(quiet_since_s=at_s)
    confirming = s.confirming if s.confirming is not None and s.confirming.asked else None
    s = replace(
        s, turn_epoch=e.turn_epoch, answering=prompt_id, waiting_step=0, utterance=None,
        cut_off=None, confirming=confirming, interruption=interruption,
    )  # fmt: skip
    return _enter(s, Status.LISTENING, at_s, listening=listening, plan=None)


def _turn_ended(s: State, e: ev.TurnEnded, at_s: float) -> State:
    changes: dict[str, Any] = {
        "end_reason": e.reason,
        "lost_ms": e.lost_ms,
        "concealed_ms": e.concealed_ms,
        "jitter_ms": e.jitter_ms,
    }
    if e.start_s is not None:
        changes |= {"start_s": e.start_s, "end_s": e.end_s}
    if e.typed is not None:
        changes["typed"] = e.typed
        if s.audio_gone is not None:
            s = replace(s, audio_gone=replace(s.audio_gone, typed=True))
    s = with_turn(s, e.turn_epoch, prompt_id_of(s.spec, e), at_s, **changes)
    silence_s = e.silence_ms / 1000 if e.silence_ms is not None else None
    last_speech_s = at_s - silence_s if silence_s is not None else None
    s = replace(s, turn_ended_s=at_s, last_speech_s=last_speech_s)
    if s.status is Status.LISTENING and e.reason not in _CUT_OFF:
        return _enter(s, Status.CLOSING_TURN, at_s, listening=None, utterance=None, waiting_step=0)
    return s


_CUT_OFF = frozenset({"disconnected", "paused", "left", "cancelled"})
"""The turn was cut off: whatever cut it off decides what comes next."""


def _segment_submitted(s: State, e: ev.SegmentSubmitted, _at_s: float) -> State:
    return replace(s, pending=MappingProxyType({**s.pending, e.segment.segment_id: e}))


def _segment_transcribed(s: State, e: ev.SegmentTranscribed, at_s: float) -> State:
    rest = {key: value for key, value in s.pending.items() if key != e.segment_id}
    s = replace(s, pending=MappingProxyType(rest))
    turn = s.turn(e.turn_epoch)
    segments = turn.segments if turn is not None else ()
    prompt_id = turn.prompt_id if turn is not None else prompt_id_of(s.spec, e)
    known = next((n for n, seg in enumerate(segments) if seg.segment_id == e.segment_id), None)
    if known is not None:
        if e.untranscribed or not segments[known].untranscribed:
            return s  # the first final stands
        # Given up then, transcribed later from the audio that was kept.
        later = (*segments[:known], e, *segments[known + 1 :])
        s = replace(s, late_tries=late_tries.without(s.late_tries, e.segment_id))
        return with_turn(s, e.turn_epoch, prompt_id, at_s, segments=later)
    return with_turn(s, e.turn_epoch, prompt_id, at_s, segments=(*segments, e))


def _late_tried(s: State, e: ev.LateTried, at_s: float) -> State:
    return replace(s, late_tries=late_tries.after(s.late_tries, e, at_s))


def _stretch_transcribed(s: State, e: ev.StretchTranscribed, at_s: float) -> State:
    turn = s.turn(e.turn_epoch)
    if turn is None:
        return s
    return with_turn(s, e.turn_epoch, turn.prompt_id, at_s, stretches=record.after(turn, e))


def _listening(**changes: Any) -> Callable[[State, Any, float], State]:
    def fold(s: State, _e: ev.Event, at_s: float) -> State:
        if s.listening is None:
            return s
        quiet: dict[str, Any] = {"quiet_since_s": at_s} if changes.get("quiet") else {}
        rest = {key: value for key, value in changes.items() if key != "quiet"}
        return replace(s, listening=replace(s.listening, **rest, **quiet))

    return fold


def _words_heard(s: State, e: ev.WordsHeard, _at_s: float) -> State:
    if s.listening is None:
        return s
    more = s.listening.more_than_request or e.more_than_request
    return replace(s, listening=replace(s.listening, words=True, more_than_request=more))


def _requested(s: State, e: ev.Requested, at_s: float) -> State:
    s = replace(s, requests=(*s.requests, Noted(e, at_s)))
    if e.turn_epoch is not None and (turn := s.turn(e.turn_epoch)) is not None:
        s = with_turn(s, e.turn_epoch, turn.prompt_id, at_s, request=e.intent)
    if e.flags_turn is not None and (turn := s.turn(e.flags_turn)) is not None:
        s = with_turn(s, e.flags_turn, turn.prompt_id, at_s, flagged=True)
    if e.effect == "greeting_skipped":
        return replace(s, greeting_heard=True)
    answer = s.current
    if answer is None:
        return s
    if e.effect == "skipped" and e.prompt_id == answer.prompt.prompt_id:
        return replace(s, skipped=Skipped(e.prompt_id, at_s))
    if e.effect == "undone":
        return replace(s, skipped=None)
    if e.effect == "offered":
        return replace(s, answers=with_answer(s, answer.prompt.prompt_id, skip_offered=True))
    if e.effect == "rephrased":
        answer = s.answers.get(e.prompt_id, answer)
        again = with_answer(s, answer.prompt.prompt_id, rephrased=answer.rephrased + 1)
        return replace(s, answers=again)
    return s


def _audio_stopped(s: State, e: ev.AudioStopped, at_s: float) -> State:
    return replace(s, audio_gone=AudioGone(at_s - e.quiet_s)) if s.audio_gone is None else s


def _audio_returned(s: State, _e: ev.AudioReturned, at_s: float) -> State:
    """The ladder begins again: what was not received was no silence."""
    listening = replace(s.listening, quiet_since_s=at_s) if s.listening is not None else None
    waiting = s.utterance  # to be said, and not true any more
    if waiting is not None and waiting.kind == "audio_lost" and waiting.playing_since_s is None:
        s = replace(s, utterance=None)
    return replace(s, audio_gone=None, listening=listening)


def _muted(s: State, e: ev.Muted, _at_s: float) -> State:
    return replace(s, muted=e.muted, audio_gone=None)


def _closing(s: State, e: ev.TurnClosing, at_s: float) -> State:
    if s.listening is None:
        return s
    return replace(s, listening=replace(s.listening, closing=e.reason, closing_since_s=at_s))


def _ladder(s: State, e: ev.LadderReached, _at_s: float) -> State:
    if s.listening is None:
        return s
    return replace(s, listening=replace(s.listening, rung=e.rung))


def _answer_closed(s: State, e: ev.AnswerClosed, _at_s: float) -> State:
    prompt_id = prompt_id_of(s.spec, e)
    return replace(s, answers=with_answer(s, prompt_id, status=e.status, reason=e.reason))


def _reopened(s: State, e: ev.AnswerReopened, _at_s: float) -> State:
    return replace(s, answers=with_answer(s, e.prompt_id, status=e.status, reason=e.reason))


_FOLDS: dict[type[ev.Event], Callable[[State, Any, float], State]] = {
    ev.Created: _created,
    ev.Joined: _joined,
    ev.Consented: _consented,
    ev.Connected: _connected,
    ev.Welcomed: _welcomed,
    ev.Disconnected: _disconnected,
    ev.Started: _started,
    ev.Paused: _paused,
    ev.Resumed: _resumed,
    ev.Parked: _parked,
    ev.Ended: _ended,
    ev.GreetingAsked: _greeting_asked,
    ev.GreetingPrepared: _greeting_prepared,
    ev.UtteranceRequested: _utterance_requested,
    ev.UtteranceStarted: _utterance_started,
    ev.UtteranceEnded: _utterance_ended,
    ev.UtteranceResumed: _utterance_resumed,
    ev.RoundAdvanced: _round_advanced,
    ev.PromptAsked: _prompt_asked,
    ev.AgendaExtended: _agenda_extended,
    ev.TurnOpened: _turn_opened,
    ev.TurnEnded: _turn_ended,
    ev.TypedLate: typed_late,
    ev.SegmentSubmitted: _segment_submitted,
    ev.SegmentTranscribed: _segment_transcribed,
    ev.LateTried: _late_tried,
    ev.StretchTranscribed: _stretch_transcribed,
    ev.AnswerGrew: fold_pauses.answer_grew,
    ev.SpeechBegan: _listening(
        speaking=True, spoke=True, quiet=True, pause=None, think_until_s=None
    ),
    ev.SpeechPaused: fold_pauses.speech_paused,
    ev.SpeechWentOn: fold_pauses.speech_went_on,
    ev.WordsHeard: _words_heard,
    ev.SilenceExtended: fold_pauses.silence_extended,
    ev.PauseJudged: fold_pauses.pause_judged,
    ev.AudioLost: fold_pauses.audio_lost,
    ev.Held: fold_pauses.held,
    ev.BargedIn: fold_interruptions.barged_in,
    ev.InterruptionJudged: fold_interruptions.interruption_judged,
    ev.EchoHeard: lambda s, _e, _at: replace(s, echo_heard=True),
    ev.Requested: _requested,
    ev.TurnClosing: _closing,
    ev.NotHeard: lambda s, _e, _at: replace(
        s, answers=with_answer(s, s.answering, not_heard_said=True)
    ),
    ev.LadderReached: _ladder,
    ev.Waiting: lambda s, e, _at: replace(s, waiting_step=e.step),
    ev.PlanMade: lambda s, e, at: _enter(s, Status.DECIDING, at, plan=e, confirming=None),
    ev.AnswerClosed: _answer_closed,
    ev.AnswerReopened: _reopened,
    ev.UndoOver: lambda s, _e, _at: replace(s, skipped=None),
    ev.DeliverySet: lambda s, e, _at: replace(s, delivery=e.delivery),
    ev.ConfirmAsked: confirm_asked,
    ev.Confirmed: confirmed,
    ev.SummaryTold: fold_summary.told,
    ev.SummaryAsked: fold_summary.asked,
    ev.SummaryCorrected: fold_summary.corrected,
    ev.SummarySettled: fold_summary.settled,
    ev.TimeUp: lambda s, _e, _at: replace(s, time_up=True),
    ev.GateChanged: lambda s, e, at: replace(s, gate_closed_s=at if e.closed else None),
    ev.Muted: _muted,
    ev.AudioStopped: _audio_stopped,
    ev.AudioReturned: _audio_returned,
    **fold_after_end.FOLDS,
    ev.PaceSet: lambda s, e, _at: replace(s, pace=e.pace),
    ev.WatchChanged: lambda s, e, _at: replace(s, watchers=e.watchers),
    **fold_replies.FOLDS,
}
