"""``doctor``: is this machine fit to be a gateway, and if not, what to do."""

from __future__ import annotations

import ctypes
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from firmware.cli.command import TABLE, Answer
from firmware.cli.context import Context
from firmware.cli.grid import table
from firmware.errors import ConfigError, ControlError
from firmware.hues import of_state
from firmware.status import AdminStatus
from firmware.texts import tr

if TYPE_CHECKING:
    from firmware.box.doctor import Finding


@TABLE.command("doctor")
def doctor(context: Context) -> Answer:
    """Look whether this machine has all that a gateway needs; nothing is changed.

    Devices and who may use them, libraries, clock, configuration, names of servers and whether
    they answer; and what the service says of its ports, if it runs.
    """
    from firmware.box.doctor import Finding, Machine, look, verdict
    from firmware.box.doctor_way import servers
    from firmware.config.load import read

    path = _configuration(context)
    findings: list[Finding] = []
    machine = Machine(year=time.gmtime().tm_year, loads=_loads)
    try:
        loaded = read(path)
    except ConfigError as error:
        more = f" (and {len(error.problems) - 1} more)" if len(error.problems) > 1 else ""
        do = "tipring config check names every mistake"
        findings.append(Finding("configuration", "FAIL", error.problems[0] + more, do))
        findings += look(machine, None)
    else:
        odd = len(loaded.warnings)
        words = f"{path}" + (f", {odd} odd (tipring config check)" if odd else "")
        findings.append(Finding("configuration", "warn" if odd else "ok", words))
        findings += look(machine, loaded.config)
        findings += _service(context) or servers(loaded.config)
    rows = (
        (f.what, of_state(f.state), tr(f.seen) + (f". {tr(f.do)}" if f.do else ""))
        for f in findings
    )
    text = table(("what", "state", "seen, and what to do"), rows, context.brush)
    bad = any(finding.state == "FAIL" for finding in findings)
    data = [asdict(finding) for finding in findings]
    return Answer(f"{text}\n{verdict(findings)}", data, status=1 if bad else 0)


def _configuration(context: Context) -> Path:
    """The file that is named, or that of the service that runs, or the usual one."""
    if context.options.config is None:
        with suppress(ControlError):
            return Path(context.control.call("config-file")["file"])
    return context.options.config_path


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _service(context: Context) -> list[Finding]:
    """What the service that runs says of its ports and servers; nothing: it does not run."""
    from firmware.box.doctor import Finding

    try:
        ports, servers = context.control.call("ports"), context.control.call("servers")
        alarms = context.control.call("alarms")
    except ControlError:
        return []
    found = [Finding("service", "ok", "it runs")]
    for port in ports:
        bad = port["admin_status"] == AdminStatus.FAULT.value
        do = f"tipring explain port {port['port']}" if bad or port["last_error"] else ""
        state = "FAIL" if bad else "warn" if port["last_error"] else "ok"
        seen = f"{port['register_status']}, {port['physical_status']} {port['last_error']}".strip()
        found.append(Finding(f"port {port['port']}", state, seen, do))
    for server in servers:
        dead = server["state"] == "dead"
        seen = f"{server['state']} {server['last_error']}".strip()
        do = "tipring show sbc; is it up, and is there a firewall?" if dead else ""
        found.append(Finding(server["server"], "FAIL" if dead else "ok", seen, do))
    grave = [a for a in alarms if a["severity"] in {"critical", "major"}]
    found += [Finding(f"alarm {a['where']}", "FAIL", a["what"]) for a in grave]
    return found
