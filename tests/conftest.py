"""How every test runs: hypothesis draws the same examples each time, and no test has a deadline.

A test fails for one reason. How busy the machine is, and which examples chance draws today,
are two others; `make soak` and `make fuzz` are where chance has its place.

The core under test is the interpreted one, unless the environment wants the compiled
(`make check-compiled`).
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "house",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")
os.environ.setdefault("TIPRING_COMPILED", "no")
os.environ["LC_ALL"] = "C.UTF-8"  # the console speaks English to whoever does not ask for more
