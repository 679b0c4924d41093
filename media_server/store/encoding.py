"""What both logs write alike."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

OPERATIONS_KEPT = 512
"""Results of repeated operation ids are answered for the newest 512 entries of an interview."""
_SURROGATE = re.compile("[\ud800-\udfff]")


def dump(data: Mapping[str, Any]) -> str:
    """JSON text that UTF-8 can carry, whatever a client has sent (half a surrogate pair, say).

    TypeError or ValueError for what JSON cannot say (NaN included).
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    if text.isascii() or not _SURROGATE.search(text):
        return text
    return json.dumps(data, separators=(",", ":"), allow_nan=False)
