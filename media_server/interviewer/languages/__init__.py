"""What the checks know of each language, by its tag."""

from __future__ import annotations

from media_server.interviewer.languages import ar, de, en, es, fr
from media_server.interviewer.languages.table import Table

TABLES = {"en": en.TABLE, "de": de.TABLE, "es": es.TABLE, "fr": fr.TABLE, "ar": ar.TABLE}
FALLBACK = "en"

__all__ = ["FALLBACK", "TABLES", "Table", "language_of"]


def language_of(locale: str) -> str | None:
    """The tag whose table is used for a locale (BCP 47); None: there is none for it."""
    tag = locale.strip().lower().replace("_", "-").split("-", 1)[0]
    return tag if tag in TABLES else None
