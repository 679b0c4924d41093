"""A typed client of the interviews API, in a blocking and an async form (docs/api-client.md).

from media_server.api_client import Client

with Client("http://localhost:8080", key) as client:
    created = client.create({"questions": ["What did you cook last week?"]})
    print(created.join_url)
"""

from media_server.api_client.blocking import Client
from media_server.api_client.concurrent import AsyncClient
from media_server.api_client.errors import (
    ApiError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    NotUnderstood,
    Unavailable,
    Unreachable,
)
from media_server.api_client.sse import LiveEvent

__all__ = [
    "ApiError",
    "AsyncClient",
    "Client",
    "Conflict",
    "Forbidden",
    "Invalid",
    "LiveEvent",
    "NotFound",
    "NotUnderstood",
    "Unavailable",
    "Unreachable",
]
