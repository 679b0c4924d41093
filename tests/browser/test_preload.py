"""Every page names all of their modules, so that a browser need not find them one after another."""

from __future__ import annotations

import re

import pytest

from tests.browser.site import CLIENT

_IMPORT = re.compile(
    r'^(?:import|export|\})[^;]*?from "(\.[^"]+)";|^import "(\.[^"]+)";', re.MULTILINE
)
_LINK = re.compile(r'<link rel="modulepreload" href="(?:\.\./)?client/([^"]+)" />')


def imported_by(page: str, main: str) -> tuple[list[str], list[str]]:
    """Modules that a page names, and those that it needs besides `main`."""
    found = [(CLIENT / main).resolve()]
    for module in found:
        for names in _IMPORT.findall(module.read_text()):
            imported = (module.parent / "".join(names)).resolve()
            if imported not in found:
                found.append(imported)
    named = _LINK.findall((CLIENT / page).read_text())
    return named, [str(one.relative_to(CLIENT)) for one in found[1:]]


@pytest.mark.parametrize(
    ("page", "main"), [("interview.html", "page/main.js"), ("index.html", "page/landing-main.js")]
)
def test_every_module_is_named(page: str, main: str) -> None:
    named, found = imported_by(page, main)
    assert sorted(named) == sorted(found)
    assert len(named) > 15  # the pattern does find imports
