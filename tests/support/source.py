"""Our own source as a tree, for the tests that read it."""

from __future__ import annotations

import ast
import gc
from pathlib import Path


def parsed(path: Path) -> ast.Module:
    """As `ast.parse`, without a garbage collection in the middle.

    Before 3.13 the parser's depth is counted for the whole interpreter (gh-106905): a finalizer
    that formats a traceback while it parses ends in SystemError.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(path.read_text("utf-8"))
    finally:
        if was_enabled:
            gc.enable()
