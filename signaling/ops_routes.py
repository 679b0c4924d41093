"""The routes for the operator: part of `routes.ROUTES`."""

from __future__ import annotations

from signaling import ops, ops_schemas, pages
from signaling.route import Route

OPS_ROUTES: tuple[Route, ...] = (
    Route(
        "GET", "/v1/ops", "ops", ops.show, "operations", "api_key", "ops",
        answer=ops_schemas.OpsShown,
        parameters=("history",),
        errors=(400, 401, 429, 503),
    ),
    Route(
        "GET", "/v1/ops/turns", "ops_turns", ops.turns, "operations", "api_key", "ops",
        answer=ops_schemas.SlowTurns,
        parameters=("limit: of operations",),
        errors=(400, 401, 429, 503),
    ),
    Route(
        "GET", "/v1/ops/interviews/{interview:[A-Za-z0-9_-]+}", "ops_interview", ops.interview,
        "operations", "api_key", "ops",
        answer=ops_schemas.DecisionsShown,
        parameters=("limit: of operations", "words"),
        errors=(400, 401, 404, 429, 503),
    ),
    Route("GET", "/ops", "ops_page", pages.ops, "pages", answer="text/html", published=False),
)  # fmt: skip
