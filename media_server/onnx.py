"""onnxruntime, loaded so that it reports to nobody."""

from __future__ import annotations

import os
from typing import Any


def onnxruntime() -> Any:
    """The module: 0.1 s and 23 MB the first time. Raises ImportError.

    Left alone it opens a database in the home directory as it is imported, and uploads it.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime as module  # noqa: PLC0415 - not before the variable, and only when asked

    return module
