"""The embedded exchange: a small SIP registrar and proxy for labs, demos and museums.

It is built of the same machines as the user agent and is one itself; `server` is its only
contact with a clock and a socket.
"""
