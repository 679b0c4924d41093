"""Who follows which interview's words here, and what they are passed.

Words are passed on by the session that has the interview, and by no other: the candidate whose
words they are sees in the same moment that somebody follows them. `told` and `interim` cost one
look into a dictionary where nobody does.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from typing import Any, Protocol

from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.state import State
from media_server.live.feeds import Feeds
from media_server.ports.live_events import LiveEvent
from media_server.segment_info import SegmentInfo

logger = logging.getLogger(__name__)

MOST_WAITING = 128
"""Words that one reader has not taken yet; with one more it is cut off."""
GRACE_S = 4.0
"""A watcher who comes back within this has not left: a stream that is lost is opened again."""


class WatchedSession(Protocol):
    """The session of an interview that may be followed."""

    interview_id: str
    state: State

    def post(self, input_: inp.Input) -> None: ...


class Ear:
    """One reader of an interview's words."""

    def __init__(self, interview_id: str, by: str) -> None:
        self.interview_id = interview_id
        self.by = by
        """Label of the API key."""
        self.waiting: deque[LiveEvent] = deque()
        self.news = asyncio.Event()
        self.too_slow = False

    def hear(self, event: LiveEvent) -> None:
        """A newer guess at an open segment takes the place of the one that waits."""
        if self.waiting and event.name == "words.interim":
            last = self.waiting[-1]
            if last.name == event.name and last.data["segment"] == event.data["segment"]:
                self.waiting.pop()
        if len(self.waiting) >= MOST_WAITING:
            self.too_slow = True
        else:
            self.waiting.append(event)
        self.news.set()

    def take(self) -> tuple[LiveEvent, ...]:
        taken = tuple(self.waiting)
        self.waiting.clear()
        self.news.clear()
        return taken


class WatchHub:
    """One per process. Used on its event loop only."""

    def __init__(self) -> None:
        self._ears: dict[str, set[Ear]] = {}
        self._timers: set[asyncio.TimerHandle] = set()
        self.closed = False
        """This server stops: every watcher goes to another."""
        self.closing = asyncio.Event()
        self.feeds = Feeds(self.closing)
        """Close them when no stream is served any more."""

    @property
    def listening(self) -> int:
        """How many readers of words there are."""
        return sum(map(len, self._ears.values()))

    def close(self) -> None:
        self.closed = True
        self.closing.set()
        for timer in self._timers:
            timer.cancel()
        for ears in self._ears.values():
            for ear in ears:
                ear.news.set()

    # --- the watchers' side ---

    def join(self, ear: Ear, session: WatchedSession | None) -> None:
        """`session`: the interview's, where it is open here."""
        self._ears.setdefault(ear.interview_id, set()).add(ear)
        if session is not None:
            self._tell(session, ear.by)

    def leave(self, ear: Ear, find: Finder) -> None:
        """The candidate learns of it in GRACE_S. `find`: the session as it is then."""
        ears = self._ears.get(ear.interview_id, set())
        if ear not in ears:
            return
        ears.discard(ear)
        if not ears:
            del self._ears[ear.interview_id]
        if self.closed:
            return

        def later() -> None:
            self._timers.discard(timer)
            session = find(ear.interview_id)
            if session is not None:
                self._tell(session, ear.by)

        timer = asyncio.get_running_loop().call_later(GRACE_S, later)
        self._timers.add(timer)

    # --- the session's side ---

    def opened(self, session: WatchedSession) -> None:
        """It lives here now. What its log says of watchers was another server's, or another
        time's."""
        ears = self._ears.get(session.interview_id)
        self._tell(session, next(iter(ears)).by if ears else "")

    def _tell(self, session: WatchedSession, by: str) -> None:
        count = len(self._ears.get(session.interview_id, ()))
        if count or session.state.watchers:
            session.post(inp.WatchChanged(count, by))

    def told(self, interview_id: str, event: ev.Event, state: State) -> None:
        """An event that has just happened; `state` is the one after it."""
        ears = self._ears.get(interview_id)
        # The log has it first that somebody follows, and the candidate sees it.
        if not ears or not state.watchers or (found := words_of(event, state)) is None:
            return
        self._pass_on(ears, found)

    def interim(
        self, interview_id: str, segment: SegmentInfo, text: str, stable: str, state: State
    ) -> None:
        """The words of the open segment as its candidate reads them."""
        ears = self._ears.get(interview_id)
        if ears and state.watchers:
            data = {"segment": str(segment.segment_id), "text": text, "stable": stable}
            self._pass_on(ears, LiveEvent("words.interim", {**data, "prompt_id": state.answering}))

    def _pass_on(self, ears: set[Ear], event: LiveEvent) -> None:
        for ear in ears:
            ear.hear(event)


class Finder(Protocol):
    def __call__(self, interview_id: str, /) -> WatchedSession | None: ...


def words_of(event: ev.Event, state: State) -> LiveEvent | None:
    """What is heard or said by this event; None: nothing."""
    match event:
        case ev.UtteranceStarted():
            said: Mapping[str, Any] = {
                "utterance": event.utterance_id,
                "kind": event.kind,
                "text": event.text,
                "duration_s": round(event.duration_s, 3),
                "spoken": event.spoken,
                "prompt_id": state.prompt.prompt_id if state.prompt is not None else "",
            }
            return LiveEvent("words.caption", said)
        case ev.UtteranceEnded():
            ended = {"heard_s": round(event.heard_s, 3), "complete": event.complete}
            return LiveEvent("words.caption_ended", {"utterance": event.utterance_id, **ended})
        case ev.SegmentTranscribed():
            final = {
                "segment": str(event.segment_id),
                "text": event.text,
                "prompt_id": event.prompt_id,
                "untranscribed": bool(event.untranscribed),
            }
            return LiveEvent("words.final", final)
        case ev.TurnEnded(typed=str() as typed) if typed:
            return LiveEvent("words.typed", {"text": typed, "prompt_id": event.prompt_id})
    return None
