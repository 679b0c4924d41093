"""What it gains to decode segments of different calls as one batch, on a Whisper of real size.

    python -m benchmarks.stt_batching [--size base] [--device cpu] [--compute-type int8]
        [--threads 1] [--batches 1,2,4,8] [--segments 16] [--model-dir DIR]
        [--speech ../shared/speech] [--json FILE]

Without --model-dir a model with random weights of that size is made (offline, under
benchmarks/.cache): the same layers, vocabulary and cost per step as the real one. It is made to
say a fixed number of words and stop, as a recogniser does on a segment of 6 s; what it says is
nonsense. With --model-dir the segments are recorded speech, the first 6 s of as many recordings:
they differ in their number of words, and some are decoded again at a higher temperature, so that
a batch is not all in step. Segments are finals with word times, as the pool hands them over.
"streams" is seconds of audio per second: how many people may speak at once with one worker. "ms
outside" is CPU time per segment that is not the model's: features, tokens, word times, batching.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import time
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
from ctranslate2.specs import WhisperSpec
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from benchmarks.recordings import FOLDER, require
from media_server.audio.types import SAMPLE_RATE, Pcm
from media_server.ports import SttRequest, Transcription
from media_server.stt.engines.faster_whisper import FasterWhisper
from media_server.stt.settings import SttSettings

CACHE = Path(__file__).parent / ".cache" / "whisper"
SEGMENT_S = 6.0
WORDS = 20
POSITIONS = 448
PROMPT_TOKENS = 3
TEXT_TOKENS = 50_257


@dataclass(frozen=True, slots=True)
class Size:
    encoder_layers: int
    decoder_layers: int
    width: int
    heads: int
    mels: int = 80


SIZES = {
    "tiny": Size(4, 4, 384, 6),
    "base": Size(6, 6, 512, 8),
    "small": Size(12, 12, 768, 12),
    "medium": Size(24, 24, 1024, 16),
    "large-v3": Size(32, 32, 1280, 20, 128),
    "large-v3-turbo": Size(32, 4, 1280, 20, 128),
}


# --- a Whisper of random weights ------------------------------------------------------------------


def vocabulary() -> Tokenizer:
    """Whisper's order: text, end, start, languages, tasks, 1,501 timestamps."""
    bytes_ = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = {name: index for index, name in enumerate(bytes_)}
    words[""] = len(words)  # CTranslate2 takes a model with this token for multilingual
    while len(words) < TEXT_TOKENS:
        words[f"\u0120w{len(words)}"] = len(words)  # "\u0120": a space, in byte-level spelling
    tokenizer = Tokenizer(models.BPE(vocab=words, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    languages = ("en", "de", "fr", "es", "it", "pt", "zh", "ja", "ko", "ru")
    special = ["endoftext", "startoftranscript", *languages, "translate", "transcribe"]
    special += ["startoflm", "startofprev", "nospeech", "notimestamps"]
    tokenizer.add_special_tokens(
        [AddedToken(f"<|{name}|>", special=True, normalized=False) for name in special]
    )
    tokenizer.add_tokens(
        [AddedToken(f"<|{index * 0.02:.2f}|>", normalized=False) for index in range(1501)]
    )
    return tokenizer


def make_model(name: str, folder: Path, quantization: str) -> None:
    """A CTranslate2 directory of random weights; the same bytes each time.

    Over 50 lines on purpose: it is the list of a Whisper model's layers, one after another.
    """
    size, random = SIZES[name], np.random.default_rng(1)
    tokenizer = vocabulary()
    tokens = tokenizer.get_vocab_size()
    width = size.width

    def weights(*shape: int) -> Any:
        return (random.standard_normal(shape, dtype=np.float32) * 0.02).astype(np.float32)

    def linear(layer: Any, outputs: int, inputs: int) -> None:
        layer.weight, layer.bias = weights(outputs, inputs), np.zeros(outputs, np.float32)

    def norm(layer: Any) -> None:
        layer.gamma, layer.beta = np.ones(width, np.float32), np.zeros(width, np.float32)

    def attention(layer: Any, *outputs: int) -> None:
        norm(layer.layer_norm)
        for part, count in zip(layer.linear, outputs, strict=True):
            linear(part, count * width, width)

    def feed_forward(layer: Any) -> None:
        norm(layer.layer_norm)
        linear(layer.linear_0, 4 * width, width)
        linear(layer.linear_1, width, 4 * width)

    spec = WhisperSpec(size.encoder_layers, size.heads, size.decoder_layers, size.heads)
    for convolution, inputs in ((spec.encoder.conv1, size.mels), (spec.encoder.conv2, width)):
        convolution.weight = weights(width, inputs, 3)
        convolution.bias = np.zeros(width, np.float32)
    spec.encoder.position_encodings.encodings = weights(1500, width)
    norm(spec.encoder.layer_norm)
    for layer in spec.encoder.layer:
        attention(layer.self_attention, 3, 1)
        feed_forward(layer.ffn)
    # Larger than the rest: a word must stand out against the sum of 1,501 timestamps.
    embeddings = 2.5 * weights(tokens, width)
    spec.decoder.embeddings.weight = embeddings
    spec.decoder.projection.weight = embeddings
    spec.decoder.position_encodings.encodings = script(embeddings, tokenizer)
    norm(spec.decoder.layer_norm)
    for layer in spec.decoder.layer:
        attention(layer.self_attention, 3, 1)
        attention(layer.attention, 1, 2, 1)
        feed_forward(layer.ffn)
    ids = [tokenizer.token_to_id(f"<|{code}|>") for code in ("en", "de", "fr", "es", "it")]
    spec.config.suppress_ids, spec.config.suppress_ids_begin = [], []
    spec.config.lang_ids = ids
    last = size.decoder_layers - 1
    spec.config.alignment_heads = [[last, 0], [last, 1]]
    spec.register_vocabulary([tokenizer.id_to_token(index) or "" for index in range(tokens)])
    spec.validate()
    spec.optimize(quantization=quantization)
    partial = folder.with_name(folder.name + ".part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    spec.save(str(partial))
    tokenizer.save(str(partial / "tokenizer.json"))
    extractor = {"feature_size": size.mels, "sampling_rate": 16000, "hop_length": 160}
    extractor |= {"chunk_length": 30, "n_fft": 400}
    (partial / "preprocessor_config.json").write_text(json.dumps(extractor), "utf-8")
    partial.rename(folder)


def script(embeddings: Any, tokenizer: Tokenizer) -> Any:
    """Position encodings that outweigh the rest: each asks for a word, those after WORDS for the
    end. So the decoder runs for as many steps as on real speech, whatever its weights are."""
    encodings = np.zeros((POSITIONS, embeddings.shape[1]), np.float32)
    end = tokenizer.token_to_id("<|endoftext|>")
    for position in range(POSITIONS):
        step = position - PROMPT_TOKENS
        token = end if step >= WORDS else 1000 + 7 * max(0, step)
        direction = embeddings[token]
        encodings[position] = 30 * direction / np.linalg.norm(direction)
    return encodings


# --- the measurement ------------------------------------------------------------------------------


def request(pcm: Pcm) -> SttRequest:
    return SttRequest(pcm, "en", True, (), int(1000 * SEGMENT_S))


def noise(count: int) -> list[SttRequest]:
    random = np.random.default_rng(2)
    samples = int(SEGMENT_S * SAMPLE_RATE)
    return [
        request((random.standard_normal(samples) * 3000).astype(np.int16)) for _ in range(count)
    ]


def recorded(speech: Path, count: int) -> list[SttRequest]:
    samples = int(SEGMENT_S * SAMPLE_RATE)
    require(speech)
    pieces = []
    for path in sorted(speech.glob("ls_*.wav")):
        with wave.open(str(path)) as file:
            pcm = np.frombuffer(file.readframes(samples), np.int16)
        if len(pcm) == samples:
            pieces.append(request(pcm))
    if len(pieces) < count:
        raise SystemExit(f"{speech}: {len(pieces)} recordings of {SEGMENT_S:.0f} s, not {count}")
    return pieces[:count]


def run(engine: FasterWhisper, segments: list[SttRequest], batch: int) -> list[Transcription]:
    made: list[Transcription] = []
    for first in range(0, len(segments), batch):
        group = segments[first : first + batch]
        for answer in engine.transcribe(group):
            if isinstance(answer, Exception):
                raise answer
            made.append(answer)
    return made


class Metered:
    """Stands before the CTranslate2 model and sums what its calls take: the rest is Python's."""

    METHODS = ("encode", "detect_language", "generate", "align")

    def __init__(self, model: Any) -> None:
        self._model = model
        self.cpu_s = 0.0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._model, name)
        if name not in self.METHODS:
            return found

        def call(*values: Any, **options: Any) -> Any:
            begun_s = time.process_time()
            try:
                return found(*values, **options)
            finally:
                self.cpu_s += time.process_time() - begun_s

        return call


def metered(engine: FasterWhisper) -> Metered:
    lockstep = engine._lockstep
    assert lockstep is not None
    meter = lockstep._model
    if not isinstance(meter, Metered):
        meter = lockstep._model = Metered(meter)
    return meter


def measure(engine: FasterWhisper, segments: list[SttRequest], batch: int, runs: int) -> Any:
    made = run(engine, segments[:batch], batch)  # the first of its shape is slower
    meter = metered(engine)
    walls, cpus, outside = [], [], []
    for _ in range(runs):
        meter.cpu_s = 0.0
        begun_s, cpu_s = time.perf_counter(), time.process_time()
        made = run(engine, segments, batch)
        walls.append(time.perf_counter() - begun_s)
        cpus.append(time.process_time() - cpu_s)
        outside.append(cpus[-1] - meter.cpu_s)
    audio_s = SEGMENT_S * len(segments)
    wall_s, cpu_s = min(walls), min(cpus)
    return {
        "batch": batch,
        "words": round(statistics.mean(len(m.text.split()) for m in made), 1),
        "streams": round(audio_s / wall_s, 2),
        "audio_s_per_cpu_s": round(audio_s / cpu_s, 2),
        "outside_model_cpu_ms": round(1000 * min(outside) / len(segments), 1),
        "batch_wall_s": round(wall_s * batch / len(segments), 3),
    }


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", choices=SIZES, default="base")
    parser.add_argument("--model-dir", type=Path, help="a real model instead of a random one")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--compute-type", default="", help="int8 on the CPU, float16 on a GPU")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batches", default="1,2,4,8")
    parser.add_argument("--speech", type=Path, default=FOLDER)
    parser.add_argument("--segments", type=int, default=16)
    parser.add_argument("--runs", type=int, default=2, help="the best of so many counts")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    return parser.parse_args()


def main() -> None:
    """Over 50 lines on purpose: one measurement after another."""
    args = arguments()
    if args.device == "cuda" and not ctranslate2.get_cuda_device_count():
        print("skipped: there is no GPU here, or its driver does not answer")
        return
    compute_type = args.compute_type or ("float16" if args.device == "cuda" else "int8")
    folder = args.model_dir or CACHE / f"{args.size}-{compute_type}"
    if not folder.is_dir():
        make_model(args.size, folder, compute_type)
    batches = [int(batch) for batch in args.batches.split(",")]
    settings = SttSettings(
        engine="faster-whisper",
        model_dir=str(folder),
        device=args.device,
        compute_type=compute_type,
        threads=args.threads,
        batch_size=max(batches),
    )
    engine = FasterWhisper(settings)
    engine.warm_up()
    real = args.model_dir is not None
    segments = recorded(args.speech, args.segments) if real else noise(args.segments)
    rows = [measure(engine, segments, batch, args.runs) for batch in batches]
    figures = {
        "model": folder.name if args.model_dir else f"{args.size} (random weights)",
        "device": args.device,
        "compute_type": compute_type,
        "threads": args.threads,
        "cores": os.cpu_count(),
        "ctranslate2": ctranslate2.__version__,
        "segment_s": SEGMENT_S,
        "rows": rows,
    }
    print(json.dumps(figures))
    print(
        f"\n{figures['model']} on {args.device}, {compute_type}, {args.threads} threads, "
        f"segments of {SEGMENT_S:.0f} s"
    )
    print(
        f"{'batch':>5} {'words':>6} {'streams':>8} {'gain':>6} {'audio s per CPU s':>18}"
        f" {'s per batch':>12} {'ms outside':>11}"
    )
    for row in rows:
        gain = row["streams"] / rows[0]["streams"]
        print(
            f"{row['batch']:>5} {row['words']:>6} {row['streams']:>8} {gain:>6.2f}"
            f" {row['audio_s_per_cpu_s']:>18} {row['batch_wall_s']:>12}"
            f" {row['outside_model_cpu_ms']:>11}"
        )
    if args.json:
        args.json.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
