"""The recordings that many benchmarks need, which are not part of the repository."""

from __future__ import annotations

from pathlib import Path

from benchmarks.process_tree import ROOT

FOLDER = ROOT.parent / "shared" / "speech"


def require(*wanted: Path) -> None:
    """End well where they are absent: a run of all benchmarks goes on with the next."""
    for path in wanted or (FOLDER,):
        if not path.exists():
            print(f"skipped: no recordings at {_shown(path)} (--speech names another folder)")
            raise SystemExit(0)


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT.parent)) if path.is_relative_to(ROOT.parent) else str(path)
