"""The blocks of the documents, and what the word behind their fence says should be done with them.

| fence | what a test does with it |
|---|---|
| `sh` | runs it in bash; every `curl` must be answered with 2xx |
| `json request=POST /v1/…` | sends it to that address; the answer must be 2xx |
| `json` | reads it |
| `python` | runs it, after the Python blocks above it on the page |
| any of these, and `not-run: why` | nothing; the reason is for whoever reads this list |

    python -m tests.docs.blocks

prints every block with what is done with it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.env import REPOSITORY

PAGES = [*sorted(REPOSITORY.glob("*.md")), *sorted((REPOSITORY / "docs").glob("*.md"))]
RUN = ("sh", "json", "python")
"""Languages whose blocks are examples. `text`, `toml`, `html`, … are shown and not run."""
_FENCE = re.compile(r"^(?P<indent> *)```(?P<info>.*)$")
_REQUEST = re.compile(r"request=(?P<method>[A-Z]+) (?P<path>/\S*)")
_NOT_RUN = re.compile(r"not-run: (?P<why>.+)")


@dataclass(frozen=True, slots=True)
class Block:
    page: str
    line: int
    """Of its fence, from 1."""
    language: str
    info: str
    """What stands behind the language."""
    text: str

    @property
    def name(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def not_run(self) -> str:
        """Why not; "": it is run."""
        found = _NOT_RUN.fullmatch(self.info)
        return found["why"] if found else ""

    @property
    def request(self) -> tuple[str, str] | None:
        """Method and path of a JSON body that is to be sent."""
        found = _REQUEST.fullmatch(self.info)
        return (found["method"], found["path"]) if found else None

    @property
    def understood(self) -> bool:
        if self.language not in RUN:
            return True
        return (
            not self.info
            or bool(self.not_run)
            or (self.language == "json" and self.request is not None)
        )


def blocks(path: Path) -> Iterator[Block]:
    """Fenced blocks of a page, in order; also within lists."""
    fence: tuple[int, int, str] | None = None
    lines: list[str] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        found = _FENCE.match(line)
        if fence is None and found:
            fence, lines = (number, len(found["indent"]), found["info"].strip()), []
        elif fence is not None and found and not found["info"].strip():
            start, _, info = fence
            language, _, rest = info.partition(" ")
            yield Block(path.name, start, language, rest.strip(), "\n".join(lines) + "\n")
            fence = None
        elif fence is not None:
            lines.append(line[fence[1] :])


def unfenced(path: Path) -> Iterator[tuple[int, str]]:
    """Lines of indented blocks, with their numbers."""
    inside = False
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if _FENCE.match(line):
            inside = not inside
        elif not inside and line.startswith("    "):
            yield number, line.strip()


EVERY = [block for page in PAGES for block in blocks(page)]


def main() -> None:
    """The list, for people."""
    for block in EVERY:
        if block.language in RUN:
            what = f"not run: {block.not_run}" if block.not_run else f"run {block.info}"
            sys.stdout.write(f"{block.name:32} {block.language:7} {what}\n")


if __name__ == "__main__":
    main()
