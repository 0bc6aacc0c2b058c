"""Who is at the other end of a Unix socket, and may he be."""

from __future__ import annotations

import os
import pwd
import socket
import struct
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Peer:
    """Who has connected, as the kernel says."""

    pid: int
    uid: int
    gid: int


def may_enter(peer: Peer, socket_gid: int) -> bool:
    """Root, our own user, and the members of the socket's group may."""
    if peer.uid in {0, os.geteuid()} or peer.gid == socket_gid:
        return True
    try:
        name = pwd.getpwuid(peer.uid).pw_name
    except KeyError:
        return False
    return socket_gid in os.getgrouplist(name, peer.gid)


def peer_of(connection: socket.socket) -> Peer:
    """Ask the kernel who is at the other end (unix(7), SO_PEERCRED)."""
    size = struct.calcsize("3i")
    data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    return Peer(*struct.unpack("3i", data))
