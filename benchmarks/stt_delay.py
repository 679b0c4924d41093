"""How long after the end of a turn its last words are there, with the recognisers busy.

    python -m benchmarks.stt_delay [--engine pocketsphinx] [--model-dir DIR] [--compute-type int8]
        [--workers 1] [--load 0.8] [--seconds 120] [--warm-up 30] [--speakers N]
        [--segment-pause-ms 500] [--speech ../shared/speech] [--seed 1] [--json FILE]

Simulated candidates speak real recordings with pauses, paced in real time: Opus packets every
20 ms into the server's receiver (jitter buffer, decoder, speech detector, segments, turn detector),
whose finals and interims go to the server's own pool with real worker processes. A turn is decided
after 2 s of silence; then the last final is waited for, a question is played (silence here), and
the next answer begins. The delay is 0 where the last final was there before the decision.

How many candidates: a few turns are transcribed one after another first; from what they cost, and
the time of an answer, follow the number of candidates and the length of the questions at which the
workers are busy for --load of the time. From the warm-up on the length follows what a second of
speech has cost so far (under load some interims are never computed), not the load of the moment,
which would spare the workers when they are behind. The load that counts is printed: jobs in work,
asked every 20 ms, on average / workers.

The server's interview machine hears each turn, too: printed is how long what follows it, a question
or a repetition, was held back for words. Only a turn short enough to be a request is.

For every last final that came late it is said where the time went: waiting while workers ran
interims, waiting while they ran finals, and its own run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import sys
from collections import Counter, defaultdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.recordings import FOLDER, require
from benchmarks.stt_candidates import (
    PACKET_S,
    Candidate,
    Recorder,
    Run,
    Turn,
    Voices,
    heard_at_once,
    receiver_settings,
)
from media_server.audio.receiver import ReceiverSettings
from media_server.stt.pool.local import LocalSpeechToText
from media_server.stt.settings import SttSettings

QUESTION_S = 4.0
"""At least: a question and the moment before the candidate begins."""
SAMPLE_TURNS, CALIBRATION_TURNS = 24, 3
SPARE = 1.2
"""More candidates than it takes: the questions can be made longer, never shorter than that."""
CORRECTED_EVERY_S = 5.0
AIM_S = 0.3
COUNTED = ("thinned", "dropped", "replaced", "superseded", "preempted")


# --- the run --------------------------------------------------------------------------------------


async def calibrate(
    recorder: Recorder, voices: Voices, settings: ReceiverSettings
) -> dict[str, float]:
    """Seconds of work and of time of a mean turn, with nothing else on the workers."""
    turns = list(heard_at_once(voices, settings, SAMPLE_TURNS))
    work_s: dict[bool, float] = defaultdict(float)
    audio_s: dict[bool, float] = defaultdict(float)
    for _, segments in turns[:CALIBRATION_TURNS]:
        for segment in segments:
            done = asyncio.Event()
            run = recorder.submit("calibration", segment, partial(_set, done))
            await done.wait()
            work_s[run.final] += run.ended_s - run.started_s
            audio_s[run.final] += run.audio_s
    recorder.runs.clear()
    mean = {"turn_s": sum(turn_s for turn_s, _ in turns) / len(turns), "speech_s": 0.0}
    for final, name in ((True, "finals_s"), (False, "interims_s")):
        all_s = sum(
            s.info.end_s - s.info.start_s for _, made in turns for s in made if s.final is final
        )
        mean[name] = all_s / len(turns) * work_s[final] / max(audio_s[final], 1e-9)
        mean["speech_s"] += all_s / len(turns) if final else 0.0
    return mean


async def measure(args: argparse.Namespace) -> dict[str, Any]:
    settings = SttSettings(
        engine=args.engine,
        workers=args.workers,
        model_dir=args.model_dir,
        device=args.device,
        compute_type=args.compute_type,
        batch_size=1,  # jobs of a batch would count their time several times
    )
    pool = LocalSpeechToText(settings)
    voices, recorder = Voices(args.speech, args.seed), Recorder(pool)
    try:
        await pool.start()
        receiver = receiver_settings(args.segment_pause_ms)
        cost = await calibrate(recorder, voices, receiver)
        work_s = cost["finals_s"] + cost["interims_s"]
        crowd = Crowd(voices, recorder, receiver, cost, args.load * args.workers, args.speakers)
        crowd.invite(work_s)
        loop = asyncio.get_running_loop()
        from_s = loop.time()
        await crowd.pace(from_s + args.warm_up)
        crowd.invite(cost["speech_s"] * recorder.work_per_speech())
        before, from_s = Counter(pool.status().counters), loop.time()
        busy_s = recorder.busy_s
        late_s = await crowd.pace(from_s + args.seconds, correct=True)
        until_s = loop.time()
        counters = Counter(pool.status().counters)
        counters.subtract(before)
        busy_s = recorder.busy_s - busy_s
        await recorder.all_done()
        return {
            "model": pool.status().model,
            "calibration": {name: round(value, 3) for name, value in cost.items()},
            "speakers": len(crowd.candidates),
            "load": round(busy_s / (until_s - from_s) / args.workers, 3),
            "question_s": round(crowd.question_s, 1),
            "packets_late_ms_max": round(1000 * late_s, 1),
        } | summary(args, recorder, crowd.candidates, (from_s, until_s), counters)
    finally:
        await pool.close()


def _set(done: asyncio.Event, _text: str | None) -> None:
    done.set()


class Crowd:
    """As many candidates, and questions as long, as give the workers the load that is wanted."""

    def __init__(
        self,
        voices: Voices,
        recorder: Recorder,
        settings: ReceiverSettings,
        cost: dict[str, float],
        target: float,
        fixed: int,
    ) -> None:
        """`target`: workers that are busy at a time."""
        self._voices, self._recorder, self._settings = voices, recorder, settings
        self._turn_s, self._speech_s = cost["turn_s"], cost["speech_s"]
        self._target, self._fixed = target, fixed
        self.candidates: list[Candidate] = []
        self.question_s = QUESTION_S

    def invite(self, work_s: float) -> None:
        """`work_s`: what a turn costs; nobody is sent away, the questions get longer instead."""
        shortest_s = self._turn_s + QUESTION_S
        wanted = self._fixed or math.ceil(SPARE * self._target * shortest_s / work_s)
        count = max(1, wanted, len(self.candidates))
        cycle_s = self._last(count * work_s / self._target)
        now_s = asyncio.get_running_loop().time()
        while len(self.candidates) < count:
            number = len(self.candidates)
            begins_s = now_s + cycle_s * number / count
            self.candidates.append(
                Candidate(
                    f"c{number}",
                    self._voices,
                    self._recorder,
                    begins_s,
                    self.question_s,
                    self._settings,
                )
            )

    def _last(self, cycle_s: float) -> float:
        """An answer, its silence and the question; as long as is asked for, if not too short."""
        self.question_s = max(QUESTION_S, cycle_s - self._turn_s)
        for candidate in self.candidates:
            candidate.question_s = self.question_s
        return self._turn_s + self.question_s

    def correct(self) -> None:
        work_s = self._speech_s * self._recorder.work_per_speech()
        self._last(len(self.candidates) * work_s / self._target)

    async def pace(self, until_s: float, *, correct: bool = False) -> float:
        """Everybody sends a packet every 20 ms. The worst lateness of a packet, in seconds."""
        loop = asyncio.get_running_loop()
        next_s, worst_s = loop.time(), 0.0
        correct_s = next_s + CORRECTED_EVERY_S
        while next_s < until_s:
            await asyncio.sleep(max(0.0, next_s - loop.time()))
            worst_s = max(worst_s, loop.time() - next_s)
            for candidate in self.candidates:
                candidate.tick(loop.time())
            self._recorder.sample()
            next_s += PACKET_S
            if correct and next_s >= correct_s:
                self.correct()
                correct_s += CORRECTED_EVERY_S
        return worst_s


def where_time_went(turn: Turn, runs: list[Run], workers: int) -> dict[str, float]:
    """Of the last final of a late turn: its wait, by what the workers ran meanwhile, and its run.

    With several workers the wait is shared out in proportion to what they did.
    """
    last = turn.last
    waited_s = last.started_s - last.submitted_s
    others = [run for run in runs if run is not last]
    by_kind = {
        kind: sum(
            run.overlap_s(last.submitted_s, last.started_s) for run in others if run.final is kind
        )
        / workers
        for kind in (False, True)
    }
    return {
        "behind_interims_s": by_kind[False],
        "behind_finals_s": by_kind[True],
        "idle_s": max(0.0, waited_s - by_kind[False] - by_kind[True]),
        "run_s": last.ended_s - last.started_s,
        "audio_s": last.audio_s,
        "submitted_before_decision_s": turn.decided_s - last.submitted_s,
        "delay_s": turn.delay_s,
    }


def summary(
    args: argparse.Namespace,
    recorder: Recorder,
    candidates: list[Candidate],
    span_s: tuple[float, float],
    counters: Counter[str],
) -> dict[str, Any]:
    """Over 50 lines on purpose: it is one table, row after row."""
    from_s, until_s = span_s
    turns = [
        turn
        for candidate in candidates
        for turn in candidate.turns
        if turn.complete and turn.finals and turn.decided_s >= from_s
    ]
    runs = [run for run in recorder.runs if from_s <= run.submitted_s < until_s]
    finals = [run for run in runs if run.final]
    speech_s = sum(run.audio_s for run in finals)
    interims = [run for run in runs if not run.final]
    delays_s = [turn.delay_s for turn in turns] or [math.nan]
    late = [turn for turn in turns if turn.delay_s > 0]
    rows = [where_time_went(turn, recorder.runs, args.workers) for turn in late]
    slow = [row for row in rows if row["delay_s"] > AIM_S]
    per_second = {name: counters[f"interims_{name}"] for name in COUNTED}
    per_second |= {
        "interims_asked": len(interims),
        "interims_computed": sum(run.computed for run in interims),
        "finals": len(finals),
    }
    return {
        "engine": args.engine,
        "segment_pause_ms": args.segment_pause_ms,
        "workers": args.workers,
        "cores": os.cpu_count(),
        "load_average_before": args.load_average,
        "seconds": round(until_s - from_s, 1),
        "turns": len(turns),
        "speech_s": round(speech_s, 1),
        "delay_s": quantiles(delays_s),
        "held_s": quantiles([turn.held_s for turn in turns if turn.machine.follows]),
        "held_share": round(sum(t.held_s > 0.001 for t in turns) / len(turns), 3)
        if turns
        else None,
        "followed_by": dict(Counter(turn.machine.follows for turn in turns)),
        "late_share": round(len(late) / len(turns), 3) if turns else None,
        "over_aim_share": round(len(slow) / len(turns), 3) if turns else None,
        "per_second_of_speech": {
            name: round(count / speech_s, 3) for name, count in per_second.items()
        },
        "final_run_s": quantiles([run.ended_s - run.started_s for run in finals if run.computed]),
        "final_wait_s": quantiles([r.started_s - r.submitted_s for r in finals if r.computed]),
        "interim_run_s": quantiles([r.ended_s - r.started_s for r in interims if r.computed]),
        "late_last_finals_mean": means(rows),
        "over_aim_last_finals_mean": means(slow),
    }


def quantiles(values: list[float]) -> dict[str, float]:
    if not values:
        return {}
    p50, p95 = np.quantile(values, (0.5, 0.95))
    return {
        name: round(float(v), 3) for name, v in (("p50", p50), ("p95", p95), ("max", max(values)))
    }


def means(rows: list[dict[str, float]]) -> dict[str, float]:
    if not rows:
        return {}
    return {name: round(float(np.mean([row[name] for row in rows])), 3) for name in rows[0]}


def print_table(figures: dict[str, Any]) -> None:
    f = figures
    print(json.dumps(f))
    print(
        f"\n{f['engine']} {f['model']}: {f['speakers']} candidates, questions of about "
        f"{f['question_s']} s, {f['workers']} workers busy {f['load']:.0%} of {f['seconds']} s"
    )
    print(f"{f['turns']} turns, {f['speech_s']} s of speech")
    if not f["turns"]:
        return
    delay = f["delay_s"]
    print(
        f"last final after the end of the turn: p50 {1000 * delay['p50']:.0f} ms, "
        f"p95 {1000 * delay['p95']:.0f} ms, max {1000 * delay['max']:.0f} ms; "
        f"late {f['late_share']:.0%}, over {1000 * AIM_S:.0f} ms {f['over_aim_share']:.0%}"
    )
    if held := f["held_s"]:
        print(
            f"end of the turn to what is said next asked for: p50 {1000 * held['p50']:.0f} ms, "
            f"p95 {1000 * held['p95']:.0f} ms, max {1000 * held['max']:.0f} ms; "
            f"held {f['held_share']:.0%}; {f['followed_by']}"
        )
    print(
        "per second of speech: "
        + ", ".join(
            f"{name.replace('_', ' ')} {value}" for name, value in f["per_second_of_speech"].items()
        )
    )
    for name in ("late", "over_aim"):
        if mean := f[f"{name}_last_finals_mean"]:
            print(
                f"mean of the {name.replace('_', ' ')} ones: "
                + ", ".join(
                    f"{key.removesuffix('_s').replace('_', ' ')} {value} s"
                    for key, value in mean.items()
                )
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--engine", default="")
    parser.add_argument("--model-dir", default="")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--compute-type", default="auto")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--load", type=float, default=0.8, help="share of time workers are busy")
    parser.add_argument("--speakers", type=int, default=0, help="instead of those --load asks for")
    parser.add_argument("--segment-pause-ms", type=int, default=ReceiverSettings().segment_pause_ms)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--warm-up", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speech", type=Path, default=FOLDER)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    args = parser.parse_args()
    require(args.speech / "ls_1998-15444-0000.wav")
    args.engine = args.engine or ("faster-whisper" if args.model_dir else "pocketsphinx")
    args.load_average = round(os.getloadavg()[0], 2)
    figures = asyncio.run(measure(args))
    print_table(figures)
    if args.json:
        args.json.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
