"""Which recogniser `stt engine = "auto"` means here: the best of those whose model lies there.

Looked at are the files in DATA_DIR/models and nothing else: no model is loaded, no network asked.
Whether this machine is fast enough is measured by the worker that loads the model
(`stt.engines.measured`).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from media_server.model_files import whisper_dir
from media_server.stt.settings import AUTO, WHISPER, SttSettings
from media_server.stt.whisper_files import missing_files

BEST, SMALL = "base", "tiny.en"
"""Of Whisper, as the catalogue names them: of every language, and of English for slow machines."""
MEND = f"media-server models pull {BEST}"


@dataclass(frozen=True, slots=True)
class Choice:
    """What "auto" came to."""

    settings: SttSettings
    """With the engine and its model named."""
    reason: str
    """What was taken and why, a sentence for people."""
    stand_in: bool
    """It is the recogniser that proves the pipeline and is fit for nothing else."""
    warnings: tuple[str, ...]
    """Models that lie there and cannot be used, each with what helps."""
    asked: SttSettings
    """As they were before."""


def choose(settings: SttSettings, models: Path) -> Choice | None:
    """None: the operator named an engine. `models`: DATA_DIR/models."""
    if settings.engine.strip() != AUTO:
        return None
    if settings.model_dir:
        reason = f"Whisper from {settings.model_dir}, as the settings say"
        return _choice(settings, reason, model_dir=settings.model_dir)
    warnings = []
    whole = []
    for name in (BEST, SMALL):
        folder = whisper_dir(models, name)
        try:
            if not folder.exists():
                continue
        except OSError as error:
            warnings.append(
                f"{folder} cannot be read: {error.strerror}. Let this user read it, or name "
                "another DATA_DIR"
            )
            break  # the other one lies beside it
        if problems := missing_files(str(folder)):
            warnings.append(
                f"the Whisper model {name} in {folder} cannot be used ({'; '.join(problems)}): "
                f"`media-server models pull {name}` fetches it again"
            )
        else:
            whole.append(name)
    if not whole:
        return dataclasses.replace(
            _choice(settings, _stand_in(models, bool(warnings)), engine="pocketsphinx"),
            stand_in=True,
            warnings=tuple(warnings),
        )
    taken = whole[0]
    slower = settings.slow_model_dir
    if taken == BEST and not slower:  # whether it is there or not: else its name goes into the log
        slower = str(whisper_dir(models, SMALL))
    reason = f"Whisper {taken}, from {whisper_dir(models, taken)}"
    if taken == SMALL:
        reason += f". It knows English only: `{MEND}` fetches the better one"
    made = _choice(
        settings, reason, model_dir=str(whisper_dir(models, taken)), slow_model_dir=slower
    )
    return dataclasses.replace(made, warnings=tuple(warnings))


def _stand_in(models: Path, some: bool) -> str:
    lies = "no whole model lies" if some else "no model lies"
    return (
        f"the stand-in pocketsphinx, which gets about half of the words wrong, because {lies} in "
        f"{models}: `{MEND}` fetches Whisper {BEST}"
    )


def _choice(settings: SttSettings, reason: str, *, engine: str = WHISPER, **named: str) -> Choice:
    chosen = dataclasses.replace(settings, engine=engine, **named)  # type: ignore[arg-type]
    return Choice(chosen, reason, stand_in=False, warnings=(), asked=settings)
