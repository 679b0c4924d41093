"""`media-server mcp`: the interviews API as tools for language models (Model Context Protocol).

Over stdin and stdout, or as streamable HTTP on this machine alone. The SDK is an extra: it is
loaded when the command is run, and by nothing else.
"""

from __future__ import annotations

import argparse
import asyncio
import hmac
import importlib.util
import os
import sys
from typing import Any

from media_server.api_client import ApiError, AsyncClient
from media_server.http_settings import MIN_SECRET_CHARS
from media_server.tools.interview_cli import (
    EXIT_FAILED,
    EXIT_USAGE,
    Failed,
    add_server_arguments,
    api_key,
)

HOST = "127.0.0.1"
TOKEN_VARIABLE = "MEDIA_SERVER_MCP_TOKEN"  # noqa: S105  # its name


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_server_arguments(parser)
    parser.add_argument(
        "--write",
        action="store_true",
        help="also tools that create, cancel and erase, and the one that gives join links",
    )
    parser.add_argument(
        "--http",
        type=int,
        metavar="PORT",
        help=f"streamable HTTP on {HOST}:PORT/mcp instead of stdin and stdout, for those who send "
        f"the token in {TOKEN_VARIABLE}; 0: any free port",
    )


def run(args: argparse.Namespace) -> int:
    if not installed():
        return _complain(
            'the SDK is not installed: pip install "media-server[mcp]", or, in a clone, '
            "pip install --require-hashes -r requirements/mcp.lock",
            EXIT_USAGE,
        )
    token = os.environ.get(TOKEN_VARIABLE, "")
    if args.http is not None and len(token) < MIN_SECRET_CHARS:
        return _complain(
            f"--http lets every program of this machine ask: set {TOKEN_VARIABLE} to a token of "
            f"{MIN_SECRET_CHARS} characters or more; make one with: openssl rand -hex 32",
            EXIT_USAGE,
        )
    try:
        key = api_key(args.key_file)
        asyncio.run(_serve(args, key, token))
    except (ApiError, Failed, OSError) as error:
        return _complain(str(error), EXIT_FAILED)
    return 0


def installed() -> bool:
    return importlib.util.find_spec("mcp") is not None


async def _serve(args: argparse.Namespace, key: str, token: str) -> None:
    from media_server.tools.mcp_tools import server  # noqa: PLC0415  # the extra

    async with AsyncClient(str(args.url), key) as client:
        tools = server(client, write=args.write)
        if args.http is None:
            await tools.run_stdio_async()
        else:
            await _serve_http(Guarded(tools.streamable_http_app(host=HOST), token), args.http)


async def _serve_http(app: Guarded, port: int) -> None:
    import uvicorn  # noqa: PLC0415  # the extra

    config = uvicorn.Config(app, host=HOST, port=port, log_level="warning", access_log=False)
    listening = config.bind_socket()
    print(f"ready http://{HOST}:{listening.getsockname()[1]}/mcp", file=sys.stderr, flush=True)
    await uvicorn.Server(config).serve(sockets=[listening])


class Guarded:
    """An ASGI application for those who send the token (RFC 6750)."""

    def __init__(self, app: Any, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            given = [value for name, value in scope["headers"] if name == b"authorization"]
            if len(given) != 1 or not hmac.compare_digest(given[0], self._expected):
                headers = [(b"www-authenticate", b"Bearer"), (b"content-length", b"0")]
                await send({"type": "http.response.start", "status": 401, "headers": headers})
                await send({"type": "http.response.body", "body": b""})
                return
        await self._app(scope, receive, send)


def _complain(text: str, code: int) -> int:
    print(f"media-server mcp: {text}", file=sys.stderr)
    return code
