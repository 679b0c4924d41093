"""Which addresses and URLs this server may connect to on somebody else's word. Pure.

Public ones, and nothing of its own: not this machine, not its network, not a cloud's metadata.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

_GLOBAL_V6 = ipaddress.ip_network("2000::/3")
_NOT_PUBLIC: tuple[IpNetwork, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared with a provider's network (RFC 6598)
        "127.0.0.0/8",
        "168.63.129.16/32",  # a machine in Azure reaches its host there
        "169.254.0.0/16",  # link-local, and the metadata of clouds
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments (RFC 6890)
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",  # benchmarks (RFC 2544)
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
        "2001::/23",  # Teredo, ORCHID and other assignments
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address inside
        "3fff::/20",  # documentation (RFC 9637)
    )
)
"""Besides those outside 2000::/3: loopback, link-local, unique local, mapped IPv4 (::ffff:0:0/96),
NAT64 (64:ff9b::/96 and 64:ff9b:1::/48), multicast, the unspecified one. IANA's special-purpose
registries."""


class Forbidden(OSError):
    """Nobody may be made to connect there. The text says so, without the address."""


class Addresses:
    """`allowed`: networks that the operator trusts besides public addresses, as `10.1.0.0/16` or
    `127.0.0.1`. Raises ValueError for what is no network."""

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        self._allowed = tuple(network(text) for text in allowed)

    def allows(self, address: str, *, plain: bool = False) -> bool:
        """Whether to connect to this IP address. `plain`: without TLS, which only networks that
        the operator has named get."""
        try:
            found = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        if any(found in trusted for trusted in self._allowed):
            return True
        return not plain and is_public(found)

    def check_url(self, url: str) -> None:
        """Whether it can be connected to at all, as far as the URL alone tells. Raises
        Forbidden."""
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError:
            raise Forbidden("the URL cannot be read") from None
        if parts.scheme not in {"https", "http"} or not host:
            raise Forbidden("the URL is not https://host/path")
        if parts.username is not None or parts.password is not None:
            raise Forbidden("the URL holds a user or a password")
        if parts.scheme == "http" and not self._allowed:
            raise Forbidden("the URL is not https://")
        literal = _literal(host)
        if literal is not None and not self.allows(literal, plain=parts.scheme == "http"):
            raise forbidden()


def network(text: str) -> IpNetwork:
    """`10.0.0.0/8`, or one address. Raises ValueError."""
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise ValueError(f"{text} is no network; write 10.0.0.0/8 or 127.0.0.1") from None


def is_public(address: IpAddress) -> bool:
    """Whether anybody on the internet has it. Of two ways to read one, the stricter."""
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_V6:
        return False
    return not any(address in special for special in _NOT_PUBLIC)


def _literal(host: str) -> str | None:
    try:
        return str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        return None


def forbidden() -> Forbidden:
    """To be raised for an address that is not allowed."""
    return Forbidden(
        "its address is not a public one, or http:// is used outside the networks of "
        "MEDIA_SERVER_WEBHOOK_ALLOW_NETWORKS"
    )
