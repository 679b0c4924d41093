"""Whose an interview is, and what an API key of its owner may do."""

from __future__ import annotations

from typing import Literal

DEFAULT_TENANT = "default"
"""Owns what was made without a file of tenants, by an earlier release, and every demo interview."""
Scope = Literal["read", "write", "report", "watch", "decide", "ops"]
"""`read`: interviews and their results. `write`: make, change and erase them. `report`: make links
to reports, and see them. `watch`: follow an interview while it goes on, its words included.
`decide`: confirm or override a proposed score. `ops`: see how the whole server is, every tenant's
interviews included."""
SCOPES: frozenset[Scope] = frozenset({"read", "write", "report", "watch", "decide", "ops"})
OPERATORS: Scope = "ops"
"""Only a key of `DEFAULT_TENANT`, which is the operator's own, may have it."""
