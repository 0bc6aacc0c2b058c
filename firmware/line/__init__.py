"""The line: what the person with the handset lives through. No I/O."""
