"""docs/promises.md has every sentence of the page about listening and keeping, and its test."""

from __future__ import annotations

import json
import re
import subprocess

from tests.support.env import REPOSITORY, require_tool

PAGE = REPOSITORY / "docs" / "promises.md"
STRINGS = REPOSITORY / "client" / "strings"
ABOUT = re.compile(
    r"record|listening|kept|saved|captured|erased|deleted|switched off|are muted|download|"
    r"keep a copy|still there|stays here|microphone was not|may use your microphone|"
    r"without a microphone|unclear|keep (its|the) text|microphone is off",
    re.IGNORECASE,
)
PROMISES_NOTHING = {
    "call.activity.listening",  # while it does listen
    "call.announceListening",
    "after.download",  # the name of a button
    "problem.kinds.deleted.0",  # the title of a sentence that has a row
    "problem.kinds.consent.1",  # a failure
    "problem.kinds.damaged.1",
    "rehearsing.findings.gaps.1",  # advice
}
"""These have the words and say nothing that could be broken."""
_FLATTEN = """
const [, of, landing, rehearsal, after] = process.argv;
const { en } = await import(of);
const found = {};
const walk = (value, key) => {
  if (typeof value === "string") found[key] = value;
  else if (typeof value === "function") found[key] = value(2, 3);
  else for (const [name, one] of Object.entries(value)) walk(one, key ? `${key}.${name}` : name);
};
walk(en, "");
walk((await import(landing)).words, "landing");
walk((await import(rehearsal)).words, "rehearsing");
walk((await import(after)).words, "after");
console.log(JSON.stringify(found));
"""
_ROW = re.compile(r"^\| `([\w.]+)` \| (.+) \| (.+) \|$", re.MULTILINE)
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def page_words() -> dict[str, str]:
    node = require_tool("node", package="nodejs")
    names = ("en.js", "landing/en.js", "rehearsal/en.js", "after/en.js")
    paths = [STRINGS / name for name in names]
    done = subprocess.run(
        [node, "--input-type=module", "--eval", _FLATTEN, *(path.as_uri() for path in paths)],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_every_promise_has_a_row_with_its_words() -> None:
    words = page_words()
    rows = {key: text for key, text, _ in _ROW.findall(PAGE.read_text())}
    about = {key for key, text in words.items() if ABOUT.search(text)}
    assert about - PROMISES_NOTHING - rows.keys() == set(), "no row in docs/promises.md"
    assert PROMISES_NOTHING - about == set(), "no such sentence"
    assert {key: words.get(key) for key in rows} == rows


def test_every_row_names_tests_that_are_there() -> None:
    for key, _, cell in _ROW.findall(PAGE.read_text()):
        named = _TEST.findall(cell)
        assert named, key
        for path, name in named:
            assert re.search(
                rf"^(async )?def {name}\(", (REPOSITORY / path).read_text(), re.MULTILINE
            ), key
