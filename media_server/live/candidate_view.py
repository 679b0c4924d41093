"""What a candidate is shown of the interview: as it happens, and again after an absence."""

from __future__ import annotations

from typing import Protocol

from media_server.interview import events as ev
from media_server.interview.state import State
from media_server.interview.view import View, is_hidden, is_quote_hidden, progress, view
from media_server.live import history
from media_server.live.connection import Connection
from media_server.live.handover import hint_in
from media_server.live.journal import Placed
from media_server.live.prompt_audio import PromptAudio
from media_server.ports import EventLog
from media_server.ports.dialect import Durable, Momentary


class Shown(Protocol):
    """The interview that is shown."""

    interview_id: str
    state: State


class CandidateView:
    """One per session. Everything goes through the gate of the connection it is given."""

    def __init__(self, session: Shown, log: EventLog, prompt_audio: PromptAudio) -> None:
        self._session = session
        self._log = log
        self._prompt_audio = prompt_audio
        self._shown: View | None = None
        self.told_until = 0
        """Newest durable event when the gate was closed for a lease in doubt."""

    def forget(self) -> None:
        """Another connection is spoken to from now on, which has seen nothing yet."""
        self._shown = None

    def tell(self, connection: Connection, placed: Placed, state: State) -> None:
        """An event that has just happened; `state` is the one after it."""
        seq, event = placed
        if is_hidden(event, connection.hidden_turns):
            return
        if seq is not None:
            connection.send(Durable(event, seq, state))
            if isinstance(event, ev.SegmentTranscribed):
                return
        clip = None
        if isinstance(event, ev.UtteranceStarted):
            utterance = state.utterance
            how = utterance.delivery if utterance is not None else state.delivery
            clip = self._prompt_audio.clip_of(event.text, how)
        sentences = clip.sentences if clip is not None else ()
        connection.send(Momentary(event, state, sentences))

    def show(self, connection: Connection, now_s: float) -> None:
        """Send the state when what the candidate should see has changed."""
        state = self._session.state
        shown = view(state, now_s)
        if shown != self._shown:
            if self._shown is None or shown.stage != self._shown.stage:
                connection.send(progress(state, now_s))
            self._shown = shown
            connection.send(shown)

    async def replay(self, connection: Connection, last_seq: int) -> None:
        """Durable events the client has missed. Raises StoreUnavailable."""
        interview_id = self._session.interview_id
        connection.channel.greet()
        with connection.channel.replaying(last_seq) as after_seq:
            async for entry in history.entries(self._log, interview_id, after_seq=after_seq):
                if connection.channel.behind:
                    break  # a slow reader: the rest when the channel has room
                event = history.event_of(interview_id, entry)
                state, hidden = self._session.state, connection.hidden_turns
                if event is None or is_hidden(event, hidden):
                    continue
                if isinstance(event, ev.PromptAsked) and is_quote_hidden(
                    state, event.prompt_id, hidden
                ):
                    continue
                connection.send(Durable(event, entry.seq, state))

    def show_again(self, connection: Connection, now_s: float) -> None:
        """The state as it is, whatever was shown before; and what is not shown at all."""
        self.forget()
        self.show(connection, now_s)
        if connection.hidden_turns and not connection.resumed_from:
            connection.send(hint_in(self._session.state.spec, "history_hidden"))
