"""Circuits in words that a program can check."""
