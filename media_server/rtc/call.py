"""One candidate's connection: composed of its path, DTLS, media in, media out and data channel.

A call supervises these parts and tells its sink. What kind of ICE carries its datagrams is the
path's affair (`path.IcePath`); the path is also the gate, which `close` shuts at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol

from media_server.audio.types import SpeechClip
from media_server.ports import CallSink, CallStats, CloseReason, Public
from media_server.rtc.budget import Excess
from media_server.rtc.call_channel import CallChannel
from media_server.rtc.dtls import SharedCertificate
from media_server.rtc.dtls_session import DtlsSession
from media_server.rtc.guard import describe_error
from media_server.rtc.guarded_sink import GuardedSink
from media_server.rtc.liveness import Liveness
from media_server.rtc.media_in import MediaIn
from media_server.rtc.media_out import MediaOut
from media_server.rtc.meter import CallMeter
from media_server.rtc.path import IcePath
from media_server.rtc.playout import Pacer
from media_server.rtc.sdp import Offer
from media_server.rtc.settings import RtcSettings

logger = logging.getLogger(__name__)

_LAST_WORDS_S = 0.1
"""Between the text that says why a call ends and its end: time for the packet to leave."""
_EXCESSES: dict[Excess, str] = {
    "cpu": "its packets take too much computing",
    "datagrams": "too many packets",
    "bytes": "too many bytes",
}


class CallHost(Protocol):
    """What a call needs of its transport."""

    settings: RtcSettings
    certificate: SharedCertificate
    pacer: Pacer
    now_s: Callable[[], float]

    def forget(self, call: Call) -> None:
        """The gate is closed: the call waits only for its teardown."""


class Call:
    """Implements `ports.Call`. Its methods and callbacks run on the loop.

    `sink` is called synchronously, also from within `play`, `stop_playing` and `close`. Over 20
    attributes on purpose: it is composed of nine parts, and each has a name here.
    """

    def __init__(
        self, call_id: str, offer: Offer, sink: CallSink, path: IcePath, host: CallHost
    ) -> None:
        self.call_id = call_id
        self.offer = offer
        self.path = path
        self.etag = ""
        self.ended = asyncio.Event()
        """Set when the teardown is complete."""
        self._host = host
        self._dropped: Counter[str] = Counter()
        self._sink = GuardedSink(sink, self._dropped)
        now_s = host.now_s()
        self.meter = CallMeter(host.settings.call_limits(), host.now_s, self._over_budget)
        self.liveness = Liveness(
            now_s,
            lambda: self._sink.tell("on_quality", "recovered"),
            lambda at_s: self._sink.tell("on_alive", at_s),
        )
        self.dtls = DtlsSession(
            host.certificate, offer.fingerprints, self.meter, path.send, self.drop
        )
        self.channel = CallChannel(offer.channel, self)
        self.media_out = MediaOut(offer.audio, path, host.pacer, self._sink, host.now_s, self.drop)
        payload_type = offer.audio.payload_type
        self.media_in = MediaIn(payload_type, self, self.media_out, self._sink, host.now_s)
        # itself, not a method that calls it: 50 a second
        self.on_media: Callable[[bytes], bool] = self.media_in.on_media
        self.on_stray_media: Callable[[bytes], bool] = self.media_in.on_stray_media
        self._limited = False
        self._began_s = self._swept_s = now_s
        self._connected_s: float | None = None
        path.bind(self)
        self._task = asyncio.create_task(self._run(), name=f"call {call_id}")

    # --- ports.Call ---------------------------------------------------------------------------

    def play(self, clip: SpeechClip, utterance_id: str, *, from_s: float = 0.0) -> None:
        """As in `ports.Call`. Before DTLS is connected the clip waits, and begins when it is; after
        `close` nothing happens."""
        self.media_out.play(clip, utterance_id, from_s)

    @property
    def position_s(self) -> float | None:
        """Seconds of the clip that have been sent, in steps of 20 ms; None when nothing plays or
        has ended."""
        return self.media_out.position_s

    def stop_playing(self) -> None:
        """As in `ports.Call`: the sink hears "stopped" before this returns."""
        self.media_out.stop_playing()

    def send_text(self, text: str) -> bool:
        """False also after `on_limit` and `close`, and when the text is longer than the client
        accepts."""
        if self.closed or self._limited:
            return False
        return self.channel.send_text(text)

    @property
    def delivered(self) -> bool:
        """True also where the offer had no data channel: then nothing is owed."""
        return self.channel.delivered

    def stats(self) -> CallStats:
        """Counted from the offer on. `packets_lost` is never negative; `jitter_ms` is that of the
        stream that was heard last (RFC 3550 §6.4.1)."""
        streams, voice = self.media_in.streams, self.media_out.stream
        return CallStats(
            packets_received=streams.received,
            packets_lost=streams.lost,
            packets_sent=voice.packets,
            bytes_sent=self.path.bytes_sent,
            jitter_ms=streams.jitter_ms,
            dropped=dict(self._dropped),
            packets_resent=voice.resent,
            remote_loss=voice.remote_loss,
            round_trip_s=voice.round_trip_s,
        )

    def close(self, reason: CloseReason) -> None:
        """Shut the gate: when this returns nothing is sent, and the sink has heard `on_closed`.

        The first reason counts; later calls do nothing. The client gets a close_notify (RFC 5246
        §7.2.1), but with "lease_lost" it gets nothing. `ended` is set when sockets and tasks are
        gone.
        """
        if self.closed:
            return
        self.media_out.stop_playing()
        # with a lost lease nothing at all may leave, not even a farewell
        self.dtls.close(goodbye=reason != "lease_lost")
        self.media_out.close()
        self._sink.closed = True
        self.path.close()
        self._host.forget(self)
        if self._connected_s is None and asyncio.current_task() is not self._task:
            self._task.cancel()
        self._sink.tell("on_closed", reason)

    @property
    def closed(self) -> bool:
        """From the first `close` on, before the teardown is complete."""
        return self._sink.closed

    # --- path.PathUser ------------------------------------------------------------------------

    def on_check(self) -> None:
        """See `path.PathUser`. The call is alive: `gone_s` without a check, media or data ends
        it."""
        self._mark_alive()

    def admit_dtls(self, data: bytes) -> list[bytes]:
        """See `path.PathUser`. What is refused is counted as `dtls_forged` or `dtls_overflow`."""
        return self.dtls.admit(data)

    def on_dtls(self, data: bytes, records: Sequence[bytes]) -> None:
        """See `path.PathUser`. Queued for the task that reads; a repeated ClientHello is answered
        at once."""
        self.dtls.receive(data, records)

    def drop(self, reason: str) -> None:
        """Count it in `stats().dropped`. `reason`: one of `drop_reasons`."""
        self._dropped[reason] += 1

    def _mark_alive(self) -> None:
        self.liveness.mark(self._host.now_s())

    # --- ChannelEvents ------------------------------------------------------------------------

    def on_channel_data(self, size_bytes: int) -> None:
        """A DTLS record that OpenSSL has accepted: a sign of life, charged to the call's budget."""
        self.dtls.transport.settle()
        self._mark_alive()
        self.meter.charge_bytes(size_bytes)
        self.path.data_heard(size_bytes)

    def on_channel_open(self, label: str, protocol: str) -> None:
        """Ends the wait that `channel_timeout_s` bounds, and goes on to the sink."""
        self.channel.opened(self._host.now_s())
        self._sink.tell("on_channel_open", label, protocol)

    def on_channel_message(self, data: str | bytes) -> None:
        """For the sink, as it came. Not after `on_limit`: by then only our last words count."""
        if not self._limited:
            self._sink.tell("on_text", data)

    def on_channel_limit(self, what: str) -> None:
        """The association reads nothing more: the call ends with "limit"."""
        self.over_limit(what)

    def on_channel_error(self) -> None:
        """Counted as `sctp_malformed`; up to 20 of them cost the call nothing."""
        self.drop("sctp_malformed")

    # --- supervision --------------------------------------------------------------------------

    def sweep(self, now_s: float) -> None:
        """Deadlines and reports; the transport calls it a few times a second."""
        settings = self._host.settings
        elapsed_s, self._swept_s = now_s - self._swept_s, now_s
        self.media_in.refill(elapsed_s)
        self.dtls.refill(elapsed_s)
        self.meter.refill(now_s)
        silent_s = now_s - self.liveness.heard_s
        reason = self._overdue(now_s, silent_s)
        if reason is not None:
            self.close(reason)
            return
        self.path.sweep(now_s)  # after the deadlines, which must pass whatever it does
        if self._connected_s is None:
            return
        if silent_s >= settings.suspect_s and not self.liveness.suspect:
            self.liveness.suspect = True
            self._sink.tell("on_quality", "suspect")
        interval_s = settings.rtcp_interval_s
        if self.media_out.report_due(now_s, interval_s) and not self.liveness.suspect:
            received = self.media_in.streams.reports(now_s)
            self.media_out.send_report(received, now_s, lately_s=now_s - 2 * interval_s)

    def _overdue(self, now_s: float, silent_s: float) -> CloseReason | None:
        """The deadline that has passed."""
        settings = self._host.settings
        if self._connected_s is None:
            late = now_s - self._began_s >= settings.connect_timeout_s
            return "timeout_connect" if late else None
        if silent_s >= settings.gone_s:
            return "gone"
        waited_s = now_s - self._connected_s
        if self.channel.awaited and waited_s >= settings.channel_timeout_s:
            return "timeout_channel"
        if self.channel.is_lost(now_s, peer_heard=silent_s < settings.suspect_s):
            return "channel_lost"
        return None

    def _over_budget(self, excess: Excess) -> None:
        self.drop(f"budget_{excess}")
        self.over_limit(_EXCESSES[excess])
        self.dtls.stop_listening()

    def over_limit(self, what: str) -> None:
        """Let the session say why, then close: the text leaves before the gate shuts."""
        if self._limited or self.closed:
            return
        self._sink.tell("on_limit", what)
        self._limited = True
        logger.warning("call closed at a limit: %s", Public(what))
        asyncio.get_running_loop().call_later(_LAST_WORDS_S, self.close, "limit")

    # --- life ---------------------------------------------------------------------------------

    async def _run(self) -> None:
        """From the offer to the last trace of the call."""
        try:
            if await self.dtls.handshake():
                self._connected()
                if not self.closed:
                    await self.channel.open(self.dtls.transport)
                await self.dtls.until_peer_ends()
                self.close("gone")
            elif not self.closed:
                self.close("error")
        except asyncio.CancelledError:
            if not self.closed:
                raise
        except Exception as error:
            logger.error("a call failed: %s", describe_error(error))
            self.close("error")
        finally:
            await self._tear_down()
            self.ended.set()

    def _connected(self) -> None:
        inward, outward = self.dtls.transport.srtp_sessions()
        self.media_in.open(inward, self.dtls.transport)
        self.media_out.open(outward)
        self._connected_s = self._host.now_s()
        self.path.secured()
        self._mark_alive()
        self._sink.tell("on_connected")
        self.media_out.start()

    async def _tear_down(self) -> None:
        deadline_s = self._host.settings.close_timeout_s
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(deadline_s):
                await self.channel.tear_down()
                await self.dtls.tear_down()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(deadline_s):
                await self.path.tear_down()
