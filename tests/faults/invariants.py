"""What holds after every fault, whatever it was: written once, called by every test here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any


def check_log(log: Sequence[Mapping[str, Any]]) -> None:
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


def check_silence(told: Sequence[Mapping[str, Any]], last: str) -> None:
    """Not a message after the farewell: `last` is its code or type."""
    names = [str(m.get("code") or m["type"]) for m in told]
    assert last in names, names[-5:]
    assert names[names.index(last) + 1 :] == [], "something was said after the gate closed"


def check_logs_are_private(files: Iterable[Path], secrets: Iterable[str]) -> None:
    """No transcript, name, token or SDP in what a server wrote about itself."""
    wanted = [secret for secret in secrets if secret]
    for path in files:
        text = path.read_text(errors="replace")
        for number, secret in enumerate(wanted):
            assert secret not in text, f"secret {number} is in {path.name}"
        for mark in ("a=ice-pwd", "a=fingerprint", "v=0\\r\\n"):
            assert mark not in text, f"SDP in {path.name}"
