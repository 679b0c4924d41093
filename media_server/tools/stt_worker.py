"""`media-server stt-worker`: this machine transcribes for every server that uses the same Redis.

Settings are those of the server's `stt` section; the options here come before them.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import sys
from logging import INFO, WARNING, getLogger
from pathlib import Path
from typing import Any

from media_server import config as configuration
from media_server import logging
from media_server.ports import EngineUnavailable, Public
from media_server.redis_link.link import unusable
from media_server.stt.remote.redis_worker import run_worker
from media_server.stt.settings import SttSettings

logger = getLogger(__name__)
OPTIONS = ("engine", "model_dir", "language", "workers", "threads", "nice")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--redis",
        metavar="URL",
        dest="redis_url",
        help="the Redis of the servers, redis://host:6379/0 "
        "(default: MEDIA_SERVER_STT_REDIS_URL, or a MEDIA_SERVER_STORE_URL in Redis)",
    )
    add("--config", type=Path, metavar="FILE", help="TOML file (or MEDIA_SERVER_CONFIG=FILE)")
    add(
        "--engine",
        help="auto, pocketsphinx, faster-whisper, openai-compatible; several with commas",
    )
    add("--model-dir", metavar="DIR", help="faster-whisper: directory or pulled name of the model")
    add("--language", help='"" as each job says, auto, or one for all')
    add("--workers", type=int, metavar="N", help="worker processes on this machine")
    add("--threads", type=int, metavar="N", help="threads of each")
    add("--nice", type=int, metavar="N", help="scheduling priority, 0 to 19 (last)")


def run(args: argparse.Namespace) -> int:
    """0: stopped by a signal. 1: the engine cannot be used here. Raises ConfigError."""
    config = configuration.load_config(file=args.config)
    logging.configure(config.log.level, config.log.format)
    config = with_options(args, config)
    if config.recogniser is not None:
        level = WARNING if config.recogniser.stand_in else INFO
        logger.log(level, "recogniser: %s", Public(config.recogniser.reason))
        for warning in config.recogniser.warnings:
            logger.warning("recogniser: %s", Public(warning))
    try:
        asyncio.run(run_worker(config.stt))
    except EngineUnavailable as error:
        print(f"stt-worker: {error}", file=sys.stderr)
        return 1
    return 0


def settings_of(args: argparse.Namespace, config: configuration.Config) -> SttSettings:
    """Raises ConfigError."""
    return with_options(args, config).stt


def with_options(args: argparse.Namespace, config: configuration.Config) -> configuration.Config:
    """The configuration in which the options come first. Raises ConfigError."""
    return configuration.with_recogniser(config, _asked(args, config))


def _asked(args: argparse.Namespace, config: configuration.Config) -> SttSettings:
    given: dict[str, Any] = {
        name: getattr(args, name) for name in OPTIONS if getattr(args, name) is not None
    }
    redis_url = args.redis_url or config.stt.redis_url
    if not redis_url and config.store.uses_redis:
        redis_url = config.store.store_url
    problems = []
    if not redis_url:
        problems.append("--redis URL is needed: the Redis of the servers, redis://host:6379/0")
    elif problem := unusable(redis_url):
        problems.append(f"--redis: {problem}" if args.redis_url else f"stt redis_url: {problem}")
    if not given.get("workers", config.stt.workers or 1):
        problems.append("--workers: a machine that works for others needs at least 1")
    problems += _out_of_range(given, config.stt)
    if problems:
        raise configuration.ConfigError(problems)
    if not config.stt.workers:  # shared with a server that has none of its own
        given.setdefault("workers", 1)
    # Options come before what "auto" was resolved to without them.
    asked = config.recogniser.asked if config.recogniser else config.stt
    return dataclasses.replace(asked, redis_url=redis_url, **given)


def _out_of_range(given: dict[str, Any], settings: SttSettings) -> list[str]:
    """By the name of the option, as it was typed."""
    problems = []
    for name, value in given.items():
        try:
            dataclasses.replace(settings, **{name: value})
        except ValueError as error:
            option = "--" + name.replace("_", "-")
            problems.append(str(error).replace(f"stt {name}", option, 1))
    return problems
