"""One call: its state, and one file for each verb (INVITE, BYE, PRACK ...)."""
