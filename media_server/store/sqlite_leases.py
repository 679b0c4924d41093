"""Leases of the SQLite log: who owns an interview, each step inside its caller's transaction."""

from __future__ import annotations

import sqlite3

from media_server.ports import Fenced, Lease
from media_server.store import sqlite_statements as sql
from media_server.store.boot_clock import boot_id, boot_s
from media_server.store.owner import is_gone


def acquire(
    db: sqlite3.Connection, interview_id: str, owner: str, ttl_s: float, *, wanted: bool
) -> Lease | None:
    """A lease of `ttl_s` seconds with a new epoch; None: another owner's lives.

    `wanted`: that owner learns at its next renewal that it was asked for. Raises UnknownInterview.
    """
    sql.version(db, interview_id)
    found = lease(db, interview_id)
    if found is not None and found.owner != owner and alive(found):
        if wanted:
            db.execute("INSERT OR IGNORE INTO wanted VALUES (?)", (interview_id,))
        return None
    epoch = 1 if found is None else found.lease_epoch + 1
    return put_lease(db, interview_id, owner, epoch, ttl_s)


def renew(db: sqlite3.Connection, held: Lease, ttl_s: float) -> Lease | None:
    """The lease with `ttl_s` seconds from now, also after it ran out; None: taken or released."""
    found = lease(db, held.interview_id)
    if found is None or (found.owner, found.lease_epoch) != (held.owner, held.lease_epoch):
        return None
    return put_lease(db, held.interview_id, held.owner, held.lease_epoch, ttl_s)


def release(db: sqlite3.Connection, held: Lease) -> None:
    """Nothing when it is not held. The epoch stays."""
    db.execute(
        "UPDATE lease SET owner = '', expires_boot_s = 0"
        " WHERE interview_id = ? AND owner = ? AND lease_epoch = ?",
        (held.interview_id, held.owner, held.lease_epoch),
    )


def lease(db: sqlite3.Connection, interview_id: str) -> Lease | None:
    """The newest one, over or not; None: there is none.

    `expires_s`: on the clock of `boot_s`; 0 when it was given before the machine restarted.
    """
    found = db.execute(
        "SELECT owner, lease_epoch, expires_boot_s, boot_id FROM lease WHERE interview_id = ?",
        (interview_id,),
    ).fetchone()
    if found is None:
        return None
    owner, epoch, expires_s, boot = found
    return Lease(interview_id, owner, epoch, expires_s if boot == boot_id() else 0.0)


def alive(lease: Lease) -> bool:
    """Whether its time runs and its owner may still be there."""
    return bool(lease.owner) and lease.expires_s > boot_s() and not is_gone(lease.owner)


def fenced(db: sqlite3.Connection, interview_id: str, lease_epoch: int) -> Fenced | None:
    """Why an append with this epoch is refused; None: it is not.

    `lease_epoch` 0 is the integrator's, which is refused while a lease lives.
    """
    held = lease(db, interview_id)
    if held is None:
        return None if lease_epoch == 0 else Fenced(0)
    if lease_epoch == 0:
        return Fenced(held.lease_epoch) if alive(held) else None
    return None if held.lease_epoch == lease_epoch else Fenced(held.lease_epoch)


def put_lease(
    db: sqlite3.Connection, interview_id: str, owner: str, epoch: int, ttl_s: float
) -> Lease:
    """Says whether another owner has asked for it since; whoever asks on is seen again."""
    expires_s = boot_s() + ttl_s
    wanted = db.execute("DELETE FROM wanted WHERE interview_id = ?", (interview_id,)).rowcount > 0
    db.execute(
        "INSERT INTO lease VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (interview_id)"
        " DO UPDATE SET owner = ?2, lease_epoch = ?3, expires_boot_s = ?4, boot_id = ?5",
        (interview_id, owner, epoch, expires_s, boot_id()),
    )
    return Lease(interview_id, owner, epoch, expires_s, wanted=wanted)
