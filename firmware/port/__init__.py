"""One FXS port: SLIC, line, calls and voice joined, and what belongs to one telephone."""
