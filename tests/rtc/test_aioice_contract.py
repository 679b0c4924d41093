"""What `rtc/aioice_agent.py` overrides and reads of aioice, which promises none of it.

When an upgrade moves one of them, the test that fails here names it.
"""

from __future__ import annotations

import importlib.metadata
import inspect
import re
import tomllib
from typing import Any

import pytest
from aioice.ice import CandidatePair, Connection, StunProtocol
from aiortc import RTCIceServer
from aiortc.rtcicetransport import connection_kwargs

from media_server.rtc.aioice_agent import GuardedConnection
from tests.support.env import REPOSITORY

VERSION = importlib.metadata.version("aioice")
OVERRIDDEN = {
    "check_incoming": ["message", "addr", "protocol"],
    "data_received": ["data", "component"],
    "get_component_candidates": ["component", "addresses", "timeout"],
    "query_consent": [],
    "respond_error": ["request", "addr", "protocol", "error_code"],
}
READ = {"_check_list": list, "_nominated": dict, "_protocols": list, "_remote_candidates": list}


def explain(what: str) -> str:
    return f"aioice {VERSION} has moved {what}, on which rtc/aioice_agent.py relies: read it again"


def parameters(function: Any) -> list[str]:
    return [name for name in inspect.signature(function).parameters if name != "self"]


def guarded() -> GuardedConnection:
    return GuardedConnection(["127.0.0.1"], lambda _: None)


@pytest.mark.parametrize("name", OVERRIDDEN)
def test_methods_that_are_overridden(name: str) -> None:
    theirs = getattr(Connection, name, None)
    assert theirs is not None, explain(f"Connection.{name}")
    assert parameters(theirs) == OVERRIDDEN[name], explain(f"the parameters of {name}")
    ours = getattr(GuardedConnection, name)
    assert parameters(ours) == OVERRIDDEN[name]
    assert inspect.iscoroutinefunction(theirs) is inspect.iscoroutinefunction(ours), explain(name)


def test_nothing_is_overridden_by_accident() -> None:
    ours = {name for name in vars(GuardedConnection) if not name.startswith("__")}
    assert {name for name in ours if hasattr(Connection, name)} == set(OVERRIDDEN)
    added = set(vars(guarded())) - set(vars(Connection(ice_controlling=False)))
    assert added == {"_our_addresses", "_noise", "admit", "checked"}, "one shadows aioice's"


async def test_attributes_that_are_read() -> None:
    connection: Any = Connection(ice_controlling=False)
    for name, kind in READ.items():
        assert isinstance(getattr(connection, name, None), kind), explain(f"Connection.{name}")
    assert parameters(CandidatePair) == ["protocol", "remote_candidate"], explain("CandidatePair")
    assert parameters(StunProtocol.datagram_received) == ["data", "addr"], explain("StunProtocol")


async def test_the_adapter_touches_nothing_else() -> None:
    """What it reads of `Connection` is in the tables above: else they would hold too little."""
    from media_server.rtc import aioice_agent  # noqa: PLC0415  # its source is what is tested

    private = set(re.findall(r"self\.(_\w+)", inspect.getsource(GuardedConnection)))
    assert private - {"_our_addresses", "_noise"} == set(READ)
    foreign = re.findall(r"(?:connection|pair|protocol|candidate)\.(_\w+)",
                         inspect.getsource(aioice_agent))  # fmt: skip
    assert foreign == []


def test_the_version_is_pinned() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    (pin,) = [line for line in project["dependencies"] if line.startswith("aioice")]
    assert re.fullmatch(r"aioice>=0\.\d+,<0\.\d+", pin), "a minor release may move anything"


def test_servers_as_aiortc_reads_them() -> None:
    servers = [RTCIceServer("turn:relay.example:3478?transport=tcp", "user", "secret")]
    assert connection_kwargs(servers)["turn_server"] == ("relay.example", 3478)
