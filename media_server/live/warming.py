"""What the first reply of an interview would else wait for: the words of the checks, and the model.

A server of models loads one at the first request for it, which takes many seconds; the tables of
words take a few tenths of one. Both are had when the candidate has come, not at the server's start.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import cast

from media_server.ports import Llm, LlmRequest, LlmUnavailable, Public

LOADING_S = 60.0
"""For a model to be loaded."""
_REQUEST = LlmRequest(
    purpose="warm_up",
    system="Answer with one word.",
    user="Ready?",
    max_tokens=1,
    first_token_s=LOADING_S,
    total_s=LOADING_S,
)

logger = logging.getLogger(__name__)


async def warm_up(llm: Llm, locale: str) -> None:
    """Load the words, then ask the model for one token. Never fails: without it all is later."""
    try:
        await asyncio.to_thread(load_words, locale)
        if not llm.available():
            return
        async with asyncio.timeout(LOADING_S):
            stream = cast("AsyncGenerator[str, None]", llm.stream(_REQUEST))
            async with aclosing(stream) as pieces:
                async for _ in pieces:
                    pass
    except (LlmUnavailable, TimeoutError):
        pass  # the first reply finds out, and the interview goes on without
    except Exception as error:
        logger.error("a model is not warmed up: %s", Public(type(error).__name__))


def load_words(locale: str) -> None:
    """In a thread: the tables, patterns, stems and prompts of a language."""
    from media_server.interviewer import faq_answers, follow_up_checks  # noqa: PLC0415 - slow
    from media_server.interviewer.follow_ups import TASK  # noqa: PLC0415 - slow
    from media_server.prompts import prompt  # noqa: PLC0415 - slow

    for task in (TASK, faq_answers.TASK):
        prompt(task, locale)
    follow_up_checks.is_too_thin("?", locale)
