"""The `media-server` command."""

from __future__ import annotations


def main() -> int:
    """Entry point of the console script."""
    raise SystemExit("not built yet")
