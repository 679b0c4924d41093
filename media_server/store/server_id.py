"""The name of this server, kept in DATA_DIR: the same after a restart, another on each machine.

It stands in the log beside each call. After a restart a server knows by it which interviews were
its own, also where several share one store.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import secrets
from pathlib import Path

from media_server.ports import Public
from media_server.store.disk import create_private, private_directory, write_all

logger = logging.getLogger(__name__)

FILE = "server-id"
_WHOLE = re.compile(r"[0-9a-f]{16}")


def load(data_dir: Path) -> str:
    """Made at the first start, and again where it cannot be read. "" where it cannot be kept; what
    else that means is for the stores to say. Blocking; for start-up."""
    path = data_dir / FILE
    try:
        private_directory(data_dir)
        return _read(path) or _make(path)
    except OSError as error:
        logger.warning("no name of this server can be kept in DATA_DIR: %s", Public(error.strerror))
        return ""


def _read(path: Path) -> str:
    with contextlib.suppress(FileNotFoundError, ValueError):
        name = path.read_text("ascii").strip()
        if _WHOLE.fullmatch(name):
            return name
    return ""


def _make(path: Path) -> str:
    """Whole or not at all; of several processes that race all read what one of them wrote."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = create_private(draft)
    try:
        write_all(descriptor, f"{secrets.token_hex(8)}\n".encode())
        os.fsync(descriptor)
        try:
            os.link(draft, path)
        except FileExistsError:
            if not _read(path):  # damaged
                draft.replace(path)
    finally:
        os.close(descriptor)
        draft.unlink(missing_ok=True)
    return _read(path)
