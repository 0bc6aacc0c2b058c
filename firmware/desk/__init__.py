"""What the gateway answers at its control socket: a file for each kind of question."""
