"""Which factory the name of an engine in the settings means: one of ours, or somebody else's.

Each room with engines has a table, name -> "package.module:factory". In the settings a name of the
table stands for its entry; anything with a colon is itself such an entry, and is imported only
where the engine runs.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from media_server.ports import EngineUnavailable


def problem(name: str, names: Iterable[str]) -> str:
    """What is wrong with `name`, in words; "": nothing that can be seen without an import."""
    if name in names or _is_path(name):
        return ""
    listed = ", ".join(names)
    return f"{name[:80]!r} is unknown: use {listed}, or package.module:factory of your own"


def find(name: str, table: Mapping[str, str]) -> Callable[[Any], Any]:
    """Raises EngineUnavailable: no such name, module or factory, or it cannot be imported."""
    if wrong := problem(name, table):
        raise EngineUnavailable(f"engine {wrong}")
    module_name, _, attribute = table.get(name, name).partition(":")
    try:
        factory = getattr(importlib.import_module(module_name), attribute)
    except ImportError as error:
        raise EngineUnavailable(f"engine {name!r} cannot be imported: {error}") from error
    except AttributeError as error:
        raise EngineUnavailable(f"engine {name!r}: {module_name} has no {attribute}") from error
    except Exception as error:  # whatever a module of somebody else's raises while it loads
        kind = type(error).__name__
        raise EngineUnavailable(f"engine {name!r} cannot be imported: {kind}: {error}") from error
    if not callable(factory):
        raise EngineUnavailable(f"engine {name!r}: {attribute} cannot be called with the settings")
    made: Callable[[Any], Any] = factory
    return made


def _is_path(name: str) -> bool:
    module, colon, attribute = name.partition(":")
    return (
        bool(colon) and attribute.isidentifier() and all(map(str.isidentifier, module.split(".")))
    )
