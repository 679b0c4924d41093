"""Which dialects there are. A new one is a file beside this one, and a line in `DIALECTS`."""

from __future__ import annotations

from collections.abc import Iterable

from media_server.dialects.native import InterviewV1
from media_server.ports.dialect import Dialect

DIALECTS: tuple[Dialect, ...] = (InterviewV1(),)


def find(dialects: Iterable[Dialect], label: str, protocol: str) -> Dialect | None:
    """The dialect of a data channel by its subprotocol, else by its label (RFC 8832 section 5.1);
    None: nobody here speaks it."""
    by_label = {dialect.label: dialect for dialect in dialects}
    return by_label.get(protocol) or by_label.get(label)
