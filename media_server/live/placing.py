"""What only the shell knows of an utterance: its sound, its place on the candidate's timeline."""

from __future__ import annotations

from media_server.interview import events as ev
from media_server.interview.state import State
from media_server.live.connection import Connection
from media_server.live.kept_clips import KeptClips
from media_server.live.prompt_audio import PromptAudio


def placed(
    event: ev.Event,
    after: State,
    connection: Connection | None,
    prompt_audio: PromptAudio,
    kept_clips: KeptClips,
) -> ev.Event:
    """The event as the log gets it. `after`: the state with it, which does not depend on this."""
    match event:
        case ev.UtteranceStarted(spoken=True):
            how = after.utterance.delivery if after.utterance is not None else after.delivery
            clip = prompt_audio.clip_of(event.text, how)
            found: dict[str, object] = {"media_at_s": _heard_until(connection)}
            if clip is not None:
                found["starts_s"] = tuple(round(start_s, 3) for start_s, _ in clip.sentences)
                found["clip"] = kept_clips.name_of(clip)
            return event.model_copy(update=found)
        case ev.UtteranceResumed():
            return event.model_copy(update={"media_at_s": _heard_until(connection)})
        case ev.UtteranceEnded() if connection is not None and connection.microphone:
            began_s = connection.began_at_s(event.utterance_id)
            return event.model_copy(update={"media_from_s": began_s})
    return event


def _heard_until(connection: Connection | None) -> float | None:
    """On the interview's timeline; None: nothing can be heard."""
    if connection is None or not connection.microphone:
        return None
    return round(connection.media_offset_s + connection.media_s, 3)
