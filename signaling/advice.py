"""What an integrator should know of a specification that is accepted all the same. Pure."""

from __future__ import annotations

from media_server.interview.phrases import TABLES, is_spoken
from media_server.interview.spec import InterviewSpec


def warnings_for(spec: InterviewSpec) -> list[dict[str, str]]:
    """Each with a stable `code`, the JSON pointer of what it is about, and a message."""
    locale = spec.candidate.locale
    if is_spoken(locale):
        return []
    message = (
        f"The candidate's page and the interviewer's own words have no {locale!r}: they are in "
        f"English, and marked as English. There are {', '.join(sorted(TABLES))}. Your greeting, "
        f"questions and consent text are taken as {locale!r}; where no voice here speaks it, they "
        "are shown in writing."
    )
    return [{"code": "locale_unsupported", "pointer": "/candidate/locale", "message": message}]
