"""The copper looked at: tests of wires, bells and dials, and what their readings mean."""
