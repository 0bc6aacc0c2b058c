"""The boards keep the electrical rules, and each rule finds what it is there to find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from hardware.design import parts
from hardware.design.boards import BOARDS
from hardware.design.circuit import Circuit, Component, Kind, Net, Part, Supply
from hardware.design.rules import RULES, check
from hardware.design.values import fit, resistor


@pytest.mark.parametrize("name", BOARDS)
def test_a_board_keeps_every_rule(name: str) -> None:
    assert [str(each) for each in check(BOARDS[name]().circuit)] == []


def test_a_wire_that_was_forgotten_is_found() -> None:
    def forget(circuit: Circuit) -> None:
        edit(circuit, "U101", lambda c: rewired(c, drop="CAPM"))

    assert "unconnected pin: U101: CAPM is forgotten" in found(forget)


def test_a_supply_pin_left_open_is_found() -> None:
    def open_pin(circuit: Circuit) -> None:
        edit(circuit, "U101", lambda c: rewired(c, VDDA1=None))

    assert "open input: U101: VDDA1 is left open" in found(open_pin)


def test_a_pin_that_has_no_inside_may_not_be_wired() -> None:
    def wire(circuit: Circuit) -> None:
        edit(circuit, "U101", lambda c: rewired(c, NC6=circuit.nets["GND"]))

    assert "unused pin: U101: NC6 must stay open" in found(wire, "ag1171")


def test_a_net_with_one_end_is_found() -> None:
    assert "loose end: NOWHERE: 0 pins are on it" in found(lambda c: c.net("NOWHERE"))


def test_a_supply_without_its_regulator_is_found() -> None:
    complaints = found(lambda circuit: remove(circuit, "U90"))
    assert "supply: U101: VDDA1 has no source" in complaints
    assert "supply: U101: VDDD has no source" in complaints, "through L2"


def test_two_sources_on_one_supply_are_found() -> None:
    def second(circuit: Circuit) -> None:
        wires = {
            "IN": circuit.nets["+5V"],
            "OUT": circuit.nets["+3V3"],
            "GND": circuit.nets["GND"],
        }
        circuit.put(fit("U80", parts.regulator("3.3 V", "1 A"), wires), "supply", "")

    assert "supply: U101: VDDA1 has U90 OUT and U80 OUT" in found(second)


def test_two_outputs_on_one_wire_are_found() -> None:
    """A chip's chain output on the common data wire: chips that cannot let go."""

    def join(circuit: Circuit) -> None:
        edit(circuit, "U101", lambda c: rewired(c, SDITHRU=circuit.nets["SPI_MISO"]))

    assert any(each.startswith("contention: SPI_MISO: driven by") for each in found(join))


def test_an_input_that_nobody_drives_is_found() -> None:
    def cut(circuit: Circuit) -> None:
        edit(circuit, "J1", lambda c: rewired(c, GPIO18=None))

    assert "undriven input: PCM_CLK: nobody drives it" in found(cut)


def test_an_interrupt_without_its_pull_up_is_found() -> None:
    complaints = found(lambda circuit: remove(circuit, "R32"))
    assert any(each.startswith("open drain: INT: no pull-up") for each in complaints)


def test_the_line_on_a_logic_pin_is_found() -> None:
    def touch(circuit: Circuit) -> None:
        edit(circuit, "U101", lambda c: rewired(c, STIPDC=circuit.nets["TIP_1"]))

    complaints = found(touch)
    assert any("STIPDC bears" in each and "TIP_1 has -100" in each for each in complaints)


def test_a_part_that_is_not_rated_for_what_lies_across_it_is_found() -> None:
    def weaken(circuit: Circuit) -> None:
        edit(circuit, "C109", lambda c: replace(c, part=replace(c.part, volts=100.0)))

    assert "rating: C109: rated 100 V, needs 120 V" in found(weaken)


def test_a_part_between_line_and_logic_must_say_what_it_bears() -> None:
    def forget_rating(circuit: Circuit) -> None:
        edit(circuit, "R101", lambda c: replace(c, part=replace(c.part, volts=None)))

    assert "isolation: R101: joins line and logic without a rating" in found(forget_rating)


def test_a_resistor_that_would_burn_is_found() -> None:
    def burn(circuit: Circuit) -> None:
        ends = (circuit.nets["VBAT_1"], circuit.nets["GND"])
        circuit.put(resistor("R199", 4.7e3, ends, size="1206"), "port 1", "")

    assert "heat: R199: 2.13 W in a 0.25 W resistor" in found(burn)


def test_a_supply_pin_without_its_capacitor_is_found() -> None:
    complaints = found(lambda circuit: remove(circuit, "C117"))
    assert "decoupling: U101: VDDD has no capacitor" in complaints


def test_a_capacitor_that_decouples_another_net_is_found() -> None:
    def astray(circuit: Circuit) -> None:
        edit(circuit, "C117", lambda c: replace(c, nets={**c.nets, "1": circuit.nets["+5V"]}))

    assert "decoupling: C117: does not decouple VDDD" in found(astray)


def test_a_ground_pin_elsewhere_is_found() -> None:
    def lift(circuit: Circuit) -> None:
        edit(circuit, "U101", lambda c: rewired(c, GNDA=circuit.nets["QGND_1"]))

    assert "ground: U101: GNDA is on QGND_1" in found(lift)


def test_a_part_to_be_chosen_needs_its_ratings() -> None:
    def unsaid(circuit: Circuit) -> None:
        edit(circuit, "F1", lambda c: with_supply(c, replace(c.part.supply, needs="")))

    assert "to be chosen: F1: no required ratings" in found(unsaid)


def test_every_rule_is_broken_by_one_of_these_tests() -> None:
    broken = {name for name in globals() if name.startswith("test_")}
    assert len(broken) >= len(RULES) + 1


def test_pd_of_the_module_cannot_be_driven_high() -> None:
    """Between the pin and the header stands a diode, cathode at the header (data sheet)."""
    circuit = BOARDS["ag1171"]().circuit
    for number in (1, 2):
        pin = circuit.component(f"U{number}01").nets["14"]
        assert pin is not None
        others = [(c, at) for c, at in circuit.on(pin) if c.ref != f"U{number}01"]
        assert [(c.part, at.name) for c, at in others] == [(parts.SIGNAL_DIODE, "A")]


def test_a_chip_at_the_end_of_the_chain_leaves_it_open_and_the_others_pass_it_on() -> None:
    circuit = BOARDS["fxs8"]().circuit
    chips = [circuit.component(f"U{n}01") for n in range(1, 9)]
    for chip, following in pairwise(chips):
        assert chip.nets[chip.part.pin("SDITHRU").number] is not None
        passed = chip.nets[chip.part.pin("SDITHRU").number]
        assert passed is following.nets[following.part.pin("SDI").number]
    assert chips[-1].nets[chips[-1].part.pin("SDITHRU").number] is None


def found(spoil: Callable[[Circuit], object], board: str = "fxs2") -> list[str]:
    circuit = BOARDS[board]().circuit
    spoil(circuit)
    return [str(each) for each in check(circuit)]


def edit(circuit: Circuit, ref: str, change: Callable[[Component], Component]) -> None:
    at = circuit.components.index(circuit.component(ref))
    circuit.components[at] = change(circuit.components[at])


def remove(circuit: Circuit, ref: str) -> None:
    circuit.components.remove(circuit.component(ref))


def rewired(component: Component, drop: str = "", **nets: Net | None) -> Component:
    wires = dict(component.nets)
    for name, net in nets.items():
        wires[component.part.pin(name).number] = net
    if drop:
        del wires[component.part.pin(drop).number]
    return replace(component, nets=wires)


def with_supply(component: Component, supply: Supply) -> Component:
    part: Part = replace(component.part, supply=supply)
    return replace(component, part=part)


def test_the_pins_of_the_chip_are_those_of_the_data_sheet() -> None:
    """TSSOP-38, from pin 1: transcribed apart from the part's own table."""
    sheet = """CS INT PCLK DRX DTX FSYNC RESET SDCH SDCL VDDA1 IREF CAPP QGND CAPM STIPDC SRINGDC
               STIPE SVBAT SRINGE STIPAC SRINGAC IGMN GNDA IGMP IRINGN IRINGP VDDA2 ITIPP ITIPN
               VDDD GNDD TEST DCFF DCDRV SDITHRU SDO SDI SCLK"""
    assert [(pin.number, pin.name) for pin in parts.SI321X.pins] == [
        (str(n), name) for n, name in enumerate(sheet.split(), start=1)
    ]
    supplies = [pin.name for pin in parts.SI321X.pins if pin.kind is Kind.SUPPLY]
    assert supplies == ["VDDA1", "VDDA2", "VDDD"]
