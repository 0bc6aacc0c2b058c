"""How we call ourselves and others: the URIs of Request-URI, To and From, and who may know us.

A number is a SIP user, a SIP user that says it is a telephone number (``user=phone``), or a
tel URI (RFC 3261 section 19.1.1, RFC 3966), as the network likes it. A line that withholds its
number calls anonymously and tells only the network who it is (RFC 3323 section 4.1, RFC 3325).
"""

from __future__ import annotations

import re
from enum import Enum

from firmware.machine import word
from firmware.sip.headers import NameAddr
from firmware.sip.uri import SipUri, TelUri

ANONYMOUS = NameAddr("Anonymous", "sip:anonymous@anonymous.invalid")
"""RFC 3323 section 4.1.1.3: a host that can never exist, so that nobody is called back there."""

_TELEPHONE = re.compile(r"\+?[0-9*#A-D]*[0-9*#]", re.ASCII)
_SUBSCRIBER = re.compile(r"\+?[0-9]+", re.ASCII)


class Form(Enum):
    """How a number is written."""

    SIP = "sip"
    """``sip:8001@domain``"""
    PHONE = "phone"
    """``sip:8001@domain;user=phone``"""
    TEL = "tel"
    """``tel:8001;phone-context=domain``, ``tel:+861082100001``"""


class Preferred(Enum):
    """When P-Preferred-Identity is sent (RFC 3325 section 9.3)."""

    WITHHELD = "withheld"
    """With a From that does not say who calls."""
    ALWAYS = "always"
    NEVER = "never"


@word
class Naming:
    """How numbers are written at one domain."""

    domain: str
    form: Form = Form.SIP
    preferred: Preferred = Preferred.WITHHELD

    def uri(self, number: str) -> str:
        """The address of a number.

        A service code (``*57#``) is no number that tel could name without escapes that
        differ from network to network: it stays a SIP user. So does a user that is a word.
        """
        if self.form is Form.TEL and _SUBSCRIBER.fullmatch(number):
            context = () if number.startswith("+") else (("phone-context", self.domain),)
            return str(TelUri(number, context))
        phone = self.form is not Form.SIP and _TELEPHONE.fullmatch(number)
        return str(SipUri(self.domain, number, params=(("user", "phone"),) if phone else ()))

    def caller(self, number: str, display: str, tag: str, *, withheld: bool) -> str:
        """The From of a line that calls."""
        us = ANONYMOUS if withheld else NameAddr(display, self.uri(number))
        return str(us.with_param("tag", tag))

    def assurances(
        self, number: str, display: str, *, withheld: bool
    ) -> tuple[tuple[str, str], ...]:
        """What the network is told of the caller besides From: who it is, and who may know."""
        never = self.preferred is Preferred.NEVER
        told = self.preferred is Preferred.ALWAYS or (withheld and not never)
        us = str(NameAddr(display, self.uri(number)))
        return (
            *((("P-Preferred-Identity", us),) if told else ()),
            *((("Privacy", "id"),) if withheld else ()),
        )


NOWHERE = Naming("invalid")
"""As long as no domain is known."""
