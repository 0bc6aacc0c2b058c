"""The gateway: line machines, SIP agent, voice path, console."""
