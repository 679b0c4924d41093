"""A call in writing, as the HTTP side holds it: texts out, texts in, and when it is over."""

from __future__ import annotations

from typing import Protocol

from media_server.ports.call import CloseReason


class TextLine(Protocol):
    """One candidate's connection without sound. `hang_up` when the socket is gone."""

    @property
    def close_reason(self) -> CloseReason | None:
        """Why it is over; None: it is not."""

    def received(self, data: str | bytes) -> None:
        """A message of the client, whole and as it came. What is too much ends the call."""

    def heard(self) -> None:
        """Something else came from the client, such as the answer to a ping: it is alive. Counted
        like a message."""

    async def next(self) -> str | None:
        """The next text to send, waited for; None: the call is over, and nothing more may leave.
        May be cancelled, which loses nothing."""

    def sent(self, text: str) -> None:
        """What `next` gave is on its way."""

    def hang_up(self, reason: CloseReason) -> None:
        """The socket is closed, or about to be. The first reason counts."""
