"""The kernel says that an address or a way of this host is another (rtnetlink(7)).

What it says is not read: who hears of it asks the routing table what is true now.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable

from firmware.log import event as log_event

LINK, IPV4_ADDRESS, IPV4_ROUTE, IPV6_ADDRESS, IPV6_ROUTE = 0x1, 0x10, 0x40, 0x100, 0x400
"""Multicast groups (RTMGRP_* of linux/rtnetlink.h), which Python has no names for."""
GROUPS = LINK | IPV4_ADDRESS | IPV4_ROUTE | IPV6_ADDRESS | IPV6_ROUTE
_AT_ONCE = 64
_LARGEST = 65536


class RouteNews:
    """Calls `told` whenever something has changed; where the kernel tells nobody, never.

    Args:
        told: what to do; many changes at an instant are told of together.
    """

    def __init__(self, told: Callable[[], object]) -> None:
        self._told = told
        self._loop = asyncio.get_running_loop()
        self._socket: socket.socket | None = None
        try:
            self._socket = socket.socket(
                socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.NETLINK_ROUTE
            )
            self._socket.bind((0, GROUPS))
        except OSError as error:  # a container may not: then it is looked for every few seconds
            log_event("no-route-news", level=logging.INFO, reason=str(error))
            self.close()
        else:
            self._loop.add_reader(self._socket, self._read, self._socket)

    def _read(self, news: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            try:
                news.recv(_LARGEST)
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno != errno.ENOBUFS:  # some were lost, which is news as well
                    self.close()
                break
        self._told()

    def close(self) -> None:
        """Stop listening."""
        news, self._socket = self._socket, None
        if news is not None:
            self._loop.remove_reader(news)
            news.close()
