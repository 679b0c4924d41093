"""How many examples a property test tries, and where its random numbers come from.

`make test` uses fixed seeds: the same commit passes or fails the same way each time. `make fuzz`
sets HYPOTHESIS_PROFILE=fuzz: fresh seeds and ten times the examples. What it finds becomes an
`@example` of its test.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "test")
_FACTOR = {"test": 1, "fuzz": 10}
_DEFAULT_EXAMPLES = 100


def examples(count: int, fuzz: int | None = None) -> int:
    """`count` in `make test`; in `make fuzz` ten times as many, or as many as it says."""
    return fuzz if fuzz is not None and PROFILE == "fuzz" else count * _FACTOR[PROFILE]


def register_profiles() -> None:
    """Call before any test module is imported: `@settings` takes its defaults at that moment.

    No time limit per example: that would judge the machine's load, not the code.
    """
    shared = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile(
        "test", shared, derandomize=True, database=None, max_examples=_DEFAULT_EXAMPLES
    )
    settings.register_profile("fuzz", shared, print_blob=True, max_examples=10 * _DEFAULT_EXAMPLES)
    settings.load_profile(PROFILE)
    if PROFILE == "test":
        _draw_no_constants_of_modules()


def _draw_no_constants_of_modules() -> None:
    """Hypothesis draws constants that stand in the modules of the project which are loaded by then.
    Which are depends on the tests before: the same seed gave other examples. In `make fuzz` it may.
    """
    drawn_from: Any = providers
    none = drawn_from._local_constants  # empty as long as nobody has asked for them
    drawn_from._get_local_constants = lambda: none
