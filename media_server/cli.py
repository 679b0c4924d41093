"""The `media-server` command.

Exit codes: 0 done, 1 failed (the reason is on stderr), 2 wrong usage or configuration, 130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

from media_server import collector
from media_server import config as configuration
from media_server.config import Config, ConfigError
from media_server.systemd import Notifier
from media_server.tts.process import die_with_parent

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130

# Subcommands that live in a module of `media_server.tools` with `add_arguments` and `run`.
_TOOLS = {
    "simulate": ("simulate", "a headless candidate: speak WAV files through an interview"),
    "interview": ("interview_cli", "create, show, list, export, cancel and erase interviews"),
    "mcp": ("mcp_command", "the interviews API as tools for language models"),
    "models": ("models_command", "the models this server can use, and how to get them"),
    "verify": ("verify", "whether an evidence bundle is what the server signed, offline"),
    "fairness": ("fairness", "whether groups of people fare alike, from results"),
    "tenants": ("tenants_command", "check the file of tenants, make keys for it"),
    "bench": ("bench", "how many talking candidates this machine carries, and what limits it"),
    "replay": ("replay", "run a recorded interview again, offline"),
    "transcribe": ("transcribe", "write down what was left untranscribed in an interview"),
    "webhooks": ("webhooks_command", "print what a server sends to you, verified"),
    "stt-worker": ("stt_worker", "transcribe for servers on other machines"),
}
_EPILOG = """\
exit codes: 0 done, 1 failed (the reason is on stderr), 2 wrong usage or configuration, 130 Ctrl-C
settings: environment variables or a TOML file, see `media-server config`
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point of the console script."""
    words = sys.argv[1:] if argv is None else list(argv)
    parser = build_parser(words[0] if words else "")
    arguments = parser.parse_args(words)
    if not hasattr(arguments, "handler"):
        parser.print_help()
        return EXIT_USAGE
    handler: Callable[[argparse.Namespace], int] = arguments.handler
    try:
        return handler(arguments)
    except ConfigError as error:
        _complain(str(error))
        return EXIT_USAGE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has left; nothing more can be said
        return EXIT_FAILED


def build_parser(command: str | None = None) -> argparse.ArgumentParser:
    """`command`: the one that is asked for, so that no other's modules are loaded; None: all."""
    parser = argparse.ArgumentParser(
        prog="media-server",
        description="Real-time WebRTC media server for AI interviews.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    serve = commands.add_parser("serve", help="run the server")
    _add_config_option(serve)
    serve.add_argument(
        "--no-supervisor",
        action="store_true",
        help="no parent that watches and restarts it (or MEDIA_SERVER_SUPERVISE=off)",
    )
    serve.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="processes that serve calls (or MEDIA_SERVER_WORKERS; 0: as the cores carry)",
    )
    serve.set_defaults(handler=_serve)
    shown = commands.add_parser("config", help="print the effective configuration, secrets masked")
    _add_config_option(shown)
    form = shown.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as JSON instead of TOML")
    form.add_argument("--markdown", action="store_true", help="every setting, as documentation")
    shown.set_defaults(handler=_config)
    if _exists("doctor"):
        doctor = commands.add_parser("doctor", help="what works here, what does not, how to fix it")
        _add_config_option(doctor)
        doctor.add_argument("--json", action="store_true", help="as JSON")
        doctor.set_defaults(handler=_doctor)
    for name, (module_name, help_text) in _TOOLS.items():
        if _exists(module_name):
            sub = commands.add_parser(name, help=help_text)
            if command in (None, name):
                tool = _load(module_name)
                tool.add_arguments(sub)
                sub.set_defaults(handler=tool.run)
    return parser


def _add_config_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="TOML file (or MEDIA_SERVER_CONFIG=FILE)"
    )


def _read(arguments: argparse.Namespace) -> Config:
    return configuration.load_config(file=arguments.config)


def _serve(arguments: argparse.Namespace) -> int:
    # Before numpy is loaded, here and in our children. Its products are small: to share one out
    # among threads takes longer than to compute it, and holds the event loop.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from media_server import beat, logging, restarts, roles, workers  # noqa: PLC0415

    handed_over = beat.handed_over(os.environ)
    so_far = restarts.handed_over(os.environ)
    role = roles.handed_over(os.environ)
    config = workers.asked_for(_read(arguments), arguments)
    logging.configure(config.log.level, config.log.format)
    if handed_over is None and config.process.supervise and hasattr(os, "posix_spawn"):
        return workers.supervise(config, lambda: workers.asked_for(_read(arguments), arguments))
    watcher: beat.Watcher
    if handed_over is None:
        watcher = beat.Systemd(Notifier.from_environment())
    else:
        pipe, parent = handed_over
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it comes from the parent, as SIGTERM
        die_with_parent(parent)
        watcher = beat.Parent(pipe, so_far, parent)
    if role.kind == "front":
        from media_server.front.serve import serve_front  # noqa: PLC0415  # no media is loaded

        return serve_front(config, role, watcher)
    if role.kind == "speech":
        from media_server.speech_process import serve_speech  # noqa: PLC0415  # engines

        return serve_speech(config.stt, role, watcher)
    with collector.paused():
        from media_server import serve  # noqa: PLC0415  # engines load slowly

    return serve.serve(workers.of_worker(config, role), watcher, role)


def _config(arguments: argparse.Namespace) -> int:
    if arguments.markdown:
        from media_server.config_docs import markdown  # noqa: PLC0415

        print(markdown(), end="")
        return 0
    config = _read(arguments)
    if arguments.json:
        print(json.dumps(configuration.masked(config), indent=2))
    else:
        print(configuration.as_toml(config), end="")
    return 0


def _doctor(arguments: argparse.Namespace) -> int:
    config = _read(arguments)
    run: Callable[[Config, bool], int] = _load("doctor").run_doctor
    return run(config, arguments.json)


def _exists(name: str) -> bool:
    return importlib.util.find_spec(f"media_server.tools.{name}") is not None


def _load(name: str) -> ModuleType:
    return importlib.import_module(f"media_server.tools.{name}")


def _complain(text: str) -> None:
    print(f"media-server: {text}", file=sys.stderr)
