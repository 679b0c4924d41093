"""What is asked, and what runs, in a network namespace of `tests.network.link`."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from tests.network.link import enter_namespace
from tests.support.forked import NAMESPACE
from tests.support.server import API_KEY

ASK_S = 10.0
P = ParamSpec("P")
T = TypeVar("T")


def environment(namespace: str) -> dict[str, str]:
    """For whatever is forked: it runs in there."""
    return {NAMESPACE: namespace}


def run(namespace: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """In a thread whose sockets are in there."""
    with ThreadPoolExecutor(1, initializer=enter_namespace, initargs=(namespace,)) as inside:
        return inside.submit(function, *args, **kwargs).result()


def ask(namespace: str, url: str, *body: str) -> Any:
    """What the API answers to somebody in there. Raises OSError."""
    return run(namespace, _ask, url, *body)


def _ask(url: str, *body: str) -> Any:
    headers = {"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"}
    data = body[0].encode() if body else None
    request = urllib.request.Request(url, data, headers)  # noqa: S310  # http, of our own server
    with urllib.request.urlopen(request, timeout=ASK_S) as answer:  # noqa: S310
        return json.loads(answer.read())
