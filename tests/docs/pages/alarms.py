"""docs/reference/alarms.md, from every place in the code that sets an alarm."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.docs.pages.markdown import ROOT, code, page, table

HEAD = """\
What is wrong stands in `show alarms` while it is so (`--history`: with its end), and in
`explain port`; the log has it when it begins, and `tipring_alarms` of the [metrics](metrics.md)
counts them. Severities are those of ITU-T X.733: `critical` (nobody, or a whole port, is served),
`major` (something that was configured does not work), `minor` (something optional is missing),
`warning` (all works, look at it soon). An alarm ends by itself when what it says is no longer so.
"""
FIRMWARE = ROOT / "firmware"


@dataclass(frozen=True, slots=True)
class Site:
    """A place in the code that sets an alarm."""

    file: str
    where: str
    """As the code writes it."""
    severities: tuple[str, ...]


MEANT: dict[tuple[str, str], tuple[str, str, str]] = {
    ("card/rack.py", "'card'"): (
        "card", "The line card cannot be opened: a device is missing, or is not ours to use.",
        "`tipring doctor`; it is tried again by itself",
    ),
    ("card/rack.py", "self.where(port)"): (
        "[1:2]", "A line circuit does not work: its bus, its battery, its clock, or heat.",
        "`show line 2`, `test line 2`; it is tried again by itself, later and later",
    ),
    ("gateway.py", "where"): (
        "[1:2] line", "Something is odd with a line that works: heat, a leak, a foreign voltage.",
        "`show line 2`, `test line 2`, then the wires",
    ),
    ("binding_news.py", "f'{where} sip'"): (
        "[1:2] sip", "The line is not registered, and its last answer was a refusal.",
        "`explain registration 2`",
    ),
    ("server_news.py", "name"): (
        "sbc 1", "A server does not answer the heartbeat.", "`show sbc`; the others are used",
    ),
    ("server_news.py", "ISOLATED"): (
        "sbc", "No server answers: only the telephones of this box can call each other.",
        "network cable, firewall, address of the servers",
    ),
    ("signalling.py", "'network'"): (
        "network", "There is no address of ours, or no way to the servers.",
        "cable, DHCP, `[sip] listen`; it is tried again by itself",
    ),
    ("signalling.py", "what"): (
        "connection to 10.0.0.9:5061;tls", "A TCP or TLS connection to a server cannot be made.",
        "the reason says which of route, certificate and date it is",
    ),
    ("signalling.py", "'codecs'"): (
        "codecs", "A codec of `[rtp] codecs` has no library here, and is not offered.",
        "install the package that it names",
    ),
    ("voice_link.py", "'codecs'"): (
        "codecs", "The process that works G.722 and Opus cannot be kept alive.",
        "the log says why; calls go by the other codecs",
    ),
    ("voice_link.py", "'media'"): (
        "media", "Critical: the voice process ended, and is started again; calls go on. Minor: a "
        "library is missing, and fax or the echo canceller with it.",
        "`journalctl -u tipring`; install the package that it names",
    ),
    ("port/keying.py", "'keys'"): (
        "keys", "The process that agrees on keys (DTLS) ended; such calls are refused meanwhile.",
        "the log says why; it is started again with the next call",
    ),
    ("daemon.py", "'config file'"): (
        "config file", "The configuration file was refused at the start; what ran last runs.",
        "`config check`, mend it, `config apply`",
    ),
    ("renewal.py", "WHERE"): (
        "config", "A change is applied and waits until its telephones are at rest.",
        "wait, or `config apply --now`, which ends their calls",
    ),
    ("desk/config.py", "COPY"): (
        "config copy", "The copy of what runs could not be written; if the file is lost, an older "
        "one will run.", "make room on the disk, then `config apply`",
    ),
    ("daemon.py", "'metrics'"): (
        "metrics", "The address of `[metrics] listen` cannot be used.", "another address or port",
    ),
    ("mqtt/watch.py", "WHERE"): (
        "mqtt", "The broker is away, or refuses us; telephones do not notice.",
        "the reason is in it; it is tried again by itself",
    ),
    ("box/health.py", "WHERE"): (
        "box", "Heat or under-voltage of a Raspberry Pi.", "air, a better power supply",
    ),
    ("box/room.py", "where"): (
        "files, disk", "No file is left to open, so a new call may be refused; or a disk is full "
        "or read-only, so that changes are not remembered.",
        "`LimitNOFILE=` in the unit; delete something, or mount it to be written to",
    ),
}  # fmt: skip
"""By file and place as the code writes it: the place as it is shown, what it means, what to do."""


def make() -> str:
    rows, known = [], {(site.file, site.where): site for site in sites()}
    for key, (shown, means, do) in MEANT.items():
        site = known[key]
        source = f"[{site.file}](../../firmware/{site.file})"
        rows.append((code(shown), ", ".join(site.severities), means, do, source))
    head = ("where", "severity", "what it means", "what to do", "set in")
    return page("Alarms", HEAD, table(head, rows))


def sites() -> set[Site]:
    """Every place that sets one, with all severities that it may have there."""
    found: dict[tuple[str, str], set[str]] = {}
    for path in FIRMWARE.rglob("*.py"):
        for where, severities in _set_in(path):
            found.setdefault((str(path.relative_to(FIRMWARE)), where), set()).update(severities)
    return {Site(*key, tuple(sorted(severities))) for key, severities in found.items()}


def _set_in(path: Path) -> Iterator[tuple[str, set[str]]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        owner = ast.unparse(node.func.value)
        if node.func.attr == "set" and owner.endswith("alarms") and len(node.args) == 3:
            where, severity, _ = node.args
            yield ast.unparse(where), _strings(severity)


def _strings(node: ast.expr) -> set[str]:
    """A constant, or both ways of a condition."""
    if isinstance(node, ast.IfExp):
        return _strings(node.body) | _strings(node.orelse)
    return {str(ast.literal_eval(node))}
