"""What is wrong between us and Redis, in words that say what to do and never show a password."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from redis.asyncio import ConnectionPool
from redis.exceptions import AuthenticationError, ResponseError

from media_server.redis_words import place_of, predicate, url_problem

__all__ = ["Health", "place_of", "problem_with", "why"]

logger = logging.getLogger(__name__)

SETTING = "stt redis_url, or --redis of stt-worker"


def problem_with(url: str) -> str:
    """Why this cannot be the URL of a Redis; "": it can."""
    if problem := url_problem(url):
        return problem
    example = "it must be like redis://host:6379/0, rediss:// or unix://"
    try:
        ConnectionPool.from_url(url).make_connection()  # type: ignore[no-untyped-call]  # redis-py
    except ValueError:  # its text may hold the URL
        return f"this is no URL of a Redis: {example}"
    except TypeError:
        return f"the URL has an option behind ? that redis-py does not know: {example}"
    return ""


def why(url: str, error: BaseException) -> str:
    """What follows "Redis ..."."""
    if said := predicate(error):
        return said
    if isinstance(error, ResponseError):
        return f"refuses what is asked ({type(error).__name__})"
    if not isinstance(error, AuthenticationError):
        return f"does not answer ({type(error).__name__}): start it, or correct {SETTING}"
    if urlsplit(url).password:
        return f"refused the password: correct it in {SETTING}"
    return f"wants a password: put it into {SETTING}"


class Health:
    """Logs each change of state once."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._trouble = ""

    def answered(self) -> None:
        if self._trouble:
            self._trouble = ""
            logger.info("Redis at %s answers again", place_of(self._url))

    def failed(self, error: BaseException) -> None:
        if isinstance(error, ResponseError):  # of this command
            self.answered()
            return
        refused = isinstance(error, AuthenticationError)
        kind = "refused" if refused else "silent"  # not each error that silence may look like
        if kind != self._trouble:
            self._trouble = kind
            template = f"Redis at %s {why(self._url, error)}"  # our own words: logged as they are
            logger.warning(template, place_of(self._url))
