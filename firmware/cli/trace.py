"""``trace ...``: everything about a call in one file, for somebody who was not there."""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firmware.cli.command import TABLE, Answer
from firmware.cli.context import Context
from firmware.errors import CommandError
from firmware.status import from_json
from firmware.trace.marks import Mark, around

if TYPE_CHECKING:
    from firmware.trace.bundle import Voice

PATIENCE = 100
"""Looks for kept voice that does not come, 50 ms apart."""


@TABLE.command("trace start")
def trace_start(context: Context) -> Answer:
    """Begin a trace: from now on minutes of voice are kept, not just the last seconds."""
    told = context.control.call("trace-start")
    octets = told["octets"]
    kept = (
        f"up to {octets >> 20} MB of voice are kept" if octets else "no voice is kept (tape_kib)"
    )
    text = f"tracing; {kept}. Then: trace stop, trace save FILE"
    return Answer(text, told)


@TABLE.command("trace stop")
def trace_stop(context: Context) -> Answer:
    """End the trace; what was kept stays until it is saved or another one begins."""
    told = context.control.call("trace-stop")
    return Answer(f"stopped after {told['marks']} marks; trace save FILE", told)


@TABLE.command("trace save <file>")
def trace_save(context: Context, file: str) -> Answer:
    """Write the trace, or all that is kept if none was begun, into one file."""
    return _save(context, file, 0)


@TABLE.command("trace call <call>", save="file")
def trace_call(context: Context, call: int, *, save: str | None = None) -> Answer:
    """Write everything about one call into a file (its number: show calls)."""
    if not call:
        raise CommandError("an attempt that never became a call has no number: trace save")
    return _save(context, save or f"call-{call}.zip", call)


def _save(context: Context, file: str, call: int) -> Answer:
    from firmware.trace.bundle import Facts, build  # audio and archives, which nothing else needs

    path = Path(file)
    if path.exists():
        raise CommandError(f"{path} is there already")
    told = context.control.call("trace-marks", **({"all": True} if call else {}))
    marks = from_json(told["marks"], list[Mark])
    records = context.control.call("history")
    if call:
        marks = around(marks, call)
        records = [record for record in records if record["call"] == call]
        if not marks and not records:
            raise CommandError(
                f"call {call} is not known, or forgotten; show calls names those kept"
            )
    voice = _voice(context, call)
    offset = told["wall"] - told["monotonic"]
    first = {"at": marks[0].at + offset} if marks else {}
    life = {
        **told["life"],
        "whole": told["life"]["whole"] and not call,
        "state": context.control.call("state-at", **first),
    }
    facts = Facts(
        marks=marks,
        offset=offset,
        life=life,
        local=told["local"],
        voice=voice,
        calls=records,
        config=context.control.call("config"),
        version=context.control.call("version"),
    )
    data = build(facts)
    try:
        _write(path, data)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror or error}") from error
    heard = f"{len(voice)} packets of voice" if voice else "no voice is kept"
    text = f"{path}: {len(marks)} marks, {heard}, {len(records)} calls"
    return Answer(text, {"file": str(path), "marks": len(marks), "voice": len(voice)})


def _write(path: Path, data: bytes) -> None:
    """All of it, or no file: half a bundle says nothing, and a full disk is to have its room.

    What people said is in it, so it is for whoever saves it, and nobody else.
    """
    new = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(new, "wb") as out:
            out.write(data)
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _voice(context: Context, call: int) -> list[Voice]:
    from firmware.trace.bundle import Voice

    found: list[Voice] = []
    if not context.control.call("voice-fetch", **({"call": call} if call else {})):
        return found
    idle = 0
    while idle < PATIENCE:
        part: dict[str, Any] = context.control.call("voice-part", start=len(found))
        if part["over"]:
            break
        idle = 0 if part["packets"] else idle + 1
        if not part["packets"]:
            context.wait(0.05)
        found += [
            Voice(of, at, outward, _octets(text)) for of, at, outward, text in part["packets"]
        ]
    return found


def _octets(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""
