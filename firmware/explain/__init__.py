"""Why: what ended a call, what a port can do, what dialling would do, in words; pure functions."""
