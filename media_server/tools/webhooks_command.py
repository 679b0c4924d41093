"""`media-server webhooks listen`: what a server sends, verified and printed, on your own machine.

It answers 204 to what is signed with the secret and 401 to everything else, and says why. Nothing
is kept.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import secrets
import socket
import sys
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from media_server.terminal import printable
from media_server.webhooks.endpoint import SECRET_PREFIX, secret_bytes

EXIT_FAILED = 1
EXIT_USAGE = 2
MAX_BODY_BYTES = 1 << 20
PATH = "/webhooks"


class Unverified(Exception):
    """The text says why, and what to do."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listen = actions.add_parser("listen", help="print events that a server sends here, verified")
    listen.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    listen.add_argument("--port", type=int, default=8099, help="port, 0: any (%(default)s)")
    listen.add_argument(
        "--secret",
        default=os.environ.get("MEDIA_SERVER_WEBHOOK_SECRETS", "").partition(",")[0],
        help="whsec_… (default: the first of MEDIA_SERVER_WEBHOOK_SECRETS, else a new one)",
    )
    listen.add_argument("--json", action="store_true", help="each event as a line of JSON")


def run(args: argparse.Namespace) -> int:
    secret = args.secret or new_secret()
    try:
        secret_bytes(secret)
    except ValueError as error:
        print(f"webhooks: --secret: {error}", file=sys.stderr)
        return EXIT_USAGE
    try:
        server = make_server(args.host, args.port, secret, said=_printer(as_json=args.json))
    except OSError as error:
        where = f"{args.host}:{args.port}"
        print(f"webhooks: cannot listen on {where} ({error.strerror}); try --port 0",
              file=sys.stderr)  # fmt: skip
        return EXIT_FAILED
    print(_how_to(str(server.server_address[0]), server.server_port, secret, shown=not args.secret),
          file=sys.stderr, flush=True)  # fmt: skip
    try:
        server.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
    return 0


def new_secret() -> str:
    """32 random bytes."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def verified(secret: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    """The event, where the signature is good and the time is now. Raises Unverified."""
    missing = [
        name
        for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
        if not headers.get(name)
    ]
    if missing:
        raise Unverified(f"no {', '.join(missing)}: this is no Standard Webhook")
    try:
        event = Webhook(secret).verify(body, dict(headers))
    except WebhookVerificationError as error:
        raise Unverified(_ADVICE.get(str(error), str(error))) from None
    except (ValueError, RecursionError):  # a signature that is none, or a body that is no JSON
        raise Unverified("the signature or the body cannot be read") from None
    if not isinstance(event, dict):
        raise Unverified("the body is no JSON object")
    return event


_ADVICE = {
    "No matching signature found": "signed with another secret: give --secret the one of the "
    "server, one of MEDIA_SERVER_WEBHOOK_SECRETS",
    "Message timestamp too old": "its time is more than 5 minutes ago: set the clocks, or it was "
    "sent again by somebody who recorded it",
    "Message timestamp too new": "its time is more than 5 minutes ahead: set the clocks",
}


def make_server(
    host: str, port: int, secret: str, *, said: Callable[[str, dict[str, Any] | str], None]
) -> ThreadingHTTPServer:
    """`said`: given the webhook-id and the event, or the reason why it was refused."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 10.0

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isdigit() or int(length) > MAX_BODY_BYTES:
                self._answer(413, f"Content-Length must be at most {MAX_BODY_BYTES}")
                return
            given = {name.lower(): value for name, value in self.headers.items()}
            try:
                event = verified(secret, self.rfile.read(int(length)), given)
            except Unverified as why:
                said(given.get("webhook-id", ""), str(why))
                self._answer(401, str(why))
                return
            said(given["webhook-id"], event)
            self._answer(204, "")

        def do_GET(self) -> None:
            self._answer(405, "webhooks are POSTed here")

        def _answer(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(text.encode())))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(text.encode())
            self.close_connection = True

        def log_message(self, *_args: Any) -> None:
            """`said` does."""

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        daemon_threads = True

    return Server((host, port), Handler)


def _printer(*, as_json: bool) -> Callable[[str, dict[str, Any] | str], None]:
    def say(id_: str, found: dict[str, Any] | str) -> None:
        if isinstance(found, str):
            print(f"refused {printable(id_)[:64]}: {printable(found)}", file=sys.stderr, flush=True)
        elif as_json:
            print(json.dumps({"id": id_, **found}), flush=True)
        else:
            data = {
                k: v
                for k, v in dict(found.get("data") or {}).items()
                if k != "links" and v is not None
            }
            words = " ".join(f"{name}={value}" for name, value in data.items())
            line = f"{found.get('timestamp', '')} {found.get('type', '')} {words} ({id_})"
            print(printable(line), flush=True)

    return say


def _how_to(name: str, port: int, secret: str, *, shown: bool) -> str:
    place = f"[{name}]" if ":" in name else name
    lines = [f"listening on http://{place}:{port}{PATH}; start the server with", ""]
    lines.append(f"  MEDIA_SERVER_WEBHOOK_URL=http://{place}:{port}{PATH}")
    lines.append(f"  MEDIA_SERVER_WEBHOOK_SECRETS={secret if shown else '<the same secret>'}")
    lines.append(f"  MEDIA_SERVER_WEBHOOK_ALLOW_NETWORKS={name}")
    return "\n".join([*lines, ""])
