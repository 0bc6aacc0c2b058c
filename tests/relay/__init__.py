"""A bad way for datagrams: it loses, delays, doubles and reorders them by a seed.

`way` decides and knows no socket; `relay` carries real datagrams over it. As a program:
``python -m tests.relay --help``.
"""
