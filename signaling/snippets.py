"""A request as a command for curl and as a program in Python, to be copied. Pure.

Both read the secret from the environment: who copies one pastes no key into a history.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

_WIDTH = 72


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. `secret`: the environment variable of its bearer credential, "" for none."""

    method: str
    url: str
    secret: str = ""
    media_type: str = ""
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()
    binary: bool = False
    """Whether the answer is a file, not a text."""


def curl(asked: Asked) -> str:
    """For bash and other POSIX shells."""
    lines = [f"curl {_quoted(asked.url)}"]
    usual = "POST" if asked.body is not None else "GET"
    if asked.method != usual:
        lines[0] = f"curl -X {asked.method} {_quoted(asked.url)}"
    if asked.secret:
        lines.append(f'-H "Authorization: Bearer ${asked.secret}"')
    lines += [f"-H {_quoted(f'{name}: {value}')}" for name, value in asked.headers]
    if asked.body is not None:
        lines.append(f"-H {_quoted(f'Content-Type: {asked.media_type}')}")
        lines.append(f"--data-binary {_quoted(_text_of(asked.body))}")
    if asked.binary:
        lines.append(f"-o {asked.url.rpartition('/')[2]}")
    return " \\\n  ".join(lines)


def python(asked: Asked) -> str:
    """For Python 3.11 and newer, with nothing but its own library."""
    as_text = isinstance(asked.body, str)
    headers, data, body = [], [], []
    if asked.secret:
        headers.append(f'    "Authorization": f"Bearer {{os.environ[\'{asked.secret}\']}}",')
    headers += [f"    {_literal(name)}: {_literal(value)}," for name, value in asked.headers]
    if asked.body is not None:
        headers.append(f'    "Content-Type": {_literal(asked.media_type)},')
        body = [f"body = {_literal(asked.body)}"]
        data = [f"    data={'body' if as_text else 'json.dumps(body)'}.encode(),"]
    if headers:
        headers = ["headers = {", *headers, "}"]
        data.append("    headers=headers,")
    imports = ["import json"] * (asked.body is not None and not as_text)
    imports += ["import os"] * bool(asked.secret)
    return "\n".join(
        [
            *imports,
            "from urllib.request import Request, urlopen",
            "",
            *body,
            *headers,
            "request = Request(",
            f"    {_literal(asked.url)},",
            *data,
            f'    method="{asked.method}",',
            ")",
            "with urlopen(request) as response:",
            _answer(asked),
        ]
    )


def _literal(value: Any, indent: str = "") -> str:
    """Of Python, for a JSON value: one line where it is short, else one for each part."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list):
        return repr(value)
    inner = indent + "    "
    if isinstance(value, dict):
        parts = [f"{_literal(name)}: {_literal(one, inner)}" for name, one in value.items()]
        left, right = "{", "}"
    else:
        parts, left, right = [_literal(one, inner) for one in value], "[", "]"
    line = f"{left}{', '.join(parts)}{right}"
    if len(indent) + len(line) <= _WIDTH and "\n" not in line:
        return line
    return "\n".join([left, *(f"{inner}{part}," for part in parts), f"{indent}{right}"])


def _answer(asked: Asked) -> str:
    if asked.binary:
        name = asked.url.rpartition("/")[2]
        return f'    with open("{name}", "wb") as file:\n        file.write(response.read())'
    return "    print(response.status, response.read().decode())"


def _text_of(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body, indent=2, ensure_ascii=False)


def _quoted(text: str) -> str:
    """For a POSIX shell (XCU 2.2.2): as it stands, whatever is in it."""
    if text and all(letter.isalnum() or letter in "/:.-_?=&%+@," for letter in text):
        return text
    return "'" + text.replace("'", "'\\''") + "'"
