"""The calls of one process: offers, trickled fragments, deadlines, the end.

What carries their datagrams is the network's affair (`path.IceNetwork`, chosen in `factory`).
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable

from media_server.ports import AcceptedCall, CallSink, OfferRejected, Public, TrickleAnswer
from media_server.rtc.answer import write_answer, write_restart_fragment
from media_server.rtc.call import Call
from media_server.rtc.dtls import SharedCertificate
from media_server.rtc.media_out import CNAME
from media_server.rtc.path import IceNetwork, remote_candidates
from media_server.rtc.playout import Pacer
from media_server.rtc.sdp import parse_offer
from media_server.rtc.settings import RtcSettings
from media_server.rtc.trickle import check_if_match, parse_fragment

logger = logging.getLogger(__name__)

_MAX_SWEEP_S = 0.25
"""Longest time between two looks at every call; shorter where a setting is."""
_RENEW_DAYS = 7
"""aiortc makes certificates for 30 days; a server may run for longer."""


class RtcTransport:
    """Implements `ports.Transport`; `factory.create_transport` makes one.

    `start` raises `udp.CannotBind`. Its methods run on the loop it was started on.
    """

    def __init__(
        self, settings: RtcSettings, network: IceNetwork, now_s: Callable[[], float]
    ) -> None:
        self.settings = settings
        self.network = network
        self.now_s = now_s
        self.certificate = SharedCertificate.generateCertificate()
        self.noise, self.faults = network.noise, network.faults
        self.pacer = Pacer(self.faults)
        self._calls: dict[str, Call] = {}
        self._ending: set[Call] = set()
        self._sweeper: asyncio.TimerHandle | None = None
        self._closing = False

    # --- ports.Transport ----------------------------------------------------------------------

    async def start(self) -> None:
        """Bind the sockets and begin to supervise. Raises `udp.CannotBind`."""
        self.network.open()
        self._sweep()

    async def close(self) -> None:
        """See `ports.Transport`. New offers get 503 from the first moment. Calls that are not gone
        after `close_timeout_s` are left behind."""
        self._closing = True
        for call in tuple(self._calls.values()):
            call.close("shutdown")
        waits = [asyncio.create_task(call.ended.wait()) for call in self._ending]
        try:
            if waits:
                await asyncio.wait(waits, timeout=self.settings.close_timeout_s)
        finally:  # also where whoever closes waits no longer
            self.pacer.close()
            if self._sweeper is not None:
                self._sweeper.cancel()
                self._sweeper = None
            self.network.close()
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def accept(self, offer_sdp: str, *, call_id: str, sink: CallSink) -> AcceptedCall:
        """See `ports.Transport`. Takes as long as the network needs to gather candidates: its
        `path` says.

        OfferRejected, beside those of `parse_offer`: 409 the id is taken; 503 no room, not running,
        or no address to offer, after which the sink hears `on_closed`.
        """
        offer = parse_offer(offer_sdp)
        self._make_room(call_id)
        path = self.network.path(offer.ufrag, offer.password)
        call = Call(call_id, offer, sink, path, self)
        call.etag = new_etag()
        self._calls[call_id] = call
        try:
            local = await path.start(remote_candidates(offer_sdp))
        except OfferRejected:
            call.close("error")
            raise
        answer = write_answer(
            offer,
            session_id=secrets.randbits(62),
            ice=local.ice,
            fingerprints=call.dtls.certificate.fingerprints(),
            candidates=local.candidates,
            ssrc=call.media_out.stream.ssrc,
            cname=CNAME,
            lite=local.lite,
            attributes_of_candidates=local.lines,
        )
        return AcceptedCall(call=call, answer_sdp=answer, etag=call.etag)

    def _make_room(self, call_id: str) -> None:
        if self._closing or self._sweeper is None:
            raise OfferRejected(503, "the media transport is not running")
        if len(self._calls) >= self.settings.max_calls:
            raise OfferRejected(503, "every place is taken: try again soon")
        if call_id in self._calls:
            raise OfferRejected(409, "this call exists already")
        if self.certificate.days_left() < _RENEW_DAYS:
            self.certificate = SharedCertificate.generateCertificate()

    async def trickle(self, call_id: str, fragment: str, if_match: str) -> TrickleAnswer:
        """See `ports.Transport`. A fragment with the known ufrag brings candidates (204), any other
        one is an ICE restart (200).

        OfferRejected: 404 no such call, 412 and 428 the ETag, 400 and 413 the fragment, 503 no
        address.
        """
        call = self._calls.get(call_id)
        if call is None:
            raise OfferRejected(404, "no such call")
        check_if_match(if_match, call.etag)
        ufrag, password = parse_fragment(fragment)
        candidates = remote_candidates(fragment)
        if ufrag == call.path.remote_ufrag:
            await call.path.add_remote(candidates)
            return TrickleAnswer(status=204)
        local = await call.path.restart(ufrag, password, candidates)
        call.etag = new_etag()
        answer = write_restart_fragment(
            call.offer,
            ice=local.ice,
            candidates=local.candidates,
            attributes_of_candidates=local.lines,
        )
        return TrickleAnswer(status=200, fragment=answer, etag=call.etag)

    def etag(self, call_id: str) -> str | None:
        """See `ports.Transport`: quoted, as in HTTP."""
        call = self._calls.get(call_id)
        return call.etag if call is not None else None

    # --- for metrics and tests ----------------------------------------------------------------

    @property
    def port(self) -> int:
        """The UDP port, once started; 0 where each call has its own."""
        return self.network.port

    @property
    def live(self) -> int:
        """Calls whose gate is open, those still being connected included."""
        return len(self._calls)

    def dropped(self) -> dict[str, int]:
        """Datagrams that belonged to no call or found the socket full, and errors of ours, by
        reason, since the start."""
        sockets = {what: count for what, count in self.network.socket_figures().items() if count}
        return {**self.noise.totals, **self.faults.totals, **sockets}

    # --- CallHost -----------------------------------------------------------------------------

    def forget(self, call: Call) -> None:
        """See `call.CallHost`. Its id may be used again at once, while it is torn down."""
        self._calls.pop(call.call_id, None)
        self._ending.add(call)

    # --- supervision --------------------------------------------------------------------------

    def _sweep(self) -> None:
        try:
            self._sweep_calls(self.now_s())
        finally:  # without the next one no call would ever end by itself
            settings = self.settings
            shortest_s = min(
                settings.suspect_s, settings.connect_timeout_s, settings.rtcp_interval_s
            )
            self._sweeper = asyncio.get_running_loop().call_later(
                min(_MAX_SWEEP_S, shortest_s / 4), self._sweep
            )

    def _sweep_calls(self, now_s: float) -> None:
        for call in tuple(self._calls.values()):
            try:
                call.sweep(now_s)
            except Exception as error:
                self.faults.note("error_sweep", error)
        self._ending = {call for call in self._ending if not call.ended.is_set()}
        line = self.noise.due(now_s)
        if line is not None:
            logger.info("datagrams that belong to no call were dropped: %s", Public(line))


def new_etag() -> str:
    """64 random bits in quotes: a strong validator (RFC 9110 §8.8.1)."""
    return f'"{secrets.token_hex(8)}"'
