"""Telephones in home automation: their state and a bell to ring, by an MQTT broker (U17)."""
