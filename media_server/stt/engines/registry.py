"""From the settings to a recogniser: by name, or a failover over several."""

from __future__ import annotations

from media_server import engine_factory
from media_server.ports import EngineUnavailable, SttEngine
from media_server.stt.engines.failover import Failover
from media_server.stt.engines.interims_only import InterimsOnly
from media_server.stt.engines.measured import Measured
from media_server.stt.moonshine_files import missing_files
from media_server.stt.settings import AUTO, ENGINES, MOONSHINE, SAME, WHISPER, SttSettings


def create_engine(name: str, settings: SttSettings) -> SttEngine:
    """`name`: one of `ENGINES`, or "package.module:factory". Raises EngineUnavailable.

    The factory is called with the settings and must return quickly: loading belongs into the
    engine's `prepare` and `warm_up`.
    """
    try:
        factory = engine_factory.find(name, ENGINES)
    except EngineUnavailable as error:
        raise EngineUnavailable(f"speech to text: {error}") from error
    if name == WHISPER and settings.slow_model_dir:
        return Measured(settings, factory)
    engine: SttEngine = factory(settings)
    return engine


def interim_engine(settings: SttSettings) -> str:
    """The engine that makes interims in front of those for everything; "": these make them.

    Looks for the files of Moonshine where it was left open.
    """
    wanted, finals = settings.interim_engine, settings.engines[0]
    if wanted in (SAME, finals):
        return ""
    if wanted != AUTO:
        return wanted
    english = settings.language.partition("-")[0].lower() in ("", "auto", "en")
    there = english and finals == WHISPER and not missing_files(settings.moonshine_dir)
    return MOONSHINE if there else ""


def create_engines(settings: SttSettings) -> SttEngine:
    """The engine, or a failover over several, with the one for interims before them. Raises
    EngineUnavailable."""
    one = settings.for_one_engine()
    engines = [create_engine(name, one) for name in settings.engines]
    if interims := interim_engine(settings):
        # Nobody waits long for an interim: the next one is on its way.
        engines.insert(0, InterimsOnly(create_engine(interims, settings.without_waiting())))
    if len(engines) == 1:
        return engines[0]
    return Failover(engines, rest_s=settings.recovery_probe_s)
