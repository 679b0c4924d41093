"""Several Whisper decodings side by side, so that the model computes their steps as one batch.

faster-whisper decodes one recording at a time: what to do next (fall back to a higher temperature,
skip for no speech, align words) depends on what came out. Here each decoding runs that unchanged
code in a thread of its own, and a stand-in for the CTranslate2 model holds its calls back until
every thread waits for one; calls that fit together are then made as one. So a batch gives what
one-by-one decoding gives, with the library's own rules, and a decoding that raises leaves alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

Made = TypeVar("Made")


@dataclass(eq=False)
class _Encoded:
    """One recording's row in the encoder's output of a batch."""

    features: Any
    """Shape (1, mel bands, frames): to encode again where rows of different batches meet."""
    batch: Any
    row: int


@dataclass(eq=False)
class _Call:
    method: str
    fits: Hashable
    """Calls of one method with equal `fits` can be made together."""
    row: Any
    """What differs between them."""
    options: dict[str, Any]
    encoded: _Encoded | None = None
    done: bool = False
    result: Any = None
    error: Exception | None = None


@dataclass
class _Round:
    """The decodings of one `run`; every field is guarded by `changed`."""

    alive: int
    changed: threading.Condition = field(default_factory=threading.Condition)
    waiting: list[_Call] = field(default_factory=list)


class LockstepModel:
    """Stands where a WhisperModel keeps its `ctranslate2.models.Whisper`.

    Outside `run` every call passes straight through. `run` is for one thread at a time.
    """

    def __init__(self, model: Any, storage: Callable[[Any], Any]) -> None:
        """`storage`: ctranslate2.StorageView.from_array."""
        self._model = model
        self._storage = storage
        self._round: _Round | None = None
        self.calls = 0
        """Batches that the model computed in `run`s, for tests and benchmarks."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def run(self, decodings: Sequence[Callable[[], Made]]) -> list[Made | Exception]:
        """The result of each decoding, or what it raised, in order. Blocks until all have ended."""
        outcomes: list[Made | Exception] = [RuntimeError("not run")] * len(decodings)
        now = self._round = _Round(alive=len(decodings))

        def decode(index: int) -> None:
            try:
                outcomes[index] = decodings[index]()
            except Exception as error:  # is this decoding's answer
                outcomes[index] = error
            finally:
                with now.changed:
                    now.alive -= 1
                    now.changed.notify_all()

        threads = [
            threading.Thread(target=decode, args=(index,), name=f"lockstep-{index}", daemon=True)
            for index in range(len(decodings))
        ]
        try:
            for thread in threads:
                thread.start()
            self._conduct(now)
            for thread in threads:
                thread.join()
        finally:
            self._round = None
        return outcomes

    # --- the model's methods, as faster-whisper calls them ----------------------------------------

    def encode(self, features: Any, to_cpu: bool = False) -> Any:
        """`features`: float, shape (1, mel bands, frames). `to_cpu`: copy what comes out to memory.

        In a `run` the answer stands for one row of the batch, and only the methods below can read
        it. They block their decoding until all the others wait too, and raise what the model raised
        for it.
        """
        if self._round is None:
            return self._model.encode(features, to_cpu=to_cpu)
        row = np.array(features)
        return self._together(_Call("encode", row.shape, row, {"to_cpu": to_cpu}))

    def detect_language(self, encoded: Any) -> Any:
        """One list, for one recording: (language token, probability), the best first."""
        if not isinstance(encoded, _Encoded):
            return self._model.detect_language(encoded)
        return [self._together(_Call("detect_language", None, None, {}, encoded))]

    def generate(self, encoded: Any, prompts: Any, **options: Any) -> Any:
        """One result. `prompts`: one list of token ids; `options`: as the library has them."""
        if not isinstance(encoded, _Encoded):
            return self._model.generate(encoded, prompts, **options)
        # CTranslate2 wants the start of the transcript at one position in all prompts; only the
        # glossary comes before it.
        fits = (len(prompts[0]), _hashable(options))
        return [self._together(_Call("generate", fits, prompts[0], options, encoded))]

    def align(
        self, encoded: Any, start: Any, text_tokens: Any, num_frames: Any, **options: Any
    ) -> Any:
        """One alignment, for one recording. `text_tokens`: one list of ids, after those of `start`.

        `num_frames`: of its features, without the padding.
        """
        if not isinstance(encoded, _Encoded):
            return self._model.align(encoded, start, text_tokens, num_frames, **options)
        frames = num_frames if isinstance(num_frames, int) else num_frames[0]
        fits = (tuple(start), _hashable(options))
        row = (list(start), text_tokens[0], frames)
        return [self._together(_Call("align", fits, row, options, encoded))]

    # --- decodings wait, the conductor computes ---------------------------------------------------

    def _together(self, call: _Call) -> Any:
        now = self._round
        if now is None:
            raise RuntimeError("a decoding outlived its batch")
        with now.changed:
            now.waiting.append(call)
            now.changed.notify_all()
            now.changed.wait_for(lambda: call.done)
        if call.error is not None:
            raise call.error
        return call.result

    def _conduct(self, now: _Round) -> None:
        while True:
            with now.changed:
                now.changed.wait_for(lambda: len(now.waiting) == now.alive)
                calls, now.waiting = now.waiting, []
            if not calls:
                return
            groups: dict[Hashable, list[_Call]] = {}
            for call in calls:
                groups.setdefault((call.method, call.fits), []).append(call)
            for group in groups.values():
                self._compute(group)
            with now.changed:
                for call in calls:
                    call.done = True
                now.changed.notify_all()

    def _compute(self, group: list[_Call]) -> None:
        """As one batch; when that fails each alone, so that only the culprit's decoding fails."""
        try:
            self.calls += 1
            results = self._compute_batch(group)
        except Exception as error:
            if len(group) > 1:
                for call in group:
                    self._compute([call])
            else:
                group[0].error = error
            return
        for call, result in zip(group, results, strict=True):
            call.result = result

    def _compute_batch(self, group: list[_Call]) -> Sequence[Any]:
        first = group[0]
        if first.method == "encode":
            return self._encode([call.row for call in group], first.options["to_cpu"])
        group.sort(key=lambda call: call.encoded.row if call.encoded else 0)
        batch = self._batch([call.encoded for call in group if call.encoded])
        rows = [call.row for call in group]
        made: Sequence[Any]
        if first.method == "generate":
            made = self._model.generate(batch, rows, **first.options)
        elif first.method == "align":
            start, tokens, frames = first.row[0], [r[1] for r in rows], [r[2] for r in rows]
            made = self._model.align(batch, start, tokens, frames, **first.options)
        else:
            made = self._model.detect_language(batch)
        return made

    def _encode(self, features: list[Any], to_cpu: bool) -> list[_Encoded]:
        batch = self._model.encode(self._storage(np.concatenate(features)), to_cpu=to_cpu)
        return [_Encoded(row, batch, index) for index, row in enumerate(features)]

    def _batch(self, rows: list[_Encoded]) -> Any:
        """The encoder's output for exactly these rows, in this order."""
        batch = rows[0].batch
        whole = batch.shape[0] == len(rows) and all(
            row.batch is batch and row.row == index for index, row in enumerate(rows)
        )
        if not whole:
            # Rows cannot be picked from a GPU's memory without another library; to encode them
            # again costs little there, and nothing is assumed about types.
            again = self._encode([row.features for row in rows], to_cpu=False)
            for row, fresh in zip(rows, again, strict=True):
                row.batch, row.row = fresh.batch, fresh.row
            batch = rows[0].batch
        return batch


def _hashable(options: dict[str, Any]) -> Hashable:
    return tuple((name, repr(value)) for name, value in sorted(options.items()))
