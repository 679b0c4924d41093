"""Sockets that listen, and in words why one cannot. No HTTP: the supervisor binds them, too."""

from __future__ import annotations

import errno
import ipaddress
import socket


class CannotServe(Exception):
    """The text says why and what to do; it is shown as it stands."""


def bind(host: str, port: int) -> socket.socket:
    """Raises CannotServe naming the port and how to choose another."""
    try:
        return listen(host, port)
    except socket.gaierror:
        raise CannotServe(
            f"HOST={host} is not an address of this machine. Use 127.0.0.1, or 0.0.0.0 for every "
            "address: HOST=0.0.0.0 media-server serve"
        ) from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotServe(
                f"port {port} is taken by another program (on {host}). Stop it, or choose another "
                f"port: PORT={port + 1 if port < 65_535 else 8081} media-server serve"
            ) from None
        if error.errno == errno.EACCES:
            raise CannotServe(
                f"port {port} needs privileges. Choose one above 1023: PORT=8080 media-server serve"
            ) from None
        if error.errno == errno.EAFNOSUPPORT:
            raise CannotServe(
                f"this system has no IPv6, so nothing can listen on HOST={host}. Use IPv4: "
                "HOST=0.0.0.0 media-server serve"
            ) from None
        raise CannotServe(f"cannot listen on HOST={host} PORT={port}: {error.strerror}") from None


def listen(host: str, port: int) -> socket.socket:
    """A bound socket. Raises OSError: the port is taken, the address not of this machine, …

    `::` is every address of both families, where the system has dual-stack sockets (RFC 3493 §5.3).
    """
    family, _, _, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    both = family == socket.AF_INET6 and ipaddress.ip_address(address[0]).is_unspecified
    return socket.create_server(
        address[:2],
        family=family,
        backlog=512,
        dualstack_ipv6=both and socket.has_dualstack_ipv6(),
    )


def families_of(listening: socket.socket) -> frozenset[int]:
    """IP versions that a listening socket serves: 4, 6, or both."""
    if listening.family != socket.AF_INET6:
        return frozenset({4})
    only_6 = listening.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
    unspecified = ipaddress.ip_address(listening.getsockname()[0]).is_unspecified
    return frozenset({6} if only_6 or not unspecified else {4, 6})
