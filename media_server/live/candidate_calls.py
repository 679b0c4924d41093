"""The candidate's connections to one session: taken in, spoken to, closed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from media_server.interview import effects as fx
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.state import State
from media_server.live import resume
from media_server.live.connection import Connection
from media_server.live.handover import OPENED_ELSEWHERE, SUPERSEDED, hint_in
from media_server.live.inbox import Inbox
from media_server.live.journal import Journal
from media_server.live.recover import timeline_end
from media_server.live.services import Services
from media_server.live.transcription import Transcriber
from media_server.ports import CloseReason
from media_server.ports.dialect import Welcome

logger = logging.getLogger(__name__)


class Session(Protocol):
    """What they ask of their session."""

    interview_id: str
    state: State

    @property
    def inbox(self) -> Inbox: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def transcriber(self) -> Transcriber: ...


class CandidateCalls:
    """One per session. `current`: the newest, which is spoken to; None: nobody is there."""

    def __init__(self, session: Session, services: Services, on_new: Callable[[], None]) -> None:
        """`on_new`: called when another connection becomes the one that is spoken to."""
        self.current: Connection | None = None
        self._session = session
        self._services = services
        self._on_new = on_new
        self._by_epoch: dict[int, Connection] = {}
        self._open: set[Connection] = set()
        """Those that are not over yet, also while they are being set up."""

    @property
    def quiet(self) -> bool:
        """No call is being set up, goes on, or has something to say at its end."""
        return self.current is None and not self._open

    def opens(self, connection: Connection) -> None:
        """A call is about to be set up: `closed` is called when it is over."""
        self._open.add(connection)

    def refused(self, connection: Connection) -> None:
        """Its offer cannot be used, so there will be no call."""
        self._open.discard(connection)

    def all(self) -> list[Connection]:
        """Those that were taken in, whether they are over or not."""
        return list(self._by_epoch.values())

    def live(self) -> set[int]:
        """Epochs of the connections that go on."""
        state = self._session.state
        live = {epoch for epoch, call in self._by_epoch.items() if not call.over.is_set()}
        if state.connected:
            live.add(state.connection_epoch)  # just written, and not taken in yet
        return live

    def connected(self, connection: Connection) -> None:
        """Media flows: the machine says whether it is taken in."""
        session, current = self._session, self.current
        offset_s = timeline_end(session.state)
        if current is not None:
            offset_s = max(offset_s, current.media_offset_s + current.media_s)
        connection.resume_token = resume.new_token(session.interview_id)
        arrived = inp.CallConnected(
            offset_s,
            connection.microphone,
            connection.channel.negotiated,
            resume.token_hash(connection.resume_token),
            connection.resumed_from,
            self._services.server,
            current.silent_s if current is not None else 0.0,
        )
        session.inbox.post(arrived, connection)

    def take_in(self, connection: Connection, event: ev.Connected) -> None:
        """The machine knows the connection: the newest is the one that is spoken to."""
        recording = None
        session, spec = self._session, self._session.state.spec
        if spec.retention.record_audio and connection.microphone:
            recording = self._services.recordings.open(session.interview_id, event.connection_epoch)
        self._by_epoch[event.connection_epoch] = connection
        self.current = connection
        self._on_new()
        connection.hidden_turns = event.hidden_turns
        hidden = hint_in(spec, "history_hidden").text if event.hidden_turns else ""
        notices = (self._services.stt.status().notice, hidden)
        connection.intake.keep_audio(fx.keeps_audio(session.state))
        connection.begin(
            event.connection_epoch,
            event.media_offset_s,
            recording,
            Welcome(
                interview_id=session.interview_id,
                connection_epoch=event.connection_epoch,
                resumed=event.connection_epoch > 1,
                last_seq=session.journal.last_seq,
                found_seq=session.journal.found,
                title=spec.title,
                questions_total=len(spec.questions),
                pace=session.state.pace,
                resume_token=connection.resume_token or None,
                notices=tuple(filter(None, notices)),
            ),
        )
        if connection.over.is_set():  # it ended while it waited for its turn in the inbox
            self.closed(connection, connection.close_reason or "gone")

    def acknowledged(self, connection: Connection) -> None:
        """The channel keeps the order: who acknowledges an event has received `welcome`."""
        if not connection.welcomed and connection.epoch and connection.channel.greeted:
            connection.welcomed = True
            self._session.inbox.post(inp.WelcomeReceived(connection.epoch))

    def closed(self, connection: Connection, reason: CloseReason) -> None:
        """The call is over. Nothing is computed for it any more but the finals it is owed."""
        session = self._session
        self._open.discard(connection)
        if connection is self.current:
            self.current = None
            session.transcriber.hang_up()
        if connection.epoch:
            session.inbox.post(connection.ended_input())
            session.inbox.do(connection.release)
        logger.info("interview %s: call closed, %s", session.interview_id, reason)

    def close(self, effect: fx.CloseCall) -> None:
        """As the machine says."""
        connection = self._by_epoch.get(effect.connection_epoch)
        if connection is None:
            return
        if effect.reason == "superseded":
            newest = self.current
            by_link = newest is not None and newest.hidden_turns and not newest.resumed_from
            connection.farewell(OPENED_ELSEWHERE if by_link else SUPERSEDED, "superseded")
        elif effect.linger_s:
            connection.shut_when_told(effect.reason, effect.linger_s)
        else:
            connection.shut(effect.reason)

    def shut_all(self, reason: CloseReason) -> None:
        """Not a byte leaves from here on, and nobody is spoken to."""
        for connection in self._by_epoch.values():
            connection.shut(reason)
        self.current = None
