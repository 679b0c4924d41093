"""The smallest STUN and TURN server (RFC 8489, RFC 8656) that a real client is content with.

UDP, IPv4, long-term credentials, one allocation for each client address. What the RFC asks of a
server is asked here, too (401 before anything, permissions, channels of 0x4000 and up), so that a
test that passes means something. Nothing expires: tests are short.
"""

from __future__ import annotations

import asyncio
import secrets
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aioice.stun import Class, Message, Method, parse_message
from aioice.turn import UDP_TRANSPORT, make_integrity_key

Address = tuple[str, int]
REALM = "tests"
USER, PASSWORD = "user", "secret"


class TurnServer(asyncio.DatagramProtocol):
    """`mapped_host`: instead of the address that a Binding request came from, as behind a NAT."""

    def __init__(self, mapped_host: str = "") -> None:
        self.allocations: dict[Address, Allocation] = {}
        self.relayed_in = self.relayed_out = self.refused = 0
        """Datagrams from peers and to peers; requests that were answered with an error."""
        self._mapped_host = mapped_host
        self._nonce = secrets.token_hex(8).encode()
        self._key = make_integrity_key(USER, REALM, PASSWORD)
        self._tasks: set[asyncio.Task[None]] = set()
        self.wire: Any = None

    @property
    def port(self) -> int:
        return int(self.wire.get_extra_info("sockname")[1])

    def connection_made(self, transport: Any) -> None:
        self.wire = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if data[0] & 0xC0 == 0x40:
            self._from_channel(data, addr)
            return
        message = parse_message(data)
        if message.message_class == Class.INDICATION:
            self._from_indication(message, addr)
        elif message.message_method == Method.BINDING:
            self._answer(message, addr, {"XOR-MAPPED-ADDRESS": self._mapped(addr)}, signed=False)
        elif not message.check_message_integrity(self._key):
            challenge = {"REALM": REALM, "NONCE": self._nonce}
            self._refuse(message, addr, 401, "Unauthorized", challenge)
        elif message.message_method == Method.ALLOCATE:
            task = asyncio.create_task(self._allocate(message, addr))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif addr not in self.allocations:
            self._refuse(message, addr, 437, "Allocation Mismatch")
        else:
            self._on_allocation(message, addr, self.allocations[addr])

    def _mapped(self, address: Address) -> Address:
        return (self._mapped_host or address[0], address[1])

    async def _allocate(self, message: Message, client: Address) -> None:
        if message.attributes.get("REQUESTED-TRANSPORT") != UDP_TRANSPORT:
            self._refuse(message, client, 442, "Unsupported Transport Protocol")
            return
        if client in self.allocations:
            self._refuse(message, client, 437, "Allocation Mismatch")
            return
        loop = asyncio.get_running_loop()
        allocation = self.allocations[client] = Allocation(self, client)
        await loop.create_datagram_endpoint(lambda: allocation, local_addr=("127.0.0.1", 0))
        found = {
            "XOR-RELAYED-ADDRESS": allocation.wire.get_extra_info("sockname"),
            "XOR-MAPPED-ADDRESS": self._mapped(client),
            "LIFETIME": 600,
        }
        self._answer(message, client, found)

    def _on_allocation(self, message: Message, client: Address, allocation: Allocation) -> None:
        peer = message.attributes.get("XOR-PEER-ADDRESS")
        number = message.attributes.get("CHANNEL-NUMBER", 0)
        match message.message_method:
            case Method.REFRESH:
                lifetime = message.attributes["LIFETIME"]
                if not lifetime:
                    self.allocations.pop(client).wire.close()
                self._answer(message, client, {"LIFETIME": lifetime})
            case Method.CREATE_PERMISSION if peer is not None:
                allocation.permitted.add(peer[0])
                self._answer(message, client, {})
            case Method.CHANNEL_BIND if peer is not None and 0x4000 <= number <= 0x4FFF:
                allocation.permitted.add(peer[0])
                allocation.bind(number, peer)
                self._answer(message, client, {})
            case _:
                self._refuse(message, client, 400, "Bad Request")

    def _from_channel(self, data: bytes, client: Address) -> None:
        number, length = struct.unpack_from("!HH", data)
        allocation = self.allocations.get(client)
        peer = allocation.peer_of.get(number) if allocation is not None else None
        if allocation is not None and peer is not None:
            allocation.send(data[4 : 4 + length], peer)

    def _from_indication(self, message: Message, client: Address) -> None:
        allocation = self.allocations.get(client)
        if allocation is not None and message.message_method == Method.SEND:
            allocation.send(message.attributes["DATA"], message.attributes["XOR-PEER-ADDRESS"])

    def _answer(
        self, request: Message, client: Address, found: dict[str, Any], *, signed: bool = True
    ) -> None:
        answer = Message(
            request.message_method, Class.RESPONSE, transaction_id=request.transaction_id
        )
        answer.attributes.update(found)
        if signed:
            answer.add_message_integrity(self._key)
        self.wire.sendto(bytes(answer), client)

    def _refuse(
        self, request: Message, client: Address, code: int, why: str, found: Any = None
    ) -> None:
        self.refused += 1
        answer = Message(request.message_method, Class.ERROR, transaction_id=request.transaction_id)
        answer.attributes["ERROR-CODE"] = (code, why)
        answer.attributes.update(found or {})
        self.wire.sendto(bytes(answer), client)


class Allocation(asyncio.DatagramProtocol):
    """A relayed address of one client."""

    def __init__(self, server: TurnServer, client: Address) -> None:
        self.permitted: set[str] = set()
        self.peer_of: dict[int, Address] = {}
        self.wire: Any = None
        self._server = server
        self._client = client
        self._channel_of: dict[Address, int] = {}

    def bind(self, number: int, peer: Address) -> None:
        self.peer_of[number] = peer
        self._channel_of[peer] = number

    def connection_made(self, transport: Any) -> None:
        self.wire = transport

    def send(self, data: bytes, peer: Address) -> None:
        if peer[0] in self.permitted:
            self._server.relayed_out += 1
            self.wire.sendto(data, peer)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """From a peer: nothing passes that the client did not ask for (RFC 8656 §9)."""
        if addr[0] not in self.permitted:
            return
        self._server.relayed_in += 1
        number = self._channel_of.get(addr)
        if number is not None:
            self._server.wire.sendto(struct.pack("!HH", number, len(data)) + data, self._client)
            return
        indication = Message(Method.DATA, Class.INDICATION)
        indication.attributes["XOR-PEER-ADDRESS"] = addr
        indication.attributes["DATA"] = data
        self._server.wire.sendto(bytes(indication), self._client)


@asynccontextmanager
async def turn_server(mapped_host: str = "") -> AsyncIterator[TurnServer]:
    loop = asyncio.get_running_loop()
    _, server = await loop.create_datagram_endpoint(
        lambda: TurnServer(mapped_host), local_addr=("127.0.0.1", 0)
    )
    try:
        yield server
    finally:
        server.wire.close()
        for allocation in server.allocations.values():
            allocation.wire.close()
