"""A trace bundle, lived through once more: the real machines, in virtual time (U11)."""
