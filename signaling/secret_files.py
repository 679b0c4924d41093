"""Secrets that are made once and kept in DATA_DIR/secrets, readable by the server's user alone."""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

API_KEY_FILE = "api-key"
SIGNING_FILE = "signing-secrets"
EVIDENCE_FILE = "evidence-key"
_BYTES = 32


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """What signs and what is accepted. The first of `signing` signs, all are accepted."""

    api_keys: tuple[str, ...]
    signing: tuple[str, ...]
    api_key_file: Path | None
    """Where the generated key lies; None: it was configured."""
    evidence_file: Path | None = None
    """Where the key for evidence lies, or will, once somebody asks for it; None: nowhere."""


def load(data_dir: Path, *, api_keys: tuple[str, ...], signing: tuple[str, ...]) -> Secrets:
    """Configured secrets, or those in DATA_DIR, made now if need be. Blocking; for start-up.

    A file holds one secret per line, the newest first: to rotate, put a new line on top, restart,
    and remove the old line when nothing signed with it may be used any more. Raises OSError.
    """
    directory = data_dir / "secrets"
    key_file = None
    if not api_keys:
        key_file = directory / API_KEY_FILE
        api_keys = kept(key_file)
    if not signing:
        signing = kept(directory / SIGNING_FILE)
    return Secrets(api_keys, signing, key_file, directory / EVIDENCE_FILE)


def kept(path: Path) -> tuple[str, ...]:
    """The secrets in this file, made now if need be: 32 random bytes in base64url. Blocking. Raises
    OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        _create(path, secrets.token_urlsafe(_BYTES) + "\n")
    lines = tuple(line.strip() for line in path.read_text("ascii").splitlines() if line.strip())
    if not lines:
        raise OSError(f"{path} is empty: remove it, a new one is made at the next start")
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    return lines


def _create(path: Path, text: str) -> None:
    """Whole or not at all, and once: of several processes that race, one wins and all read it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)  # unlike rename, fails where somebody was faster
    finally:
        draft.unlink(missing_ok=True)
