"""Change a source in one place at a time and see whether a test notices.

usage: tools/mutate.py [--sample N] [--seed N] [--seconds N] [--tests FOLDER]... [--all]
                       FILE[:LINE] ...

Nothing is written: a changed source lives in a process of its own. The tests of FOLDER (those in
virtual time; tests/sip and tests/flows unless told) are collected once and run once under trace,
so that each change meets those tests only that run its line, the quick ones first, --seconds of
them at most (20). --sample takes so many changes a file (20; 0 is all), LINE those of one line.
Each change that no test noticed is a line of output: it is equivalent, or dead code, or a test
is missing. --all shows also which test noticed the others.
"""
# ruff: noqa: INP001 - a script of its own, no package

from __future__ import annotations

import argparse
import gc
import os
import pickle
import random
import resource
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import _lru_cache_wrapper
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest
from mutants import Mutant, mutants, mutated

TREE = Path(__file__).resolve().parents[1]
VIRTUAL = "not wire and not interop and not kernel and not slow"
TESTS = ("tests/sip", "tests/flows")
WORDS = ("-q", "-s", "-p", "no:cacheprovider", "-p", "no:xdist", "--timeout", "40", "-m", VIRTUAL)
Key = tuple[str, str, int]
"""A function: its file, its name within, its first line."""
BESIDES = 6
"""CPU seconds that a changed source has beyond three times what its tests take; then it hangs."""


@dataclass
class Reach:
    """What the tests do where nothing is changed."""

    seconds: dict[str, float] = field(default_factory=dict)
    lines: dict[tuple[str, int], set[str]] = field(default_factory=dict)
    """Of file and line: the tests that pass through."""
    files: dict[str, set[str]] = field(default_factory=dict)

    def of(self, path: str, mutant: Mutant, budget: float) -> list[str]:
        """The tests that could notice, quick ones first, no more than fit in `budget`."""
        where = (path, mutant.line), (path, mutant.statement)
        could = next((self.lines[each] for each in where if each in self.lines), set())
        if mutant.owner is None:  # its tests begin with importing everything anew
            budget /= 3
            could = self.files.get(path) or set(self.seconds)
        chosen: list[str] = []
        for test in sorted(could, key=lambda test: (self.seconds[test], test)):
            budget -= self.seconds[test]
            if budget < 0 and chosen:
                break
            chosen.append(test)
        return chosen


class Run:
    """All files, one after the other, in the process that has collected the tests."""

    def __init__(self, wish: argparse.Namespace, say: Callable[[str], None]) -> None:
        self._wish = wish
        self._say = say
        self._wanted: dict[str, set[int]] = {}
        """Lines of files that are to be changed; none is all of them."""
        for name, _, line in (each.partition(":") for each in wish.files):
            lines = self._wanted.setdefault(str(Path(name).resolve()), set())
            lines.update({int(line)} if line else ())
        self._files = list(self._wanted)
        self._killers: list[str] = []
        """Tests that noticed something, the last one first: they may notice more."""
        self._live: dict[Key, list[FunctionType]] = {}
        self._caches: list[Any] = []

    def pytest_collection(self) -> None:
        from hypothesis import Phase, settings

        quick = (Phase.explicit, Phase.generate)  # nobody reads a smaller example
        settings.register_profile("mutation", settings(), phases=quick)
        settings.load_profile("mutation")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        for each in gc.get_objects():
            if isinstance(each, _lru_cache_wrapper):
                self._caches.append(each)
            elif isinstance(each, FunctionType) and each.__code__.co_filename in self._files:
                self._live.setdefault(_key(each.__code__), []).append(each)
        gc.freeze()  # children share what they only read
        reach = _told(lambda: _traced(session, self._files, self._caches))
        assert isinstance(reach, Reach), "the tests do not even pass as they are"
        self._say(f"{len(reach.seconds)} tests in {sum(reach.seconds.values()):.0f} s\n")
        for path in self._files:
            source = Path(path).read_text()
            wanted = self._wanted[path]
            every = [each for each in mutants(source) if not wanted or each.line in wanted]
            if 0 < self._wish.sample < len(every):
                every = random.Random(self._wish.seed).sample(every, self._wish.sample)  # noqa: S311 - a sample
            verdicts = [
                self._verdict(path, source, mutant, reach, items)
                for mutant in sorted(every, key=lambda each: each.line)
            ]
            each = ", ".join(f"{verdicts.count(word)} {word}" for word in sorted(set(verdicts)))
            self._say(f"{_short(path)}: {len(every)} changes: {each}\n")
        return True

    def _verdict(
        self,
        path: str,
        source: str,
        mutant: Mutant,
        reach: Reach,
        items: dict[str, pytest.Item],
    ) -> str:
        tests = reach.of(path, mutant, self._wish.seconds)
        tests.sort(key=lambda test: test not in self._killers)
        changed = mutated(source, mutant)
        code = compile(changed.tree, path, "exec")
        swap = self._swap(path, code, mutant)
        killer: object = None
        if tests:
            limit = int(3 * sum(reach.seconds[test] for test in tests)) + BESIDES
            if swap is not None:
                chosen = [items[test] for test in tests]
                killer = _told(lambda: _noticed_here(swap, chosen), limit)
            else:
                killer = _told(lambda: _noticed_anew(path, code, tests), limit)
        verdict = "noticed" if killer is not None else "unnoticed" if tests else "not reached"
        if killer is not None:
            self._killers = [str(killer), *(each for each in self._killers if each != killer)][:30]
        if killer is None or self._wish.all:
            what = f"{changed.before}  =>  {changed.after}"
            by = killer or f"{len(tests)} tests"
            self._say(f"{verdict} {_short(path)}:{mutant.line}: {what}   ({by})\n")
        return verdict

    def _swap(self, path: str, code: CodeType, mutant: Mutant) -> Callable[[], None] | None:
        """What gives the functions that are there the changed code, where that can be done."""
        if mutant.owner is None:
            return None
        key = (path, mutant.owner.name, mutant.owner.line)
        changed = next(each for each in _codes(code) if _key(each) == key)
        live = self._live.get(key, [])
        if not live or any(each.__code__.co_freevars != changed.co_freevars for each in live):
            return None

        def swap() -> None:
            for each in live:
                each.__code__ = changed
            for cache in self._caches:
                cache.cache_clear()

        return swap


def _short(path: str) -> str:
    return str(Path(path).relative_to(TREE))


def _told(work: Callable[[], object], limit: int = 0) -> object:
    """What `work` says in a process of its own; how it died, if it does not live to say it.

    `limit` is in seconds of CPU time.
    """
    with tempfile.TemporaryFile() as paper:
        child = os.fork()
        if child == 0:
            if limit:
                resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
                resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
            try:
                paper.write(pickle.dumps(work()))
                paper.flush()
            except BaseException:  # noqa: BLE001 - whatever it is, it must not run on as the parent
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        paper.seek(0)
        return pickle.loads(paper.read()) if status == 0 else f"died: {status}"  # noqa: S301 - our own


def _one(item: pytest.Item) -> bool:
    """Whether this test passes."""
    from _pytest.runner import runtestprotocol

    reports = runtestprotocol(item, log=False, nextitem=None)
    return not any(report.failed for report in reports)


def _noticed_here(swap: Callable[[], None], items: Sequence[pytest.Item]) -> str | None:
    """The first test to fail when a function does something else."""
    swap()
    return next((item.nodeid for item in items if not _one(item)), None)


def _noticed_anew(path: str, code: CodeType, tests: list[str]) -> object:
    """The same for what is done once: everything is imported again, with `code` for `path`."""
    for name in [
        name for name in sys.modules if name.partition(".")[0] in {"firmware", "drivers", "tests"}
    ]:
        del sys.modules[name]
    sys.meta_path.insert(0, _Changed(path, code))
    first = _First()
    status = pytest.main([*WORDS, "-x", *tests], plugins=[first])
    return None if status == 0 else first.failed or f"pytest said {status}"


class _First:
    failed = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid


class _Changed(SourceFileLoader):
    """Finds and loads the one module that is changed."""

    def __init__(self, path: str, code: CodeType) -> None:
        super().__init__("", path)
        self._code = code

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.origin != self.path:
            return None
        self.name = name
        spec.loader = self
        return spec

    def get_code(self, fullname: str) -> CodeType:
        assert fullname == self.name
        return self._code


def _key(code: CodeType) -> Key:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _codes(code: CodeType) -> list[CodeType]:
    inner = [each for each in code.co_consts if isinstance(each, CodeType)]
    return [*inner, *(below for each in inner for below in _codes(each))]


def _traced(session: pytest.Session, files: list[str], caches: list[Any]) -> Reach:
    """Every test once, and the lines of `files` that it runs; one that fails is left out."""
    reach = Reach()
    wanted = set(files)
    seen: set[tuple[str, int]] = set()

    def line(frame: FrameType, event: str, _: object) -> Any:
        if event == "line":
            seen.add((frame.f_code.co_filename, frame.f_lineno))
        return line

    def call(frame: FrameType, _event: str, _: object) -> Any:
        return line if frame.f_code.co_filename in wanted else None

    for item in session.items:
        seen.clear()
        for cache in caches:  # or else only the first test would pass there
            cache.cache_clear()
        began = time.process_time()
        sys.settrace(call)
        try:
            passed = _one(item)
        finally:
            sys.settrace(None)
        if not passed:
            continue
        reach.seconds[item.nodeid] = time.process_time() - began
        for where in seen:
            reach.lines.setdefault(where, set()).add(item.nodeid)
            reach.files.setdefault(where[0], set()).add(item.nodeid)
    return reach


def main(words: list[str]) -> int:
    asked = argparse.ArgumentParser(add_help=False)
    asked.add_argument("--sample", type=int, default=20)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--seconds", type=float, default=20.0)
    asked.add_argument("--tests", action="append")
    asked.add_argument("--all", action="store_true")
    asked.add_argument("files", nargs="+")
    if not words or {"-h", "--help"} & set(words):
        sys.stderr.write(f"{__doc__}")
        return 2
    wish = asked.parse_args(words)
    os.chdir(TREE)
    os.nice(5)
    sys.path.insert(0, str(TREE))
    report = os.dup(1)
    with tempfile.TemporaryFile() as noise:  # a test that fails prints much
        os.dup2(noise.fileno(), 1)
        os.dup2(noise.fileno(), 2)
        run = Run(wish, lambda text: void(os.write(report, text.encode())))
        status = pytest.main([*WORDS, *(wish.tests or TESTS)], plugins=[run])
        if status != 0:
            noise.seek(0)
            os.write(report, noise.read()[-4000:])
    return int(status)


def void(_: object) -> None:
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
