"""The core as machine code: what is compiled of it, and when it is taken. It is not built here."""
