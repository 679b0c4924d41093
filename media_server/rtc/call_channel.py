"""The data channel of one call: opened once DTLS is up, watched until the call ends."""

from __future__ import annotations

from media_server.rtc.channel import ChannelEvents, LimitedSctp
from media_server.rtc.channel_life import ChannelLife
from media_server.rtc.dtls import LiteDtls
from media_server.rtc.sdp import ChannelOffer


class CallChannel:
    """There may be none: then nothing can be sent, nothing is owed, and nothing is lost."""

    def __init__(self, offer: ChannelOffer | None, events: ChannelEvents) -> None:
        self._offer = offer
        self._events = events
        self.sctp: LimitedSctp | None = None
        """None before `open`."""
        self._life: ChannelLife | None = None  # None: it has not been open yet

    async def open(self, dtls: LiteDtls) -> None:
        """Begin the association (RFC 8841 §9.3). Once, when DTLS is connected; `events` says when
        the client has opened its channel. Returns at once: it waits for no answer."""
        offer = self._offer
        if offer is None:
            return
        self.sctp = LimitedSctp(dtls, offer.sctp_port, self._events)
        await self.sctp.open(remote_port=offer.sctp_port, max_message_bytes=offer.max_message_bytes)

    def opened(self, now_s: float) -> None:
        """The client has opened it, or another in its place."""
        self._life = self._life or ChannelLife(now_s)

    @property
    def awaited(self) -> bool:
        """The offer has one, and it has not been open yet."""
        return self._offer is not None and self._life is None

    def send_text(self, text: str) -> bool:
        """See `ports.Call`."""
        return self.sctp is not None and self.sctp.send_text(text)

    @property
    def delivered(self) -> bool:
        """The client has acknowledged everything that was sent."""
        return self.sctp is None or self.sctp.delivered

    def is_lost(self, now_s: float, *, peer_heard: bool) -> bool:
        """`peer_heard`: packets of the client arrive; while none do, the path is in question."""
        life, sctp = self._life, self.sctp
        if life is None or sctp is None:
            return False
        return life.is_lost(
            now_s,
            is_open=sctp.is_open,
            owed=not sctp.delivered,
            acked=sctp.acknowledged_tsn,
            peer_heard=peer_heard,
        )

    async def tear_down(self) -> None:
        """End the association and its timers; harmless before `open`. The caller sets a
        deadline."""
        if self.sctp is not None:
            await self.sctp.tear_down()
