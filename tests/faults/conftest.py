"""A real Chromium, for faults that somebody sees on a page."""

from __future__ import annotations

from tests.browser.conftest import browsers, open_browser

__all__ = ["browsers", "open_browser"]
