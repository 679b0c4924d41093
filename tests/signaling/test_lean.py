"""What is left out on the way to the browser is nothing that it reads."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from benchmarks.page_weight import measured
from media_server.http_settings import HttpSettings
from signaling import lean
from signaling.page_files import MAX_KEPT, PageFiles
from tests.signaling.conftest import open_house
from tests.support.env import REPOSITORY, missing

CLIENT = REPOSITORY / "client"
SAME = """
const ts = require("typescript");
const pairs = JSON.parse(require("fs").readFileSync(0, "utf8"));
const shape = (text) => {
  const found = [];
  const walk = (node) => {
    found.push(node.kind, node.text ?? "", node.rawText ?? "", node.operator ?? "");
    ts.forEachChild(node, walk);
  };
  const file = ts.createSourceFile("a.js", text, ts.ScriptTarget.Latest, false, ts.ScriptKind.JS);
  ts.forEachChild(file, walk);
  return JSON.stringify([found, file.parseDiagnostics.length]);
};
const other = pairs.filter(([, a, b]) => shape(a) !== shape(b));
console.log(JSON.stringify(other.map(([name]) => name)));
"""
HARD = r"""
/** Doc. */
export const a = `one // two ${b ? `/* ${c} */` : "}"} three
    four`; // out
const r = /[/*"']\/\/ no comment/g, q = 4 / 2 / 1;
if (/\s+/.test(x)) return /'/; /* in
 between */ let d = "// not", e = '/* not */';
const f = (/** @type {string} */ (g)).h / 2;
call(/** @type {number} */ 1)
[0, 1].map((i) => i)
x = y
++z
"""


def differing(pairs: list[tuple[str, str, str]]) -> list[str]:
    if not (REPOSITORY / "node_modules" / "typescript").is_dir():
        missing("typescript is not installed: npm ci")
    done = subprocess.run(
        ["node", "-e", SAME], input=json.dumps(pairs), cwd=REPOSITORY, capture_output=True,
        text=True, check=True, timeout=60,
    )  # fmt: skip
    found: list[str] = json.loads(done.stdout)
    return found


def test_every_module_means_the_same() -> None:
    files = sorted(CLIENT.rglob("*.js"))
    assert len(files) > 40
    pairs = [(str(p), p.read_text(), lean.script(p.read_text())) for p in files]
    pairs.append(("hard", HARD, lean.script(HARD)))
    assert differing(pairs) == []
    assert differing([("spoilt", "a = 1\n++b", "a = 1 + +b")]) == ["spoilt"]
    for name, _, bare in pairs[:-1]:
        assert "@typedef" not in bare, name
        assert not re.search(r"^\s*(/\*\*|//|\n| )", bare, re.MULTILINE), name


def test_a_style_sheet_keeps_its_rules() -> None:
    css = 'a::before {\n  content: "/* x */";\n  color: red; /* why */\n}\n\n/* all\n of it */\n'
    assert lean.sheet(css) == 'a::before{content:"/* x */";color:red}\n'


def test_a_style_sheet_writes_numbers_and_lists_shortly() -> None:
    css = 'a::before {\n  content: "0.5, b";\n  margin: -0.5em 10.5em 0;\n  font: b, c;\n}\n'
    assert lean.sheet(css) == 'a::before{content:"0.5, b";margin:-.5em 10.5em 0;font:b,c}\n'


def test_a_style_sheet_has_no_space_around_what_separates_by_itself() -> None:
    css = """@media (max-width: 40rem) {
  .a > [data-b="c"]:is(h2, .d) {
    color: rgb(0 0 0 / 5%);
    background: #ffffff;
    content: "a > b / #ffffff";
    width: calc(1px + 2px);
  }
}
"""
    bare = """@media(max-width:40rem){.a>[data-b=c]:is(h2,.d){color:rgb(0 0 0/5%);background:#fff;\
content:"a > b / #ffffff";width:calc(1px + 2px)}}
"""
    assert lean.sheet(css) == bare


def test_a_page_without_one_of_its_sheets_keeps_its_links() -> None:
    text = (CLIENT / "interview.html").read_text()
    assert lean.page(text, lambda _: None) == (text, "")
    assert lean.page(text, lambda _: "a::before { content: '</style>'; }") == (text, "")


def test_the_tags_of_a_page_mean_the_same() -> None:
    class Tags(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.found: list[object] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if ("rel", "stylesheet") not in attrs and tag != "style":
                self.found.append((tag, attrs))

    def tags(text: str) -> list[object]:
        parser = Tags()
        parser.feed(text)
        return parser.found

    text = (CLIENT / "interview.html").read_text()
    bare, _ = lean.page(text, lambda _: "a { color: red; }")
    assert len(tags(text)) > 60
    assert tags(bare) == tags(text)
    assert "/>" not in bare


async def test_the_first_picture_waits_for_the_page_alone() -> None:
    house = await open_house(HttpSettings())
    try:
        answer = await house.client.get("/j/iv_1.secret", headers={"Accept-Encoding": "gzip"})
        html = await answer.text()
        assert answer.headers["Vary"] == "Accept-Encoding"
    finally:
        await house.client.close()
    assert 'rel="stylesheet"' not in html
    assert re.findall(r'<script type="module"', html)
    assert re.findall("<script(?! type=.module.| defer)", html) == [], "the others never block"
    style = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in answer.headers["Content-Security-Policy"]
    assert ".controls" in style


def test_what_changes_is_made_anew_and_what_is_kept_is_bounded(tmp_path: Path) -> None:
    files = PageFiles(tmp_path)
    one = tmp_path / "a.js"
    one.write_text("// gone\nlet a = 1;\n")
    first = files.of(one)
    assert first.body == b"let a=1;\n"
    assert files.of(one) is first
    one.write_text("let a = 22;\n" * 100)
    second = files.of(one)
    assert second.etag != first.etag
    assert second.packed is not None
    assert gzip.decompress(second.packed) == second.body
    for number in range(MAX_KEPT + 5):
        other = tmp_path / f"{number}.js"
        other.write_text("let b;\n")
        files.of(other)
    assert len(files._kept) == MAX_KEPT


@pytest.mark.parametrize("name", ["../outside.css", "styles/none.css", "page/app.js"])
def test_only_sheets_of_the_page_are_put_into_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "outside.css").write_text("a {}")
    (tmp_path / "client").mkdir()
    assert PageFiles(tmp_path / "client")._sheet(name) is None


def test_the_page_weighs_at_most_200_kb() -> None:
    """All files of a spoken interview, not compressed, as they are sent."""
    found = measured()
    assert found["files"] > 40
    assert found["written"] > found["total"] > 100_000
    assert found["total"] <= 200_000, found["heaviest"]


async def test_a_page_of_ones_own_is_sent_as_it_is(tmp_path: Path) -> None:
    written = "// mine\nif (a) /[\"']/.test(s); b = 'http://x';\n"
    (tmp_path / "mine.js").write_text(written)
    house = await open_house(HttpSettings(client_dir=tmp_path))
    try:
        answer = await house.client.get("/client/mine.js")
        assert await answer.text() == written
    finally:
        await house.client.close()
