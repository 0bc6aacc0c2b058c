"""A talk with a telephone that others wrote goes on when our own address is another."""

from __future__ import annotations

from tests.interop.baresip import Baresip
from tests.interop.box import Box
from tests.interop.flows import proves
from tests.interop.kamailio import Kamailio
from tests.interop.own_network import OwnNetwork
from tests.interop.person import hear_each_other
from tests.interop.programs import loopback, somewhere
from tests.interop.settings import Line
from tests.interop.waiting import until

FAR = "8010"


@proves("baresip", "REG-22 a talk at another address of ours")
def test_a_talk_with_baresip_goes_on_from_another_address() -> None:
    """REG-22: the kernel says so; Kamailio gets the new binding, baresip the re-INVITE."""
    before, after = loopback(), loopback()
    with OwnNetwork() as network, Kamailio() as kamailio:
        network.we_are(before, towards=kamailio.at.host)
        with (
            Baresip(FAR, kamailio.at, plays_hz=800) as baresip,
            Box(kamailio.at, [Line("8001")], at=somewhere(before)) as box,
        ):
            box.registered(1)
            until("a binding of baresip", lambda: kamailio.contacts(FAR))
            anna = box.person(1)
            anna.calls(FAR)
            baresip.answers()
            anna.is_("Talking")
            hear_each_other(anna, baresip)
            network.we_are(after, towards=kamailio.at.host)
            until(
                "voice at the new address",
                lambda: box.call(1),
                lambda row: row.rtp_local.startswith(f"{after}:"),
            )
            until("it is told", lambda: box.saw(1, ">INVITE", "<200", ">ACK", ">INVITE", "<200"))
            anna.says(1400, 60)
            until("our voice", lambda: baresip.heard(1400), lambda voice: voice.good)
            anna.hushes()
            anna.hears_well(800, 0.4)
            until(
                "the new binding",
                lambda: [after in c for c in kamailio.contacts("8001")] == [True],
            )
            anna.is_("Talking")
            anna.hangs_up()
            baresip.is_released()
            assert box.last_call(1).cause == "NORMAL"
