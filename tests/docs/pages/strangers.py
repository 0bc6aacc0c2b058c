"""docs/reference/six-faults.md: what the console says of six faults, as a stranger reads it."""

from __future__ import annotations

from tests.docs.pages.markdown import page
from tests.explain.strangers import SCENES, Scene, transcript

HEAD = """\
Six things that go wrong with telephones, each on a gateway that runs, and what somebody types
who has read the [README](../../README.md) and nothing else. Tests play them
(`tests/explain/strangers.py`) and demand that the words name the cause and what to do about it;
this page is their transcript. The longer way:
[find out why a call failed](../how-to/find-out-why-a-call-failed.md).
"""


def make() -> str:
    return page("Six faults", HEAD, *(_scene(scene) for scene in SCENES.values()))


def _scene(scene: Scene) -> str:
    return f"## {scene.title}\n\n{scene.noticed}\n\n```text\n{transcript(scene)}\n```"
