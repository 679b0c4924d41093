"""The page's files as they are sent: without what only their readers need.

Comments and indentation are a third of the page. They stay in the files, which need no build, and
are left out on the way to the browser. Nothing is renamed, so that what a browser reports is found
in the files. Style sheets are put into the page itself: the first picture then waits for no request
but that of the page.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable

_JS = re.compile(
    r"""
      (?P<comment>//[^\n]*|/\*.*?\*/)
    | (?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    | (?P<template>`)
    | (?P<space>\s+)
    | (?P<word>[\w$]+)
    | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_REGEX = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/[a-z]*")
_SPARE = re.compile(r"(\"(?:\\.|[^\"\\\n])*\")|(?<![\w.])0(?=\.\d)|(?<=,) ")
"""In a style sheet: the nought of "0.5", the space in a list. Not within a string."""
_NAME = re.compile(r"=\"([a-zA-Z][\w-]*)\"\]")
"""The value of an attribute in a selector, where it is a name: it needs no quotes."""
_WHITE = re.compile(r"(\"(?:\\.|[^\"\\\n])*\")|#ffffff\b")
_AROUND = re.compile(
    r"(\"(?:\\.|[^\"\\\n])*\")| ?([>/]) ?|(?<=@media) (?=\()|(?<=:) (?=[^{}()\n]*\))"
)
"""Spaces around what separates by itself; not within a string."""
_CSS = re.compile(r"(\"(?:\\.|[^\"\\\n])*\")|/\*.*?\*/", re.DOTALL)
_CLOSING = frozenset(")]}")
_WORD = re.compile(r"[\w$]+$")
_BEFORE_REGEX = frozenset({"return", "typeof", "case", "in", "of", "delete", "void", "throw"})
_INDENT = re.compile(r"(?m)^[ \t]+")
_LINKS = re.compile(r'(?:[ \t]*<link rel="stylesheet" href="((?:\.\./)?client/[^"]+)" />\n)+')
_PRELOAD = re.compile(r'<link rel="modulepreload" href="([\w./-]+)">')
_LINK = re.compile(r'href="(?:\.\./)?client/([^"]+)"')


def script(text: str) -> str:
    """A module of JavaScript without comments and indentation."""
    out: list[str] = []
    before = ""
    at = 0
    while at < len(text):
        found = _JS.match(text, at)
        if found is None:  # not reached: `sign` takes whatever is left
            break
        piece = found[0]
        if piece == "/" and (before in _BEFORE_REGEX or not re.match(r"[\w$)\]}\"'`]", before)):
            literal = _REGEX.match(text, at)
            piece = literal[0] if literal else piece
        elif found["template"]:
            piece = text[at : _end_of_template(text, at)]
        at += len(piece)
        if found["space"] or found["comment"]:
            _leave_out(out, piece, text[at : at + 1])
        else:
            _put(out, piece)
            # A word is remembered whole, of the rest its last character is enough.
            before = piece if found["word"] else piece[-1]
    return "".join(out).strip() + "\n"


def _put(out: list[str], piece: str) -> None:
    """Without the last comma of a list, the last semicolon of a block, and what stands around the
    one parameter of an arrow function."""
    last = out[-1:]
    if last == [";"] and piece == "}":
        out.pop()
    elif last == [","] and piece in _CLOSING:
        if out[-2] not in {",", "["}:  # which stand for an element that is left out
            out.pop()
    elif piece == ">" and out[-2:] == [")", "="] and out[-4:-3] == ["("] and _WORD.match(out[-3]):
        parameter, before = out[-3], out[-5:-4]
        space = [" "] if before and _is_word(before[0][-1]) else []
        out[-4:] = [*space, parameter, "="]
    out.append(piece)


def _leave_out(out: list[str], piece: str, following: str) -> None:
    """What has to separate two parts goes on doing so: a line end, or a space between words. None
    is needed behind a block: where a statement ends in one that is a value, it has a semicolon
    (the linter sees to it)."""
    last = out[-1][-1] if out else "\n"
    if "\n" in piece:
        if last == " ":
            out.pop()
            last = out[-1][-1] if out else "\n"
        if last not in "\n{([,;}=>?:&|" and following not in tuple(")]}?:&|"):
            out.append("\n")
    elif (_is_word(last) and _is_word(following)) or (last == following and last in "+-/"):
        out.append(" ")


def _is_word(character: str) -> bool:
    return character.isalnum() or character in {"_", "$"}


def _end_of_template(text: str, start: int) -> int:
    at = start + 1
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text[at] == "`":
            return at + 1
        elif text.startswith("${", at):
            at = _end_of_hole(text, at + 2)
        else:
            at += 1
    return at


def _end_of_hole(text: str, at: int) -> int:
    """After the `}` that closes `${`."""
    depth = 1
    while at < len(text) and depth:
        found = _JS.match(text, at)
        if found is None:
            break
        at = _end_of_template(text, at) if found["template"] else found.end()
        depth += {"{": 1, "}": -1}.get(found[0], 0)
    return at


def sheet(text: str) -> str:
    """A style sheet without comments, indentation, and what its numbers and lists do not need."""
    bare = _SPARE.sub(lambda found: found[1] or "", _CSS.sub(lambda found: found[1] or "", text))
    bare = re.sub(r"\s*\n\s*", "\n", bare).strip() + "\n"
    bare = _AROUND.sub(lambda found: found[1] or found[2] or "", _NAME.sub(r"=\1]", bare))
    bare = _WHITE.sub(lambda found: found[1] or "#fff", bare)
    # Between a property and its value; a selector has no space after its colon.
    bare = re.sub(r"(?m)^([\w-]+): ", r"\1:", bare).replace(" {\n", "{\n")
    return re.sub(r"(?<=[{;,}])\n", "", bare).replace(";}", "}").strip() + "\n"


def _tags(text: str) -> str:
    """Without indentation, between links without lines; a slash at the end of a tag of HTML says
    nothing, nor do quotes around a path."""
    bare = _INDENT.sub("", text).replace(" />", ">").replace(">\n<link ", "><link ")
    return _PRELOAD.sub(r"<link rel=modulepreload href=\1>", bare)


def page(text: str, read: Callable[[str], str | None]) -> tuple[str, str]:
    """A page with its style sheets in it, without indentation, and the hash of these that the
    content policy needs ("": none).

    `read` answers a file of `client/` by its name; None: it is not there, and the links stay.
    """
    found = _LINKS.search(text)
    names = _LINK.findall(found[0]) if found else []
    sheets = [read(name) for name in names]
    if found is None or any(one is None or "</" in one for one in sheets):
        return text, ""
    styles = "".join(sheet(one) for one in sheets if one is not None)
    digest = base64.b64encode(hashlib.sha256(styles.encode()).digest()).decode()
    before, after = (_tags(part) for part in (text[: found.start()], text[found.end() :]))
    return f"{before}<style>{styles}</style>\n{after}", f"sha256-{digest}"
