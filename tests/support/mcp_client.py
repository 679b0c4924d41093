"""The official client of MCP, loaded by the tests that ask it: it takes a third of a second, which
every process of `make test` would take to find the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcp import Client

    from media_server.api_client import AsyncClient


def of_tools(api: AsyncClient, *, write: bool) -> Client:
    """It asks the tools of `media-server mcp`, in this process."""
    from mcp import Client  # noqa: PLC0415

    from media_server.tools import mcp_tools  # noqa: PLC0415

    return Client(mcp_tools.server(api, write=write))
