"""A real Chromium, for faults that somebody sees on a page."""

from __future__ import annotations

from tests.browser.conftest import open_browser

__all__ = ["open_browser"]
