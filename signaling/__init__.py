"""HTTP: WHIP-shaped signalling, the interviews API, the candidate's page.

Speaks to the live side through `media_server.ports.InterviewService` alone.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from signaling.app import attach_service, create_app, start_draining
    from signaling.context import CONTEXT

__all__ = ["CONTEXT", "attach_service", "create_app", "start_draining"]

_MODULE = {"CONTEXT": "signaling.context"}


def __getattr__(name: str) -> Any:
    """Loaded when it is asked for (PEP 562): a client of the API needs the schemas of this package
    and no server."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULE.get(name, "signaling.app")), name)
