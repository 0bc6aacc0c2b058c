"""Coverage-guided fuzzing of what reads the network; `make fuzz`, see `__main__`."""
