"""Which name a link may begin with. Pure.

The `Host` of a request is whatever its sender wrote. It is believed where an operator has
configured it, where it can lead nowhere but to this machine (loopback), and where it is the address
that the connection came to. Else a stranger could choose what a generated link points at.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterable

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def is_host(text: str) -> bool:
    """Whether this may stand in a URL as host, with or without a port."""
    return _HOST.fullmatch(text) is not None


def believed_host(header: str, *, allowed: Collection[str], local: str) -> str:
    """`header`, or `local` where it is not believed.

    `allowed`: names in lower case, each with or without a port. `local`: the address that the
    connection came to, as `local_host` writes it.
    """
    match = _HOST.fullmatch(header)
    if match is None:
        return local
    name = match[1].lower().rstrip(".")
    if name in allowed or header.lower() in allowed:
        return header
    if name == "localhost" or name.endswith(".localhost"):
        return header
    address = _address(name)
    if address is None:
        return local
    return header if address.is_loopback or address == _address(_name(local)) else local


def local_host(sockname: object, *, scheme: str, default: tuple[str, int]) -> str:
    """host[:port] of our end of a connection (`getsockname`); `default` where it has no address."""
    host, port = default
    if isinstance(sockname, tuple) and len(sockname) >= 2:
        host, port = str(sockname[0]), int(sockname[1])
    address = _address(host.partition("%")[0])
    if address is not None:
        host = f"[{address}]" if address.version == 6 else str(address)
    return host if port == _DEFAULT_PORTS.get(scheme) else f"{host}:{port}"


def _name(host: str) -> str:
    match = _HOST.fullmatch(host)
    return match[1] if match is not None else host


def _address(name: str) -> IpAddress | None:
    """An IPv4 address that a dual-stack socket wrote as IPv6 is that IPv4 address."""
    try:
        address = ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def plain_address(text: str) -> str:
    """`::ffff:192.0.2.1`, as a dual-stack socket names its peer, is 192.0.2.1 (RFC 4291 §2.5.5.2).

    Without a zone; what is no address stays as it is."""
    address = _address(text.partition("%")[0])
    return text if address is None else str(address)


def is_in(text: str, networks: Iterable[IpNetwork]) -> bool:
    """Whether this is an address of one of them; an IPv4 address in either way of writing it."""
    address = _address(text.partition("%")[0])
    return address is not None and any(address in network for network in networks)


def forwarded_client(address: str, forwarded_for: Iterable[str], trusted: list[IpNetwork]) -> str:
    """Whose request it is that `address` sent: where that is a trusted proxy, the last address of
    X-Forwarded-For (its values, in their order) that no trusted proxy has."""
    client = plain_address(address)
    if not is_in(address, trusted):
        return client
    hops = [hop.strip() for hop in ",".join(forwarded_for).split(",")]
    for hop in reversed([hop for hop in hops if hop][-16:]):
        try:
            client = plain_address(str(ipaddress.ip_address(hop)))
        except ValueError:
            break
        if not is_in(client, trusted):
            break
    return client
