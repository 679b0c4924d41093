"""A network that a test can cut, between a browser and a server, each in a namespace of its own.

None of it is in the namespace of the tests: when an interface comes or goes there, every Chromium
drops what it has asked for (ERR_NETWORK_CHANGED).
"""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path


class Router:
    """Between two networks, and can be made to drop everything."""

    def __init__(self, number: int) -> None:
        self.home, self._router, self.server = (
            f"ms{number}home", f"ms{number}router", f"ms{number}server",
        )  # fmt: skip
        self._near, self._far = f"10.{number}.78", f"10.{number}.79"
        self.address = f"{self._far}.2"
        """Of the server."""

    def make(self) -> None:
        """Without IPv6 at home: its address would be announced a second or two after the interface,
        and Chromium would drop what it asks for at that moment."""
        home, router, server = self.home, self._router, self.server
        no_ipv6 = (
            "[ ! -d /proc/sys/net/ipv6 ] ||"
            " echo 1 | tee /proc/sys/net/ipv6/conf/*/disable_ipv6 >/dev/null"
        )
        near, far = self._near, self._far
        for command in (
            f"netns add {home}",
            f"netns add {router}",
            f"netns add {server}",
            f"netns exec {home} sh -c '{no_ipv6}'",
            f"-n {home} link add out type veth peer name home netns {router}",
            f"-n {server} link add out type veth peer name server netns {router}",
            f"-n {home} addr add {near}.2/24 dev out",
            f"-n {server} addr add {far}.2/24 dev out",
            f"-n {router} addr add {near}.1/24 dev home",
            f"-n {router} addr add {far}.1/24 dev server",
            f"-n {home} link set lo up",
            f"-n {server} link set lo up",
            f"-n {home} link set out up",
            f"-n {server} link set out up",
            f"-n {router} link set home up",
            f"-n {router} link set server up",
            f"-n {home} route add default via {near}.1",
            f"-n {server} route add default via {far}.1",
        ):
            subprocess.run(
                ["ip", *shlex.split(command)], check=True, capture_output=True, timeout=10
            )
        self.cut(False)

    def cut(self, cut: bool) -> None:
        """No datagram and no TCP segment passes, and nobody is told so."""
        script = f"echo {0 if cut else 1} > /proc/sys/net/ipv4/ip_forward"
        command = ["ip", "netns", "exec", self._router, "sh", "-c", script]
        subprocess.run(command, check=True, capture_output=True, timeout=10)

    def remove(self) -> None:
        for name in (self.home, self._router, self.server):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)

    def at_home(self, program: Path, folder: Path) -> Path:
        """The program, in the network of the browser."""
        script = folder / f"{program.name}-at-home"
        script.write_text(f'#!/bin/sh\nexec ip netns exec {self.home} {program} "$@"\n')
        script.chmod(0o755)
        return script
