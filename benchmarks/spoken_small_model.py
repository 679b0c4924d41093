"""A whole interview by voice beside a real small model: it completes, whatever the model says.

    scripts/small-model.sh && python -m benchmarks.spoken_small_model [--json FILE]
    python -m benchmarks.spoken_small_model --ollama http://localhost:11434 --model qwen2.5:7b

A server of its own, a headless candidate that speaks (`media-server simulate`), follow-ups, an FAQ,
and an evaluation after the end. What is reported is how often the model was of use, and why not
otherwise: with SmolLM2-135M, seldom, and that is the point. Exit code 0: the interview completed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.faults.invariants import check_log, read_log
from tests.support import small_model
from tests.support.server import API_KEY, Server, start_server, stop_server

EVALUATED_S = 900.0
"""A model of 135 million parameters on a busy core takes minutes."""
SIMULATED_S = 600.0
_ANCHORS = [
    {"score": 1, "text": "Names nothing that was done."},
    {"score": 3, "text": "Names one thing that was done."},
    {"score": 5, "text": "Names what was done, why, and what came of it."},
]
SPEC: dict[str, Any] = {
    "title": "Gardener",
    "questions": [
        {
            "id": f"q{number}",
            "text": text,
            "follow_ups": {"max": 2},
            "criteria": [{"id": "done", "text": "Says what was done.", "anchors": _ANCHORS}],
        }
        for number, text in enumerate(
            ("What did you do last week?", "What went wrong?", "What would you do next time?"), 1
        )
    ],
    "faq": [{"q": "When does the job start?", "a": "The job starts on the first of May."}],
    "evaluation": {"runs": 3},
    # The slower pace: a slow model has the time of a longer pause.
    "turn": {"silence_ms": 4000},
}


def main() -> int:
    parser = argparse.ArgumentParser(description="A whole interview beside a real small model.")
    parser.add_argument("--ollama", metavar="URL", help="another model's server")
    parser.add_argument("--model", default=small_model.MODEL)
    parser.add_argument("--stt", default="pocketsphinx", help="the recogniser")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if not options.ollama and not small_model.available():
        print("skipped: scripts/small-model.sh fetches the model", file=sys.stderr)
        return 0
    with model_at(options.ollama) as url, tempfile.TemporaryDirectory() as folder:
        found = interview(Path(folder), url, options.model, options.stt)
    text = json.dumps(found, indent=2, ensure_ascii=False)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", "utf-8")
    return 0 if found["completed"] else 1


@contextlib.contextmanager
def model_at(url: str | None) -> Iterator[str]:
    if url:
        yield url
        return
    with small_model.small_model() as address:
        yield address


def interview(folder: Path, url: str, model: str, stt: str) -> dict[str, Any]:
    """One, from the link to the evaluation."""
    server = start_server(
        folder,
        MEDIA_SERVER_OLLAMA_URL=url,
        MEDIA_SERVER_OLLAMA_MODEL=model,
        MEDIA_SERVER_STT_ENGINE=stt,
        MEDIA_SERVER_TTS_SPEED="1",
    )
    try:
        made, left_out = create(server)
        began_s = time.monotonic()
        simulate(server, made["join_url"], folder)
        conversation_s = time.monotonic() - began_s
        result = evaluated(server, made["id"])
        evaluation_s = time.monotonic() - began_s - conversation_s
        log = asyncio.run(read_log(server, made["id"]))
        check_log(log)
        return {
            "completed": result["status"] == "completed",
            "not_asked_for": left_out,
            "conversation_s": round(conversation_s, 1),
            "evaluation_s": round(evaluation_s, 1),
            "answers": [[a["kind"], a["status"]] for a in result["answers"]],
            "asked_back": [a["asked_text"] for a in result["answers"] if a["kind"] == "follow_up"],
            "replies": replies(log),
            "evaluation": judged(result.get("evaluation")),
            "requests": requests(server),
        }
    finally:
        stop_server(server)


def create(server: Server) -> tuple[Any, list[str]]:
    """The interview, and what this server does not do yet."""
    spec = dict(SPEC)
    left_out: list[str] = []
    while True:
        try:
            return ask(server, "/v1/interviews", spec), left_out
        except urllib.error.HTTPError as error:
            pointers = [one["pointer"] for one in json.load(error).get("errors", [])]
            fields = {pointer.split("/")[1] for pointer in pointers} & {"evaluation", "faq"}
            if not fields:
                raise
            for field in fields:
                spec.pop(field)
                left_out.append(field)


def ask(server: Server, path: str, body: object = None) -> Any:
    request = urllib.request.Request(  # noqa: S310  # our own server, by HTTP
        server.url + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310  # as above
        return json.load(response)


def simulate(server: Server, link: str, folder: Path) -> None:
    """A candidate who speaks. What they hear and say goes to standard error."""
    words = [sys.executable, "-m", "media_server", "simulate", "--join", link]
    words += ["--api-key", API_KEY, "--json", str(folder / "result.json")]
    subprocess.run(  # this program
        words, timeout=SIMULATED_S, check=False, stdout=sys.stderr, env=server.environment
    )


def evaluated(server: Server, interview_id: str) -> Any:
    """The result, once nothing of it is under way, or after EVALUATED_S."""
    until_s = time.monotonic() + EVALUATED_S
    while True:
        result = ask(server, f"/v1/interviews/{interview_id}/result")
        evaluation = result.get("evaluation")
        is_open = evaluation is not None and evaluation["status"] == "pending"
        if not (is_open or result["record_pending"]) or time.monotonic() > until_s:
            return result
        time.sleep(1)


def replies(log: list[dict[str, Any]]) -> dict[str, int]:
    """Follow-ups that were put, dropped (each reason), and not there in time."""
    counts: Counter[str] = Counter()
    for row in log:
        match row["type"]:
            case "agenda_extended":
                counts["asked back"] += 1
            case "follow_ups_dropped":
                counts.update(f"dropped: {one['reason']}" for one in row["data"]["dropped"])
            case "reply_missed":
                counts[f"missed: {row['data']['reason']} {row['data']['detail']}".strip()] += 1
    return dict(counts.most_common())


def judged(evaluation: Any) -> Any:
    """How often a score came about, and why not otherwise."""
    if evaluation is None:
        return None
    criteria = evaluation["criteria"]
    return {
        "status": evaluation["status"],
        "criteria": dict(Counter(one["status"] for one in criteria)),
        "scores": [list(one["scores"]) for one in criteria],
        "quotes_verified": sum(len(one["quotes"]) for one in criteria),
        "quotes_refused": sum(one.get("refused_quotes", 0) for one in criteria),
        "reasons": dict(Counter(why["code"] for one in criteria for why in one["reasons"])),
    }


def requests(server: Server) -> dict[str, float]:
    """What the server has counted of its model."""
    request = urllib.request.Request(  # noqa: S310  # our own server
        server.url + "/metrics", headers={"Authorization": f"Bearer {API_KEY}"}
    )
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310  # as above
        lines = response.read().decode().splitlines()
    found = (re.fullmatch(r"(media_server_llm\w+(?:\{.*\})?) ([0-9.e+-]+)", line) for line in lines)
    return {
        match[1].replace('"', "'"): round(float(match[2]), 3)
        for match in found
        if match and float(match[2]) and "_bucket" not in match[1] and "_created" not in match[1]
    }


if __name__ == "__main__":
    sys.exit(main())
