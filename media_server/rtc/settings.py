"""Settings of the transport; `config.py` composes them with those of the other rooms."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Literal

from media_server.rtc.budget import CallLimits
from media_server.setting import PORTS, check_ranges, setting

_WILDCARDS = frozenset({"0.0.0.0", "::"})  # noqa: S104  # compared, never bound
_TRANSPORTS = ("lite", "full")


@dataclass(frozen=True, slots=True)
class RtcSettings:
    """Immutable; raises ValueError naming the setting that cannot be used."""

    transport: Literal["lite", "full"] = setting(
        "lite",
        """lite: every call on the one UDP port, found by what the browser sends. full: sockets of
        its own for each call and checks from this side, for networks that need STUN or a TURN relay
        here (docs/networking.md).""",
        example="full",
    )
    port: int = setting(
        0,
        """One UDP port for every call; 0 lets the system choose (the same on every address). Not
        for the full transport, whose calls take ports as the system gives them.""",
        allowed=PORTS,
    )
    bind_addresses: tuple[str, ...] = setting(
        (),
        """Addresses to take media on. Empty: every address of this machine, 127.0.0.1 included. ::
        means the same, 0.0.0.0 those of IPv4: each address gets a socket of its own, so that an
        answer leaves from the address the question came to.""",
        example="192.0.2.10",
    )
    public_ips: tuple[str, ...] = setting(
        (),
        """Offered to clients instead of the bound addresses (1:1 NAT); IPv4 and IPv6. For clients
        on both sides of the NAT name the private address, too.""",
        example="203.0.113.7",
        variable="MEDIA_SERVER_PUBLIC_IP",
    )
    stun_url: str = setting(
        "",
        "Full transport: the STUN server that tells this server its own public address.",
        example="stun:stun.example.org:3478",
    )
    turn_url: str = setting(
        "",
        "Full transport: the TURN relay that this server sits behind; all media goes through it.",
        example="turn:turn.example.org:3478?transport=udp",
    )
    turn_username: str = setting(
        "",
        "Full transport: the user this server authenticates as at `turn_url`, which needs one.",
        example="media",
    )
    turn_credential: str = setting(
        "",
        "Full transport: the password of that user.",
        example="the password of that user",
        secret=True,
    )
    max_calls: int = setting(
        500,
        """Calls at the same time, those still being set up included. One more gets 503. It bounds
        memory and sockets; how many candidates may come says `max_live`.""",
        allowed=(1, 100_000),
    )
    connect_timeout_s: float = setting(
        15.0,
        """From the offer until ICE and DTLS are up; a call that is not connected by then is
        closed.""",
        allowed=(0.1, 120),
    )
    channel_timeout_s: float = setting(
        10.0,
        """From there until the data channel is open, where the offer has one; then the call is
        closed.""",
        allowed=(0.1, 120),
    )
    suspect_s: float = setting(
        6.0,
        """Without any authenticated packet for this long the connection counts as doubtful: the
        server stops trusting its address, and another one that proves itself takes its place. Less
        than `gone_s`.""",
        allowed=(0.1, 120),
    )
    gone_s: float = setting(
        15.0,
        """Without any authenticated packet for this long the call is closed, and the interview
        waits for the candidate to come back.""",
        allowed=(0.5, 300),
    )
    close_timeout_s: float = setting(
        5.0,
        """How long closing a call may take, its goodbye to the browser included, before its
        sockets are dropped.""",
        allowed=(0.1, 5),
    )
    rtcp_interval_s: float = setting(
        1.0,
        """How often each call exchanges RTCP reports, on average (RFC 3550 spreads them): packet
        loss and round-trip time in /metrics are as fresh as this.""",
        allowed=(0.05, 5),
    )
    call_busy_share: float = setting(
        0.25,
        """How much of a core the packets of one call may keep busy once it is connected; an honest
        call takes a hundredth. A call beyond any of these limits is closed with the reason
        `limit`.""",
        allowed=(0.01, 1),
    )
    call_datagrams_per_s: int = setting(
        1000,
        """Authentic datagrams of one call per second, 20 times what audio needs. Beyond 400 they
        are dropped, beyond this the call is closed.""",
        allowed=(100, 100_000),
    )
    call_bytes_per_s: int = setting(
        524_288,
        """Bytes of authentic datagrams of one call per second, 40 times what audio needs. Beyond
        this the call is closed.""",
        allowed=(16_384, 100_000_000),
    )
    call_burst_s: float = setting(
        4.0,
        """How many seconds of each of the three a quiet call may save up: what comes in a burst
        after an outage, or at once after this process stood still, is within them.""",
        allowed=(1, 60),
    )

    def __post_init__(self) -> None:
        check_ranges(self, "rtc")
        if self.transport not in _TRANSPORTS:
            raise ValueError(f"rtc transport must be lite or full, not {self.transport!r}")
        self._check_servers()
        self._check_addresses()
        if self.suspect_s >= self.gone_s:
            raise ValueError("rtc suspect_s must be below gone_s")

    def _check_addresses(self) -> None:
        for name, addresses in (("bind", self.bind_addresses), ("public", self.public_ips)):
            for address in addresses:
                try:
                    parsed = ipaddress.ip_address(address)
                except ValueError:
                    raise ValueError(
                        f"rtc {name} address {address!r} is no IP address; names are not resolved"
                    ) from None
                if name == "public" and (parsed.is_unspecified or parsed.is_multicast):
                    raise ValueError(f"rtc public address {address} cannot be reached by anybody")

    def _check_servers(self) -> None:
        for name, schemes in (("stun_url", ("stun:",)), ("turn_url", ("turn:", "turns:"))):
            url = getattr(self, name)
            if not url:
                continue
            if not url.startswith(schemes) or len(url.partition(":")[2]) < 1:
                raise ValueError(f"rtc {name} must begin with {' or '.join(schemes)}, not {url!r}")
            if self.transport != "full":
                raise ValueError(
                    f"rtc {name} is for transport=full only: with one public port none is needed"
                )
        if self.turn_url and not (self.turn_username and self.turn_credential):
            raise ValueError("rtc turn_url needs turn_username and turn_credential")

    def call_limits(self) -> CallLimits:
        """The settings `call_*` as rates and bursts: each burst is `call_burst_s` of its rate."""
        seconds = self.call_burst_s
        return CallLimits(
            busy_share=self.call_busy_share,
            busy_burst_s=self.call_busy_share * seconds,
            datagrams_per_s=self.call_datagrams_per_s,
            datagrams_burst=self.call_datagrams_per_s * seconds,
            bytes_per_s=self.call_bytes_per_s,
            bytes_burst=self.call_bytes_per_s * seconds,
        )

    def wildcard_families(self) -> frozenset[int]:
        """IP versions of which every address is wanted: `::` is both, as for HTTP."""
        if not self.bind_addresses or "::" in self.bind_addresses:
            return frozenset({4, 6})
        return frozenset({4}) if "0.0.0.0" in self.bind_addresses else frozenset()  # noqa: S104

    def named_addresses(self) -> tuple[str, ...]:
        """`bind_addresses` without the wildcards: these must be had, or the start fails."""
        return tuple(address for address in self.bind_addresses if address not in _WILDCARDS)
