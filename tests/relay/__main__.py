"""``python -m tests.relay``: a bad way between a port of this machine and a target.

Prints where it listens, carries until it is interrupted (SIGINT or SIGTERM), and then prints
what it did, as JSON.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from dataclasses import asdict, fields

from tests.relay.relay import Relay
from tests.relay.way import Faults, Way


def address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.relay", description=__doc__)
    parser.add_argument("target", type=address, help="HOST:PORT that everything goes to")
    parser.add_argument("--listen", type=address, default=("127.0.0.1", 0), metavar="HOST:PORT")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rebind", type=float, default=0.0, metavar="SECONDS")
    for fault in fields(Faults):
        kind = str if fault.name == "law" else float
        name = "--" + fault.name.replace("_", "-")
        parser.add_argument(name, type=kind, default=fault.default)
    given = parser.parse_args(arguments)
    faults = Faults(**{fault.name: getattr(given, fault.name) for fault in fields(Faults)})
    there, back = Way(faults, given.seed), Way(faults, given.seed + 1)
    relay = Relay(given.listen, given.target, there, back, time.monotonic, given.rebind)
    over: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.append(1))
    host, port = relay.address
    sys.stdout.write(f"listening on {host}:{port}\n")
    sys.stdout.flush()
    while not over:
        relay.step()
    sys.stdout.write(json.dumps(asdict(relay.carried)) + "\n")
    relay.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
