"""The alert rules and the board: their expressions ask for what a server exports."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser as promql
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from media_server.front.figures import LABEL
from media_server.restart_metrics import RestartMetrics
from media_server.restarts import Restarts
from tests.signaling.test_real_service import API, opened
from tests.support.env import REPOSITORY

RULES = REPOSITORY / "deploy/prometheus/alerts.yml"
BOARD = REPOSITORY / "deploy/grafana/media-server.json"
OF_THE_SCRAPE = {"instance", "le"}
LATER = {
    "media_server_process_restarts_total": {"reason", LABEL},  # behind a supervisor
    "media_server_calls_closed_total": {"reason"},  # once a call is over
}
"""What a server that has done nothing does not show yet."""


def rules() -> list[dict[str, Any]]:
    return [
        rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]
    ]


def targets() -> Iterator[str]:
    for panel in json.loads(BOARD.read_text())["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"].replace("$__rate_interval", "1m").replace("$instance", ".*")


def asked(node: Any) -> Iterator[tuple[str, set[str]]]:
    """(metric, labels that are asked for) of each selector in an expression."""
    if isinstance(node, promql.VectorSelector):
        yield node.name or "", {matcher.name for matcher in node.matchers.matchers}
    elif isinstance(node, promql.MatrixSelector):
        yield from asked(node.vector_selector)
    elif isinstance(node, promql.AggregateExpr):
        kept = set(node.modifier.labels) if node.modifier is not None else set()
        for name, labels in asked(node.expr):
            yield name, labels | kept
    elif isinstance(node, promql.Call):
        for argument in node.args:
            yield from asked(argument)
    elif isinstance(node, promql.BinaryExpr):
        yield from asked(node.lhs)
        yield from asked(node.rhs)
    elif isinstance(node, promql.ParenExpr | promql.UnaryExpr):
        yield from asked(node.expr)
    else:
        assert isinstance(node, promql.NumberLiteral), type(node)


@pytest.fixture
async def exported(tmp_path: Path) -> dict[str, set[str]]:
    """Metric → its labels, of a real server."""
    async with opened(tmp_path) as client:
        await client.get("/interviews/healthz")
        text = await (await client.get("/interviews/metrics", headers=API)).text()
    found: dict[str, set[str]] = {name: set(labels) for name, labels in LATER.items()}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


async def test_they_ask_for_what_is_exported(exported: dict[str, set[str]]) -> None:
    expressions = [rule["expr"] for rule in rules()] + list(targets())
    assert len(expressions) > 60
    for expression in expressions:
        pairs = list(asked(promql.parse(expression)))
        assert pairs, expression
        for name, labels in pairs:
            assert name in exported, f"{name} in {expression}"
            assert labels - OF_THE_SCRAPE <= exported[name], expression


def test_what_is_not_shown_yet_has_these_names() -> None:
    restarts = RestartMetrics("media_server")
    restarts.figures = Restarts({"hung": 1})
    (family,) = restarts.collect()
    (sample,) = family.samples
    assert {*sample.labels, LABEL} == LATER[sample.name], "the front says whose they are"


def test_each_alert_says_what_to_do() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names)) >= 15
    for rule in rules():
        assert rule["labels"]["severity"] in {"warning", "critical"}
        notes = rule["annotations"]
        assert (REPOSITORY / notes["runbook"]).is_file(), rule["alert"]
        assert notes["summary"]
        assert notes["description"].endswith(".")
        used = set(re.findall(r"\$labels\.(\w+)", notes["summary"]))
        assert used <= {"instance", "reason", "stage"}


def test_panels_do_not_overlap_and_say_what_they_show() -> None:
    panels = json.loads(BOARD.read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
        assert panel["type"] == "row" or panel["description"]
