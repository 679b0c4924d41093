"""Which worker a request goes to: `Placement` and `Pins`, asked in one order."""

from __future__ import annotations

import hashlib
import ipaddress
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from aiohttp import web

from media_server.front.addressing import About
from media_server.front.pins import Pins
from media_server.placement import NoPlace, Placed, Placement
from signaling.front_peer import Refusal
from signaling.hosts import forwarded_client
from signaling.limits import address_key

CLIENT_S = 120.0
"""What a worker remembers of a client is of use for about so long."""
INTERVIEW_S = 900.0
"""As long as the token of a call may be in use before the call is reported, and longer."""

RefusedFor = Literal["full", "kept", "no_worker"]
REFUSED_FOR: tuple[RefusedFor, ...] = get_args(RefusedFor)


@dataclass(frozen=True, slots=True)
class Target:
    worker: int
    interview: str | None = None
    offer: bool = False
    placed: Placed | None = None
    """The reservation for it; None: nothing is reserved."""
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class NoWorker:
    reason: str
    retry_after_s: int


class Choice:
    """Who gets what. `refused` counts calls for which the front found no place, by the reason."""

    def __init__(
        self, placement: Placement, now_s: Callable[[], float], trusted_proxies: Sequence[str] = ()
    ) -> None:
        self._placement = placement
        self._now_s = now_s
        self._trusted = [ipaddress.ip_network(net, strict=False) for net in trusted_proxies]
        self._clients = Pins(keep_s=CLIENT_S)
        self._interviews = Pins(keep_s=INTERVIEW_S)
        self.refused: Counter[RefusedFor] = Counter(dict.fromkeys(REFUSED_FOR, 0))

    def choose(
        self, request: web.BaseRequest, found: About, *, without: Collection[int] = ()
    ) -> Target | NoWorker:
        """`without`: who has been asked already. An offer's place is reserved: say what became of
        it (`answered`)."""
        if found.interview is not None and found.offer:
            return self._offer(found.interview)
        now_s = self._now_s()
        if found.interview is not None:
            number = self._of_interview(found.interview, now_s, without)
            if number is None and found.candidate:
                number = self._placement.expect(found.interview, now_s, without=without)
            if number is None:
                number = self._of_client(request, now_s, without)
            if number is not None:
                self._interviews.put(found.interview, number, now_s)
        else:
            number = self._of_client(request, now_s, without)
        if number is None:
            self.refused["no_worker"] += 1
            return NoWorker("No worker is ready; try again", 3)
        return Target(number, found.interview)

    def answered(self, target: Target, *, taken: bool | None) -> None:
        """Once for each target. `taken` as in `Placement.answered`."""
        now_s = self._now_s()
        if target.placed is not None:
            self._placement.answered(target.placed, taken=taken, now_s=now_s)
        elif target.offer and target.interview is not None and taken:
            self._placement.judged(target.interview, target.worker, now_s)
            self._interviews.put(target.interview, target.worker, now_s)

    def moved(self, target: Target) -> bool:
        """Whether another worker is known to have the interview."""
        if target.interview is None:
            return False
        now_s = self._now_s()
        return self._placement.reported(target.interview, now_s, without=target.worker) is not None

    def _offer(self, interview: str) -> Target | NoWorker:
        now_s = self._now_s()
        got = self._placement.offer(interview, now_s)
        if isinstance(got, Placed):
            self._interviews.put(interview, got.worker, now_s)
            return Target(got.worker, interview, offer=True, placed=got)
        self.refused[_why(got)] += 1
        if got.judge is None:
            return NoWorker(got.reason, got.retry_after_s)
        refusal = Refusal(got.reason, got.retry_after_s) if got.kept else None
        return Target(got.judge, interview, offer=True, refusal=refusal)

    def _of_interview(self, interview: str, now_s: float, without: Collection[int]) -> int | None:
        number = self._placement.holder(interview, now_s)
        if number is not None and number not in without:
            return number
        number = self._placement.reported(interview, now_s, without=number)
        if number is not None and number not in without:
            return number
        return self._pinned(self._interviews, interview, now_s, without)

    def _of_client(
        self, request: web.BaseRequest, now_s: float, without: Collection[int]
    ) -> int | None:
        who = self._who(request)
        number = self._pinned(self._clients, who, now_s, without)
        if number is None:
            number = self._placement.least_loaded(now_s, without=without)
        if number is not None:
            self._clients.put(who, number, now_s)
        return number

    def _pinned(self, pins: Pins, key: str, now_s: float, without: Collection[int]) -> int | None:
        number = pins.find(key, now_s)
        if number is None or number in without or not self._placement.serves(number, now_s):
            return None
        return number

    def _who(self, request: web.BaseRequest) -> str:
        """What a worker's limits count by: a credential, else the client's address."""
        credential = request.headers.get("Authorization")
        if credential is not None:
            return hashlib.sha256(credential.encode("utf-8", "surrogatepass")).hexdigest()
        hops = request.headers.getall("X-Forwarded-For", [])
        return address_key(forwarded_client(request.remote or "unknown", hops, self._trusted))


def _why(none: NoPlace) -> RefusedFor:
    if none.judge is None:
        return "no_worker"
    return "kept" if none.kept else "full"
