"""A network that a test can cut, between a browser here and a server in a namespace of its own."""

from __future__ import annotations

import subprocess


class Router:
    """A network of its own for the server, behind a router that can be made to drop everything."""

    def __init__(self, number: int) -> None:
        self._names = (f"ms{number}router", f"ms{number}server")
        self._links = (f"ms{number}a", f"ms{number}b", f"ms{number}c", f"ms{number}d")
        self._near, self._far = f"10.{number}.78", f"10.{number}.79"
        self.address = f"{self._far}.2"
        self.prefix = ("ip", "netns", "exec", self._names[1])

    def make(self) -> None:
        (router, server), (a, b, c, d) = self._names, self._links
        near, far = self._near, self._far
        for command in (
            f"netns add {router}",
            f"netns add {server}",
            f"link add {a} type veth peer name {b} netns {router}",
            f"-n {router} link add {c} type veth peer name {d} netns {server}",
            f"addr add {near}.1/24 dev {a}",
            f"link set {a} up",
            f"-n {router} addr add {near}.2/24 dev {b}",
            f"-n {router} addr add {far}.1/24 dev {c}",
            f"-n {router} link set {b} up",
            f"-n {router} link set {c} up",
            f"-n {server} addr add {far}.2/24 dev {d}",
            f"-n {server} link set lo up",
            f"-n {server} link set {d} up",
            f"-n {server} route add default via {far}.1",
            f"route add {far}.0/24 via {near}.2",
        ):
            subprocess.run(["ip", *command.split()], check=True, capture_output=True, timeout=10)
        self.cut(False)

    def cut(self, cut: bool) -> None:
        """No datagram and no TCP segment passes, and nobody is told so."""
        script = f"echo {0 if cut else 1} > /proc/sys/net/ipv4/ip_forward"
        command = ["ip", "netns", "exec", self._names[0], "sh", "-c", script]
        subprocess.run(command, check=True, capture_output=True, timeout=10)

    def remove(self) -> None:
        for name in self._names:
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
