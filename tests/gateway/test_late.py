"""OpenSSL is loaded when something needs it, and then it is whole (`firmware.late`)."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from tests.certificates import Authority


def told(program: str, *words: str) -> str:
    """What a fresh interpreter prints that keeps OpenSSL out and then runs `program`."""
    start = "from firmware import late; late.keep_out()\n"
    loaded = "import sys\nloaded = lambda: {'_ssl', '_hashlib'} & set(sys.modules)\n"
    done = subprocess.run(
        [sys.executable, "-c", start + loaded + program, *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_daemon_that_speaks_udp_imports_no_openssl() -> None:
    assert told("import firmware.daemon; print(loaded())") == "set()"


def test_the_voice_process_looks_at_no_signatures() -> None:
    """A megabyte: each class of its own has a docstring, or `dataclasses` would want one.

    From Python 3.13 on `dataclasses` looks at signatures whatever a class has.
    """
    program = """
late.keep_out_of_voice()
from firmware.media import process
print({'ast', 'dis', 'typing_extensions'} & set(sys.modules))
import inspect, typing_extensions
print(inspect.signature(process.run).return_annotation, typing_extensions.get_type_hints)
"""
    kept, there = told(program).splitlines()
    assert kept == "set()" or (sys.version_info >= (3, 13) and "typing_extensions" not in kept)
    assert there.startswith("int <function get_type_hints")


def test_compressors_are_there_for_who_asks() -> None:
    """shutil imports them and loads neither; an archive of their kind is written all the same."""
    program = """
import io, shutil, sys, tarfile
print({'_bz2', '_lzma'} & set(sys.modules))
with tarfile.open(fileobj=io.BytesIO(), mode='w:bz2') as archive:
    archive.add(sys.executable, recursive=False)
print(sorted({'_bz2', '_lzma'} & set(sys.modules)), shutil._BZ2_SUPPORTED, shutil._LZMA_SUPPORTED)
"""
    assert told(program).splitlines() == ["set()", "['_bz2'] True True"]


def test_a_socket_that_is_accepted_is_none_of_openssls_and_loads_nothing() -> None:
    """asyncio asks each whether it is one; a console at the control socket cost 9 MB so."""
    program = """
import asyncio, socket
async def accept():
    loop = asyncio.get_running_loop()
    ours, theirs = socket.socketpair()
    await loop.connect_accepted_socket(asyncio.Protocol, theirs)
    print(loaded())
    ours.close()
asyncio.run(accept())
"""
    assert told(program) == "set()"


def test_a_digest_that_only_openssl_has_brings_its_hashes_and_no_more() -> None:
    asked = "from firmware.sip.digest import hashed_secret\n"
    asked += "said = [hashed_secret(name, '', '', '') for name in ('md5', 'sha-256')]\n"
    assert told(f"{asked}print(loaded())") == "set()"
    more = "hashed_secret('sha-512-256', 'a', 'b', 'c')"
    assert told(f"{asked}{more}; print(loaded())") == "{'_hashlib'}"
    assert told(f"{asked}print({more})") == hashlib.new("sha512_256", b"a:b:c").hexdigest()


def test_tls_between_two_sockets_of_asyncio_works_after_all(tmp_path: Path) -> None:
    """The event loop is made before anybody speaks TLS, as in the daemon."""
    program = """
import asyncio, ssl, sys
async def speak():
    assert not loaded()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(sys.argv[1], sys.argv[2])
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(sys.argv[3])
    async def echo(reader, writer):
        writer.write(await reader.readline())
        await writer.drain()
        writer.close()
    listening = await asyncio.start_server(echo, "127.0.0.1", 0, ssl=server)
    port = listening.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=client, server_hostname="localhost")
    writer.write(b"heard\\n")
    print((await reader.readline()).decode())
    writer.close()
    listening.close()
asyncio.run(speak())
"""
    authority = Authority(tmp_path)
    ours = authority.certifies("localhost", "DNS:localhost")
    assert told(program, *map(str, (ours.cert, ours.key, authority.ca))) == "heard"
