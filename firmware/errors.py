"""What the gateway raises. Sorted by fault: ours, the peer's, the operator's."""

from __future__ import annotations


class GatewayError(Exception):
    """Base of all errors from firmware/. Caught at an edge: CLI, daemon, UDP handler."""


class ConfigError(GatewayError):
    """The configuration cannot be used.

    Attributes:
        problems: one ``FILE:LINE: key: reason`` a mistake, all of them.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class SipError(GatewayError):
    """A SIP message or a peer broke the protocol.

    Attributes:
        status: what to answer, if an answer is due (RFC 3261 section 21).
    """

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class CommandError(GatewayError):
    """What was typed is not a command, is more than one, or names what is not there."""


class NoPortError(GatewayError):
    """No two ports are free for the voice of a call."""


class ControlError(GatewayError):
    """The daemon refused a request on the control socket, or cannot be reached."""


class MediaError(GatewayError):
    """The media process could not do what it was told."""
