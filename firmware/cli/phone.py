"""``phone ...``: be the person at a telephone of the simulated board."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from firmware.cli.command import TABLE, Answer
from firmware.cli.context import Context
from firmware.cli.grid import facts

RESTED_S = 1.0
"""How long a handset lies before it can be lifted again; a shorter break would be a flash."""


@TABLE.command("phone <port> lift")
def lift(context: Context, port: int) -> Answer:
    """Lift the handset."""
    return _act(context, port, "lift", "lifted")


@TABLE.command("phone <port> hang-up")
def hang_up(context: Context, port: int) -> Answer:
    """Put the handset down, for long enough to be no flash of the hook."""
    answer = _act(context, port, "hang-up", "hung up")
    context.wait(RESTED_S)
    return answer


@TABLE.command("phone <port> flash")
def flash(context: Context, port: int) -> Answer:
    """Press the hook for a moment."""
    return _act(context, port, "flash", "flashed")


@TABLE.command("phone <port> dial <digits>")
def dial(context: Context, port: int, digits: str) -> Answer:
    """Press keys: DTMF; done when the last is released."""
    return _dial(context, port, "dial", digits)


@TABLE.command("phone <port> pulse <digits>")
def pulse(context: Context, port: int, digits: str) -> Answer:
    """Turn the dial: pulses; done when it has run back for the last time."""
    return _dial(context, port, "pulse", digits)


@TABLE.command("phone <port> say tone <hz> <seconds>")
def say_tone(context: Context, port: int, hz: float, seconds: float) -> Answer:
    """Send a tone into the microphone; returns at once, so that the other end can listen."""
    told = f"said {hz:g} Hz for {seconds:g} s"
    return _act(context, port, "say-tone", told, hz=hz, seconds=seconds)


@TABLE.command("phone <port> say <file>")
def say_file(context: Context, port: int, file: str) -> Answer:
    """Play a WAV file (8000 Hz, 16 bit, one channel) into the microphone; returns at once."""
    path = str(Path(file).absolute())
    return _act(context, port, "say-file", f"said {file}", file=path)


@TABLE.command("phone <port> hear <seconds>")
def hear(context: Context, port: int, seconds: float) -> Answer:
    """Listen, and tell what a person would hear."""
    data = context.board.call("hear", port=port, seconds=seconds)
    return Answer(heard(data), data)


@TABLE.command("phone <port> record <file> <seconds>")
def record(context: Context, port: int, file: str, seconds: float) -> Answer:
    """Record what the earpiece plays into a WAV file."""
    path = str(Path(file).absolute())
    told = f"recorded {seconds:g} s into {file}"
    return _act(context, port, "record", told, file=path, seconds=seconds)


@TABLE.command("phone <port> state")
def state(context: Context, port: int) -> Answer:
    """Tell what the telephone is doing and what is on its line."""
    data = context.board.call("state", port=port)
    return Answer(state_text(data), data)


def _act(context: Context, port: int, method: str, told: str, **params: Any) -> Answer:
    data = context.board.call(method, port=port, **params)
    return Answer(f"phone {port}: {told}", {"port": port, **data})


def _dial(context: Context, port: int, method: str, digits: str) -> Answer:
    answer = _act(context, port, method, f"dialled {digits}", digits=digits)
    context.wait(float(answer.data.get("seconds", 0)))
    return answer


def heard(data: dict[str, Any]) -> str:
    """``ringback: 450 Hz, -10.0 dBm0, 1000/4000 ms``."""
    words = []
    if frequencies := data.get("frequencies_hz"):
        swell = f" modulated by {hz:g}" if (hz := data.get("modulation_hz")) else ""
        words.append("+".join(f"{hz:g}" for hz in frequencies) + swell + " Hz")
    if (level := data.get("level_dbm0")) is not None:
        words.append(f"{level:.1f} dBm0")
    if cadence := data.get("cadence_ms"):
        words.append("/".join(f"{ms:g}" for ms in cadence) + " ms")
    name = str(data.get("heard", "nothing"))
    return f"{name}: {', '.join(words)}" if words else name


def _caller(data: dict[str, Any]) -> list[str]:
    """Number and name, as far as there are any."""
    return [str(data[key]) for key in ("caller_id", "caller_name") if data.get(key)]


def state_text(data: dict[str, Any]) -> str:
    """One fact a line."""
    rings = f"yes, {data.get('ring_hz', 0):g} Hz, {data.get('ring_vrms', 0):g} Vrms"
    if since := data.get("ringing_since_s"):
        rings += f", for {since:g} s"
    pairs: list[tuple[str, object]] = [
        ("port", data.get("port", "-")),
        ("hook", data.get("hook", "-")),
        ("ringing", rings if data.get("ringing") else "no"),
        ("line", f"{data.get('line_v', 0):.1f} V, {data.get('loop_ma', 0):.1f} mA"),
        ("polarity", data.get("polarity", "-")),
        ("caller-id", " ".join(_caller(data)) or "-"),
    ]
    if waiting := data.get("waiting_caller"):
        pairs.append(("waiting-caller", waiting))
    if data.get("lamp"):
        pairs.append(("lamp", "messages wait"))
    return facts(pairs)
