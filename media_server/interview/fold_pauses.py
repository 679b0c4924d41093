"""The fold of the events of a pause in the candidate's turn, and of an outage in it. Pure."""

from __future__ import annotations

from media_server.interview import events as ev
from media_server.interview.patience import remembered
from media_server.interview.pause import ASKED_FOR, begun
from media_server.interview.replacing import replace
from media_server.interview.state import State


def held(s: State, e: ev.Held, at_s: float) -> State:
    listening = s.listening
    if listening is None:
        return s
    pause = listening.pause
    until_s: float | None = at_s + e.hold_s
    if listening.speaking:
        until_s = until_s if e.by == "click" else None
    else:
        pause = (pause or begun(s.spec, s.pace, at_s)).at(at_s)
        wait_ms = pause.silence_ms + round(e.hold_s * 1000)
        pause = replace(pause, wait_ms=wait_ms, reason=ASKED_FOR, held=True)
    if (waiting := s.utterance) is not None and waiting.playing_since_s is None:
        s = replace(s, utterance=None)  # a word of help that was on its way: not into this
    listening = replace(
        listening, quiet_since_s=at_s + e.hold_s, pause=pause, think_until_s=until_s
    )
    return replace(s, listening=listening)


def answer_grew(s: State, _e: ev.AnswerGrew, at_s: float) -> State:
    if s.listening is None:
        return s
    quiet_since_s = max(s.listening.quiet_since_s, at_s)  # a moment to think may last longer
    listening = replace(s.listening, quiet_since_s=quiet_since_s, rung=0, typing_s=at_s)
    return replace(s, listening=listening)


def speech_paused(s: State, e: ev.SpeechPaused, at_s: float) -> State:
    if s.listening is None:
        return s
    pause = begun(s.spec, s.pace, at_s, e.silence_ms, e.spoken_ms)
    return replace(
        s, listening=replace(s.listening, speaking=False, quiet_since_s=at_s, pause=pause)
    )


def pause_judged(s: State, e: ev.PauseJudged, at_s: float) -> State:
    if s.listening is None or s.listening.pause is None:
        return s
    pause = replace(s.listening.pause.at(at_s), goes_on=e.goes_on)
    return replace(s, listening=replace(s.listening, pause=pause))


def speech_went_on(s: State, e: ev.SpeechWentOn, at_s: float) -> State:
    if s.listening is None:
        return s
    listening = replace(
        s.listening, speaking=True, quiet_since_s=at_s, pause=None, think_until_s=None
    )
    return replace(s, listening=listening, pauses_ms=remembered(s.pauses_ms, e.pause_ms))


def silence_extended(s: State, e: ev.SilenceExtended, at_s: float) -> State:
    if s.listening is None or s.listening.pause is None:
        return s
    pause = replace(s.listening.pause.at(at_s), wait_ms=e.wait_ms, reason=e.reason)
    return replace(s, listening=replace(s.listening, pause=pause))


def audio_lost(s: State, e: ev.AudioLost, at_s: float) -> State:
    """The pause, if one ran, begins again."""
    if s.listening is None:
        return s
    to_say = s.listening.lost_to_say or e.to_say
    lost_ms = 0 if e.told_ms else s.listening.lost_ms + e.lost_ms
    listening = replace(
        s.listening, quiet_since_s=at_s, pause=None, lost_to_say=to_say, lost_ms=lost_ms
    )
    return replace(s, listening=listening)
