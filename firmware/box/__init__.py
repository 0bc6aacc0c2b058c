"""The machine that the gateway runs on: what it needs, how it stands, what it tells monitors."""
