"""How deep to dig: ``ATTACKS=50 make test`` tries fifty times as much as the quick tests do, at random."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("ATTACKS", "1"))


def tries(examples: int) -> settings:
    """So many examples, the same ones in every quick run."""
    return settings(
        max_examples=examples * TIMES,
        deadline=None,
        derandomize=TIMES == 1,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
