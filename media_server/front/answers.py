"""What the front says itself: problems (RFC 9457) where no worker is there to say anything."""

from __future__ import annotations

from typing import cast

from aiohttp import web

from media_server.http_settings import HttpSettings
from signaling import cors, problems
from signaling.problems import Problem

_CLOSED = "/v1/interviews"


def problem_answer(
    request: web.BaseRequest, problem: Problem, settings: HttpSettings
) -> web.Response:
    """With the headers that a worker gives to each of its answers, so that pages of the origins
    that the settings name can read why."""
    answer = problems.response(problem)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if not request.path.startswith(_CLOSED):
        answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        cors.add_headers(cast("web.Request", request), answer, settings.cors_origins)
    return answer
