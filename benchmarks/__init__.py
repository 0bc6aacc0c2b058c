"""Figures of this release: how soon, how much, and beside its neighbours. Run by `make bench`."""
