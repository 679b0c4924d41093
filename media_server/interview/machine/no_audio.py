"""The microphone sends nothing any more although the call lives: that is shown, said, and at last
the interview is paused. Silence is another matter: it is received, and has the silence ladder.
"""

from __future__ import annotations

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview import pacing
from media_server.interview.machine.draft import Draft
from media_server.interview.machine.utterances import break_off, heard_so_far_s, request, show_hint
from media_server.interview.pause import Pause, whole_wait_ms
from media_server.interview.state import AudioGone, State


def is_missed(state: State) -> AudioGone | None:
    """What the candidate is to know of it. None: audio comes, or they have typed an answer since,
    so they know, and do without."""
    gone = state.audio_gone
    return None if gone is None or gone.typed else gone


def stopped(draft: Draft, input_: inp.AudioStopped) -> None:
    """Shown at once; aloud as soon as it is the candidate's turn and the bot says nothing else."""
    state = draft.state
    if state.muted or not state.microphone:
        return  # the candidate knows
    draft.emit(ev.AudioStopped(quiet_s=round(input_.quiet_s, 3)))
    remind(draft)
    at_s = said_at_s(draft.state)
    if at_s is not None and at_s <= draft.now_s:
        say(draft)


def returned(draft: Draft, _input: inp.AudioReturned) -> None:
    """What was said of it is not true any more. What an answer lost is the matter of `AudioLost`;
    who had not begun, and has heard that nothing is heard, hears that it is."""
    gone = draft.state.audio_gone
    if gone is None:
        return
    utterance = draft.state.utterance
    if utterance is not None and utterance.kind == "audio_lost":
        break_off(draft, heard_so_far_s(draft), "stopped", "audio comes again")
    draft.emit(ev.AudioReturned())
    show_hint(draft, "audio_back")
    listening = draft.state.listening
    if listening is None or listening.spoke or listening.closing is not None or not gone.said:
        return
    if draft.state.utterance is None:
        request(draft, "audio_back")


def remind(draft: Draft) -> None:
    """On the screen, where it is of use."""
    if is_missed(draft.state) is not None:
        show_hint(draft, "audio_lost")


def say(draft: Draft) -> None:
    request(draft, "audio_lost")


def said_at_s(state: State) -> float | None:
    """When it is said aloud, the next time; None: not before something else happens."""
    gone, listening = is_missed(state), state.listening
    if gone is None or listening is None or listening.closing is not None:
        return None
    if state.utterance is not None or gone.said >= len(pacing.AUDIO_GONE_SAID_S):
        return None
    wait_s = pacing.AUDIO_GONE_SAID_S[gone.said]
    at_s = max(gone.since_s + wait_s, state.entered_s)
    if listening.typing_s is not None:
        at_s = max(at_s, listening.typing_s + wait_s)
    if listening.pause is None or gone.said:
        return at_s
    # The pause may be the end of the answer: then that comes first.
    latest_s = gone.since_s + pacing.AUDIO_GONE_SAID_BY_S
    return max(at_s, min(_ends_s(state, listening.pause), latest_s))


def _ends_s(state: State, pause: Pause) -> float:
    left_ms = whole_wait_ms(state.spec, pause) - pause.silence_ms
    return pause.since_s + max(0, left_ms) / 1000


def paused_at_s(state: State) -> float | None:
    """When the interview is paused for it. No silence is received, so no turn ends by it."""
    gone, listening = is_missed(state), state.listening
    if gone is None or listening is None:
        return None
    since_s = max(gone.since_s, listening.quiet_since_s, state.entered_s)
    return since_s + pacing.AUDIO_GONE_PAUSE_S
