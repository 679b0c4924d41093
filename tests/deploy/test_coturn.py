"""The coturn of compose.yaml: quotas per interview, and no way into the network behind it.

Runs where coturn is installed (`apt-get install coturn`).
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from aioice import stun

from media_server.http_settings import HttpSettings
from signaling.ice import ice_servers
from tests.deploy.services import SECRET, interpolated, services
from tests.support.env import free_port

USER_QUOTA, FORBIDDEN, QUOTA_REACHED = 8, 403, 486
IPV6_FAMILY = b"\x02\x00\x00\x00"


class Client:
    """One TURN client on a socket of its own (RFC 8656), with the credentials of a browser."""

    def __init__(self, port: int, interview: str) -> None:
        settings = HttpSettings(
            turn_urls=(f"turn:127.0.0.1:{port}?transport=udp",), turn_secret=SECRET
        )
        (server,) = ice_servers(settings, interview, time.time(), relay=True)
        self._username, self._password = server.username or "", server.credential or ""
        self._server = ("127.0.0.1", port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(5)
        self._realm, self._nonce = "", b""

    def close(self) -> None:
        self._socket.close()

    def allocate(self, *, ipv6: bool = False) -> int:
        """0, or the code of the refusal."""
        more = {"REQUESTED-ADDRESS-FAMILY": IPV6_FAMILY} if ipv6 else {}
        wanted = {"REQUESTED-TRANSPORT": 0x11000000, **more}
        if (code := self._ask(stun.Method.ALLOCATE, wanted)) == 401:
            code = self._ask(stun.Method.ALLOCATE, wanted)
        return code

    def permit(self, address: str) -> int:
        """0 where data may go there, or the code of the refusal."""
        return self._ask(stun.Method.CREATE_PERMISSION, {"XOR-PEER-ADDRESS": (address, 9)})

    def _ask(self, method: stun.Method, attributes: dict[str, object]) -> int:
        request = stun.Message(message_method=method, message_class=stun.Class.REQUEST)
        request.attributes.update(attributes)
        if self._nonce:
            request.attributes.update(
                {"USERNAME": self._username, "REALM": self._realm, "NONCE": self._nonce}
            )
            whole = f"{self._username}:{self._realm}:{self._password}"
            request.add_message_integrity(hashlib.md5(whole.encode()).digest())  # noqa: S324
        self._socket.sendto(bytes(request), self._server)
        answer = stun.parse_message(self._socket.recv(2048))
        if answer.message_class is stun.Class.RESPONSE:
            return 0
        self._realm = answer.attributes.get("REALM", self._realm)
        self._nonce = answer.attributes.get("NONCE", self._nonce)
        return int(answer.attributes["ERROR-CODE"][0])


@pytest.fixture
def turn_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    if shutil.which("turnserver") is None:
        pytest.skip("coturn is not installed")
    family = (0x0017, "REQUESTED-ADDRESS-FAMILY", lambda value: value, lambda data: data)
    monkeypatch.setitem(stun.ATTRIBUTES_BY_NAME, family[1], family)
    port = free_port(socket.SOCK_DGRAM)
    own = {"--listening-port": str(port), "--external-ip": None, "--log-file": "stdout"}
    own |= {name: str(tmp_path / name.strip("-")) for name in ("--userdb", "--pidfile")}
    command = ["turnserver", "-n", "--listening-ip=127.0.0.1"]
    command += ["--relay-ip=127.0.0.1", "--relay-ip=::1"]
    for option in services()["coturn"]["command"]:
        name, _, value = interpolated(option).partition("=")
        changed = own.get(name, value)
        if changed is not None:
            command.append(f"{name}={changed}" if changed else name)
    log = tmp_path / "log"
    with log.open("wb") as written:
        process = subprocess.Popen(command, stdout=written, stderr=subprocess.STDOUT)
    try:
        _until_it_answers(port, process, log)
        text = log.read_text(errors="replace").lower()
        assert "unrecognized" not in text
        assert "invalid option" not in text
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _until_it_answers(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    binding = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    deadline_s = time.monotonic() + 20
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.2)
        while time.monotonic() < deadline_s and process.poll() is None:
            with contextlib.suppress(OSError):
                asking.sendto(bytes(binding), ("127.0.0.1", port))
                asking.recv(2048)
                return
    pytest.fail(f"coturn does not answer: {log.read_text(errors='replace')[-2000:]}")


def test_an_interview_has_its_quota_and_no_other_pays_for_it(turn_port: int) -> None:
    with contextlib.ExitStack() as stack:

        def client(interview: str) -> Client:
            return stack.enter_context(contextlib.closing(Client(turn_port, interview)))

        codes = [client("iv_1").allocate() for _ in range(USER_QUOTA + 1)]
        assert codes == [0] * USER_QUOTA + [QUOTA_REACHED]
        assert client("iv_2").allocate() == 0


def test_no_way_into_the_network_behind_it(turn_port: int) -> None:
    with contextlib.closing(Client(turn_port, "iv_4")) as client:
        assert client.allocate() == 0
        assert client.permit("93.184.216.34") == 0
        inside = ["0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254"]
        inside += ["172.16.0.1", "172.31.255.255", "192.168.1.1", "198.18.0.1", "224.0.0.1"]
        inside += ["255.255.255.255"]
        assert {address: client.permit(address) for address in inside} == dict.fromkeys(
            inside, FORBIDDEN
        )
    if not socket.has_ipv6:
        return
    with contextlib.closing(Client(turn_port, "iv_6")) as client:
        assert client.allocate(ipv6=True) == 0
        assert client.permit("2a00:1450:4001:82a::200e") == 0
        inside = ["::", "::1", "::10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3"]
        inside += ["2001:0:1::1", "2002:a01:203::1", "fc00::1", "fd12:3456::1", "fe80::1"]
        inside += ["fec0::1", "ff02::1"]
        assert {address: client.permit(address) for address in inside} == dict.fromkeys(
            inside, FORBIDDEN
        )
