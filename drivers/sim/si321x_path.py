"""How the simulated Si321x treats voice: read from the registers into an `AudioPath`."""

from __future__ import annotations

from drivers.sim.si321x_audio import AudioPath, Law, Loopback
from drivers.sim.si321x_core import Core
from drivers.sim.si321x_linefeed import FORWARD_ACTIVE, FORWARD_OHT, REVERSE_ACTIVE, REVERSE_OHT
from drivers.sim.si321x_tones import Oscillator

FRAME_HZ = 8000
UNITY = 0x400
ANALOGUE = (1.0, 10 ** (-3.5 / 20), 10 ** (3.5 / 20), 0.0)
"""ATX and ARX: 0 dB, -3.5 dB, +3.5 dB, mute (DR9.3:0)."""
HYBRID_DB = (4.08, 2.5, 1.16, 0.0, -1.02, -1.94, -2.77, None)
"""HYBA (DR11.2:0)."""


def audio_path(
    core: Core, oscillators: tuple[Oscillator, ...], *, off_hook: bool, pclk_hz: int
) -> AudioPath:
    """Collect what DR1 to DR5, DR8, DR9, DR14, DR15 and the gain words say."""
    adc, dac = _converters(core, off_hook=off_hook)
    control = core.registers[9]
    loopback = _loopback(core)
    analogue_out = ANALOGUE[control & 3] if dac else 0.0
    transmit = ANALOGUE[control >> 2 & 3] * _digital(core, "ADCG")
    receive = analogue_out * _digital(core, "DACG")
    sounding = [(each, tone) for each in oscillators if (tone := each.tone())]
    return AudioPath(
        transmit_gain=0.0 if control & 0x20 or not adc or loopback == "digital" else transmit,
        receive_gain=0.0 if control & 0x10 else receive,
        law=_law(core),
        tx_slot=_slot(core, 2, pclk_hz),
        rx_slot=_slot(core, 4, pclk_hz),
        tones_to_line=tuple(tone for each, tone in sounding if each.to_line and analogue_out),
        tones_to_pcm=tuple(tone for each, tone in sounding if each.to_pcm),
        hybrid_db=HYBRID_DB[core.registers[11] & 7],
        loopback=loopback,
    )


def _converters(core: Core, *, off_hook: bool) -> tuple[bool, bool]:
    """Whether A/D and D/A run: by the linefeed state, or by hand (DR15)."""
    if core.registers[14] & 0x03:
        return False, False
    state = core.linefeed
    talking = state in (FORWARD_ACTIVE, REVERSE_ACTIVE) and off_hook and core.bit(67, 1)
    automatic = talking or state in (FORWARD_OHT, REVERSE_OHT)
    adc = core.bit(15, 4) if core.bit(15, 5) else automatic
    dac = core.bit(15, 2) if core.bit(15, 3) else automatic
    return adc, dac


def _digital(core: Core, name: str) -> float:
    return (core.signed(name) >> 4) / UNITY


def _law(core: Core) -> Law:
    match core.registers[1] >> 3 & 3:
        case 0:
            return "PCMA"
        case 1:
            return "PCMU"
    return "linear"


def _slot(core: Core, address: int, pclk_hz: int) -> int | None:
    """TXS or RXS as a byte of the frame; counted from 1 because the frame sync is short."""
    start = core.registers[address] | (core.registers[address + 1] & 3) << 8
    slot, rest = divmod(start - 1, 8)
    if not core.bit(1, 5) or rest or slot < 0 or 8 * (slot + 1) > pclk_hz // FRAME_HZ:
        return None
    return slot


def _loopback(core: Core) -> Loopback:
    if core.bit(8, 1):
        return "digital"
    if core.bit(8, 2):
        return "full-analogue"
    return "analogue" if core.bit(8, 0) else ""
