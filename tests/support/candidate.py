"""What tests see of a headless candidate, or do to it, and no user of it needs."""

from __future__ import annotations

import asyncio

from media_server.tools.headless import HeadlessCandidate


def bot_speaks(candidate: HeadlessCandidate, *, within_s: float = 0.2) -> bool:
    """A packet of the bot came within the last `within_s` seconds."""
    return asyncio.get_running_loop().time() - candidate.bot_heard_s <= within_s


def microphone_dies(candidate: HeadlessCandidate) -> None:
    """No audio is sent any more, not even silence; the call lives on."""
    if candidate._sender is not None:
        candidate._sender.cancel()


def has_spoken(candidate: HeadlessCandidate) -> bool:
    """Nothing that it was to say is left."""
    return not candidate._speech
