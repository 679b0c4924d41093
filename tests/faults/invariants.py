"""What holds after every fault, whatever it was: written once, called by every test here."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from media_server.interview.status import TERMINAL, Status
from media_server.store.factory import create_stores
from media_server.store.settings import SQLITE_NAME, StoreSettings
from tests.faults.visitor import CLOSERS, Visitor, get
from tests.support.server import API_KEY, Server

Log = Sequence[Mapping[str, Any]]
WAITING = frozenset({Status.READY, Status.PAUSED, Status.DISCONNECTED, Status.PARKED})
"""Nothing happens before the candidate does something, or a deadline comes."""
SPARE_FDS = 4
SPARE_THREADS = 6
"""Pools fill as they are first used: Redis connections, the default executor (6 on two cores)."""
IN_FLIGHT_S = 0.2


# --- the log --------------------------------------------------------------------------------------


def check_log(log: Log) -> None:
    """`log`: rows {seq, type, data}. No gap, no repetition, nothing after the end."""
    assert [entry["seq"] for entry in log] == list(range(1, len(log) + 1)), "gap in the log"
    rounds = [entry["data"]["round"] for entry in log if entry["type"] == "round_advanced"]
    assert rounds == list(range(len(rounds))), f"rounds {rounds}"
    epochs = [e["data"]["connection_epoch"] for e in log if e["type"] == "connected"]
    assert epochs == list(range(1, len(epochs) + 1)), f"connection epochs {epochs}"
    heard = [
        entry["data"]["kind"]
        for entry in log
        if entry["type"] == "utterance_ended" and entry["data"]["complete"]
    ]
    assert heard.count("greeting") <= 1, "greeted twice"
    segments = [e["data"]["segment_id"] for e in log if e["type"] == "segment_transcribed"]
    assert len(set(segments)) == len(segments), "a segment was written twice"
    assert sum(entry["type"] == "ended" for entry in log) <= 1, "ended twice"


def read_sqlite_log(data_dir: Path, interview_id: str) -> list[dict[str, Any]]:
    """The log as the disk has it, with the server dead or alive."""
    connection = sqlite3.connect(f"file:{data_dir / SQLITE_NAME}?mode=ro", uri=True)
    try:
        rows = connection.execute(
            "SELECT seq, type, data, at_s FROM entry WHERE interview_id = ? ORDER BY seq",
            (interview_id,),
        ).fetchall()
    finally:
        connection.close()
    return [
        {"seq": seq, "type": kind, "data": json.loads(data), "at_s": at_s}
        for seq, kind, data, at_s in rows
    ]


async def read_log(server: Server, interview_id: str) -> list[dict[str, Any]]:
    """From where this server keeps it."""
    store_url = server.environment.get("MEDIA_SERVER_STORE_URL", "")
    if not store_url.startswith("redis"):
        return read_sqlite_log(server.data_dir, interview_id)
    stores = create_stores(StoreSettings(data_dir=server.data_dir / "reader", store_url=store_url))
    await stores.open()
    try:
        entries = await stores.log.read(interview_id)
    finally:
        await stores.close()
    return [
        {"seq": e.seq, "type": e.type, "data": json.loads(json.dumps(e.data)), "at_s": e.at_s}
        for e in entries
    ]


# --- the gate -------------------------------------------------------------------------------------


def check_silence(told: Sequence[Mapping[str, Any]], last: str) -> None:
    """Not a message after the farewell: `last` is its code or type."""
    names = [str(m.get("code") or m["type"]) for m in told]
    assert last in names, names[-5:]
    assert names[names.index(last) + 1 :] == [], "something was said after the gate closed"


def check_gate(visitor: Visitor) -> None:
    """Neither a message nor a packet of the bot after the message that closes the gate."""
    if visitor.gate_closed_s is not None:
        last = next(m["code"] for m in visitor.of("error") if m["code"] in CLOSERS)
        check_silence(visitor.messages, last)
        late_s = visitor.candidate.bot_heard_s - visitor.gate_closed_s
        assert late_s <= IN_FLIGHT_S, f"the bot was heard {late_s:.2f} s after the gate closed"
    names = [m["type"] for m in visitor.messages]
    if "completed" in names:
        after = set(names[names.index("completed") + 1 :])
        assert after <= {"state", "progress", "transcript", "turn", "pong", "level"}, after


# --- what a process holds -------------------------------------------------------------------------


@dataclass(frozen=True)
class Holdings:
    """Of one process: open files and sockets but those of HTTP, threads, children."""

    fds: int
    threads: int
    children: int


def holdings(server: Server) -> Holdings:
    pid = server.process.pid
    http = _http_sockets(pid, int(server.environment["PORT"]))
    fds = 0
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            fds += str(entry.readlink()) not in http
        except FileNotFoundError:
            continue  # closed meanwhile
    threads = len(list(Path(f"/proc/{pid}/task").iterdir()))
    return Holdings(fds, threads, len(children_of(pid)))


def children_of(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


def _http_sockets(pid: int, port: int) -> set[str]:
    """`socket:[inode]` of the listener and its connections: a client keeps those as it likes."""
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if int(fields[1].rpartition(":")[2], 16) == port:
                found.add(f"socket:[{fields[9]}]")
    return found


async def check_holdings(server: Server, baseline: Holdings, within_s: float = 12.0) -> None:
    """Back to what it was when it had just become ready."""
    if server.process.poll() is not None:
        return
    end_s = asyncio.get_running_loop().time() + within_s
    while True:
        now = holdings(server)
        if (
            now.fds <= baseline.fds + SPARE_FDS
            and now.threads <= baseline.threads + SPARE_THREADS
            and now.children <= baseline.children
        ):
            return
        assert asyncio.get_running_loop().time() < end_s, f"left behind: {baseline} became {now}"
        await asyncio.sleep(0.1)


# --- what it says about itself --------------------------------------------------------------------


def check_logs_are_private(files: Iterable[Path], secrets: Iterable[str]) -> None:
    """No transcript, name, token or SDP in what a server wrote about itself."""
    wanted = [secret for secret in secrets if secret]
    for path in files:
        text = path.read_text(errors="replace")
        for number, secret in enumerate(wanted):
            assert secret not in text, f"secret {number} is in {path.name}"
        for mark in ("a=ice-pwd", "a=fingerprint", "v=0\\r\\n"):
            assert mark not in text, f"SDP in {path.name}"


# --- all of it ------------------------------------------------------------------------------------


async def check_everything(
    server: Server,
    http: aiohttp.ClientSession,
    made: Mapping[str, Any],
    visitors: Sequence[Visitor],
    baseline: Holdings | None = None,
    *,
    others: Sequence[Server] = (),
    secrets: Iterable[str] = (),
) -> list[dict[str, Any]]:
    """After a fault, with every call over: answers the log. `others`: servers it was at before."""
    log = await read_log(server, made["id"])
    check_log(log)
    for visitor in visitors:
        check_gate(visitor)
    summary = await get(server, http, f"/v1/interviews/{made['id']}")
    assert Status(summary["status"]) in TERMINAL | WAITING, summary["status"]
    if baseline is not None:
        await check_holdings(server, baseline)
    wanted = [API_KEY, *secrets, *(secret for v in visitors for secret in v.secrets)]
    directories = {s.data_dir for s in (server, *others)}
    check_logs_are_private((f for d in directories for f in d.glob("serve*.log")), wanted)
    return log
