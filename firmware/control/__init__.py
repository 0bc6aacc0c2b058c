"""The control socket: who may come in, JSON-RPC line by line, and the other end of it."""
