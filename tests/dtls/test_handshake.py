"""Handshakes with another implementation and with ourselves (RFC 5764), by the real process."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from firmware.dtls import association
from firmware.dtls.messages import Agreed, Failed, Leave, Left, Record, Refused
from firmware.media.messages import Protection
from firmware.media.srtp import Guard, Vault
from tests.dtls.ends import HERE, PROGRAM, End, OpenSsl, Way
from tests.media.test_srtp import heard, rtp

pytestmark = pytest.mark.wire
DENIED = (
    sys.executable, "-W", "ignore", "-c",
    "import ctypes, sys; ctypes.CDLL(None).prctl(65, 1, 0, 0, 0);"
    "from firmware.dtls.process import main; sys.exit(main(sys.argv[1:]))",
)  # fmt: skip


def plays(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scenario)


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A certificate of the other implementation, and its fingerprint."""
    folder = tmp_path_factory.mktemp("theirs")
    path = folder / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-subj", "/CN=far", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    path.write_text((folder / "key.pem").read_text() + (folder / "cert.pem").read_text())
    told = subprocess.run(
        ["openssl", "x509", "-in", path, "-noout", "-fingerprint", "-sha256"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return path, f"sha-256 {told.strip().partition('=')[2]}"


def test_the_keys_are_those_of_another_implementation(theirs: tuple[Path, str]) -> None:
    """RFC 5764 section 4.2: client key, server key, client salt, server salt; both roles."""
    path, fingerprint = theirs

    async def scenario() -> None:
        async with End() as ours:
            ours.agrees(free_port(), fingerprint, active=False)
            client = await OpenSsl.runs(
                "s_client", "-dtls1_2", "-connect", f"{HERE}:{ours.port}", "-cert", str(path),
                "-key", str(path),
            )  # fmt: skip
            made = await client.material()
            agreed = await ours.hears(Agreed)
            await client.ends()
            assert agreed.suite == "AES_CM_128_HMAC_SHA1_80"
            assert agreed.receives == made[:16] + made[32:46]
            assert agreed.sends == made[16:32] + made[46:]

            port = free_port()
            server = await OpenSsl.runs(
                "s_server", "-dtls1_2", "-accept", f"{HERE}:{port}", "-Verify", "1", "-cert",
                str(path), "-key", str(path),
            )  # fmt: skip
            ours.agrees(port, fingerprint, active=True, number=2)
            made = await server.material()
            agreed = await ours.hears(Agreed)
            await server.ends()
            assert agreed.number == 2
            assert agreed.sends == made[:16] + made[32:46]
            assert agreed.receives == made[16:32] + made[46:]

    plays(scenario())


def free_port() -> int:
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind((HERE, 0))
        port: int = one.getsockname()[1]
        return port


def test_two_of_us_agree_and_what_one_protects_the_other_opens() -> None:
    """Whoever begins; RTP that comes before there are keys does no harm; then goodbye.

    Both as the service runs: no memory may be written and executed (Linux 6.3 knows that).
    """

    async def scenario() -> None:
        async with End(DENIED) as a, End(DENIED) as b:
            b.agrees(a.port, a.fingerprint, active=False)
            a.socket.sendto(rtp(1), (HERE, b.port))
            a.socket.sendto(b"\x16", (HERE, b.port))
            a.agrees(b.port, b.fingerprint, active=True)
            here, there = await a.hears(Agreed), await b.hears(Agreed)
            assert here.suite == there.suite
            assert (here.sends, here.receives) == (there.receives, there.sends)
            assert here.sends.hex() not in repr(here)
            ours, others = (
                Guard(Vault(), Protection(suite=x.suite, sends=x.sends, receives=x.receives))
                for x in (here, there)
            )
            assert heard(others, ours.protect(rtp(7))) == rtp(7)
            # the socket is the voice process's now: what comes is told, and handed over
            a.link.send(Leave(number=1))
            left = asyncio.ensure_future(b.hears(Left))
            await reads_until(b, left)
            assert left.result().number == 1

    plays(scenario())


def test_what_is_lost_is_said_again_also_when_one_end_is_done() -> None:
    """RFC 6347 section 4.2.4: the last of the server's flights is repeated if the client repeats
    its own, which by then comes where voice comes."""

    async def scenario() -> None:
        async with End() as a, End() as b:
            way = Way(a, b)
            way.loses = [{0}, {1}]
            b.agrees(way.ports[1], a.fingerprint, active=False)
            a.agrees(way.ports[0], b.fingerprint, active=True)
            there = await b.hears(Agreed)
            here = asyncio.ensure_future(a.hears(Agreed))
            assert await reads_until(b, here) > 0
            assert here.result().sends == there.receives
            way.closes()

    plays(scenario())


async def reads_until(end: End, done: asyncio.Future[Any]) -> int:
    """The socket is the voice process's, which hands over what is no voice; so many of it."""
    loop, handed_over = asyncio.get_running_loop(), 0
    while not done.done():
        coming = asyncio.ensure_future(loop.sock_recv(end.socket, 2048))
        await asyncio.wait({done, coming}, return_when=asyncio.FIRST_COMPLETED)
        if coming.done():
            end.link.send(Record(number=1, data=coming.result()))
            handed_over += 1
        else:
            coming.cancel()
    return handed_over


def test_nobody_is_waited_for_for_ever(theirs: tuple[Path, str]) -> None:
    """Nobody comes; somebody begins and does not go on."""

    async def scenario() -> None:
        async with End() as ours, End() as b:
            ours.agrees(free_port(), theirs[1], active=True, patience=0.3)
            assert (await ours.hears(Refused)).why == "nobody came to the handshake in 0.3 s"
            way = Way(ours, b)
            way.loses = [set(range(9)), set()]
            b.agrees(way.ports[1], theirs[1], active=True)
            ours.agrees(way.ports[0], theirs[1], active=False, number=2, patience=1.0)
            why = (await ours.hears(Refused)).why
            assert why == "the handshake was not finished in 1 s"
            way.closes()

    plays(scenario())


def test_a_certificate_that_was_not_named_is_refused_in_words(theirs: tuple[Path, str]) -> None:
    """RFC 5763 section 5: a man in the middle has another."""

    async def scenario() -> None:
        async with End() as a, End() as b:
            b.agrees(a.port, theirs[1], active=False)
            a.agrees(b.port, b.fingerprint, active=True)
            assert (await b.hears(Refused)).why == association.OTHER

    plays(scenario())


def test_a_far_end_without_a_cipher_of_ours_is_refused(theirs: tuple[Path, str]) -> None:
    async def scenario() -> None:
        async with End() as ours:
            ours.agrees(free_port(), theirs[1], active=False)
            process = await asyncio.create_subprocess_exec(
                "openssl", "s_client", "-dtls1_2", "-connect", f"{HERE}:{ours.port}",
                "-cipher", "AES128-SHA", stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            refused = await ours.hears(Refused)
            await process.wait()
            assert refused.why.startswith("the handshake failed: ")

    plays(scenario())


def test_the_gateway_has_nothing_of_aiortc_in_it() -> None:
    """Half a second and 60 MB, for who asks for it only: the process that shakes hands."""
    code = (
        "import sys, firmware.daemon, firmware.port.keying, firmware.media.process;"
        "print({'aiortc', 'av', 'cryptography', 'OpenSSL', 'pylibsrtp'} & set(sys.modules))"
    )
    told = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True,
                          text=True, check=True)  # fmt: skip
    assert told.stdout == "set()\n"


def test_a_process_that_is_killed_ends_and_its_signal_is_told() -> None:
    async def scenario() -> None:
        async with End() as ours:
            assert ours.link.pid is not None
            os.kill(ours.link.pid, signal.SIGKILL)
            assert await asyncio.wait_for(ours.exits.get(), 10) == -signal.SIGKILL

    plays(scenario())


def test_without_aiortc_it_says_so_and_ends(tmp_path: Path) -> None:
    """As on a machine where the package is broken."""
    (tmp_path / "aiortc").mkdir()
    (tmp_path / "aiortc" / "__init__.py").write_text("raise ImportError('no such library')\n")
    program = ("env", f"PYTHONPATH={tmp_path}", *PROGRAM)

    async def scenario() -> None:
        end = End(program)
        end.link.start()
        assert await asyncio.wait_for(end.exits.get(), 10) == 1
        (told,) = end._reports
        assert told == Failed(reason="aiortc cannot be loaded: no such library")
        end.socket.close()

    plays(scenario())
