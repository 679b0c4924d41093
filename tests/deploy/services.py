"""What compose.yaml runs, started here as it stands but for ports and paths."""

from __future__ import annotations

import re
from typing import Any

import yaml

from tests.support.env import REPOSITORY

SECRET = "0123456789abcdef" * 4


def services() -> dict[str, dict[str, Any]]:
    loaded: dict[str, dict[str, Any]] = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())[
        "services"
    ]
    return loaded


def interpolated(text: str) -> str:
    """As compose reads it: every secret is `SECRET`, the rest has its default."""
    text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)
    return re.sub(r"\$\{\w+:\?[^}]+\}", SECRET, text).replace("$$", "$")
