"""The card with its line circuits: brought up, polled, found ill, tried again."""
