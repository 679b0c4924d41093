"""What the candidate's page weighs: every file of a spoken interview, as the server sends it.

Counted are the page with its style sheets, all modules that it names for preloading, the icon and
the words of one language, the heaviest. Modules that are asked for on demand (`import()`: history,
review, typing over HTTPS…) are listed beside it. Bytes; `sent` is after gzip.

    python -m benchmarks.page_weight [--json page_weight.json]
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

from signaling.page_files import PageFiles

CLIENT = Path(__file__).resolve().parents[1] / "client"
_PRELOAD = re.compile(r'(?:href|src)="?(?:\.\./)?client/([^">]+\.js)"?')


def measured(client: Path = CLIENT) -> dict[str, Any]:
    """`total`, `sent`, `files`, `written` (with comments) and `on_demand`, in bytes."""
    files = PageFiles(client)
    page = client / "interview.html"
    html = files.of(page).body.decode()
    words = {path: len(files.of(path).body) for path in (client / "strings").glob("??.js")}
    named = [client / name for name in _PRELOAD.findall(html)]
    loaded = [page, *named, max(words, key=lambda path: words[path])]
    loaded = list(dict.fromkeys(path.resolve() for path in loaded))
    bare = {path: files.of(path) for path in loaded}
    others = sorted(
        path
        for path in client.rglob("*.js")
        if path.resolve() not in bare
        and path not in words
        and "landing" not in str(path.relative_to(client))
    )
    icon = (client / "icon.svg").stat().st_size
    sheets = sum(path.stat().st_size for path in client.glob("styles/*.css"))
    return {
        "total": sum(len(one.body) for one in bare.values()) + icon,
        "sent": sum(len(one.packed or one.body) for one in bare.values()) + icon,
        "files": len(bare) + 1,
        "written": sum(path.stat().st_size for path in bare) + sheets + icon,
        "on_demand": {str(path.relative_to(client)): len(files.of(path).body) for path in others},
        "heaviest": dict(
            sorted(
                ((str(path.relative_to(client)), len(one.body)) for path, one in bare.items()),
                key=lambda row: -row[1],
            )[:12]
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = measured()
    print(json.dumps(found, indent=2))
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
