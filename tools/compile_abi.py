"""Compile the C declarations of our C libraries into firmware/media/*_abi.py.

cffi reads C with pycparser, which takes 5 MB and 40 ms of each process that does it. Done
here once, the media process needs neither. Run it after a change of the declarations::

    .venv/bin/python tools/compile_abi.py            writes the files
    .venv/bin/python tools/compile_abi.py --check    exit status 1: one is not up to date
"""
# ruff: noqa: INP001 - a script of its own, no package

from __future__ import annotations

import ast
import contextlib
import sys
import tempfile
from pathlib import Path

import cffi

# Samples go in as `const char *`: cffi passes `bytes` for that without a copy.
FAX = """
void *modem_connect_tones_rx_init(void *state, int kind, void *callback, void *user);
int modem_connect_tones_rx(void *state, const char *samples, int count);
int modem_connect_tones_rx_get(void *state);
int modem_connect_tones_rx_free(void *state);
void *t38_gateway_init(void *state, void *handler, void *user);
int t38_gateway_free(void *state);
int t38_gateway_rx(void *state, char *samples, int count);
int t38_gateway_tx(void *state, char *samples, int most);
void t38_gateway_set_transmit_on_idle(void *state, int on);
void t38_gateway_set_ecm_capability(void *state, int on);
void t38_gateway_set_supported_modems(void *state, int modems);
void t38_gateway_get_transfer_statistics(void *state, int *figures);
void *t38_gateway_get_t38_core_state(void *state);
int t38_core_rx_ifp_packet(void *core, const char *packet, int size, unsigned short sequence);
void t38_set_t38_version(void *core, int version);
"""
SPEEX = """
void *speex_echo_state_init(int frame, int tail);
void speex_echo_cancellation(void *state, const char *said, const char *heard, char *clean);
int speex_echo_ctl(void *state, int request, int *value);
void speex_echo_state_reset(void *state);
void speex_echo_state_destroy(void *state);
"""
G726 = """
void *g726_init(void *state, int bit_rate, int companded, int packing);
int g726_free(void *state);
int g726_encode(void *state, char *octets, const char *samples, int count);
int g726_decode(void *state, char *samples, const char *octets, int size);
"""
BCG729 = """
void *initBcg729EncoderChannel(unsigned char vad);
void closeBcg729EncoderChannel(void *state);
void bcg729Encoder(void *state, const char *samples, char *octets, unsigned char *size);
void *initBcg729DecoderChannel(void);
void closeBcg729DecoderChannel(void *state);
void bcg729Decoder(void *state, const char *octets, unsigned char size, unsigned char lost,
    unsigned char silent, unsigned char comfort, char *samples);
"""
MEDIA = Path(__file__).resolve().parents[1] / "firmware" / "media"
MODULES = {
    "fax_abi": ("libspandsp", "fax_library", FAX),
    "g726_abi": ("libspandsp", "library_codecs", G726),
    "bcg729_abi": ("libbcg729", "library_codecs", BCG729),
    "speex_abi": ("libspeexdsp", "echo_filter", SPEEX),
}
"""Name of each module: of which library it is, who calls it, and what."""
HEAD = '''\
"""The functions of {library} that `{user}` calls, as cffi's ABI mode wants to have them.

Made by tools/compile_abi.py from C declarations; change those.
"""

from _cffi_backend import FFI

'''
BYTES_A_LINE = 18


def compiled(name: str) -> str:
    """The text of a module."""
    library, user, declarations = MODULES[name]
    ffi = cffi.FFI()
    ffi.cdef(declarations)
    ffi.set_source(name, None)
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder, f"{name}.py")
        with contextlib.redirect_stdout(None):  # it says where it writes
            ffi.emit_python_code(str(written))
        (call,) = (n for n in ast.walk(ast.parse(written.read_text())) if isinstance(n, ast.Call))
    given = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
    names = given["_globals"][::2]  # each before a zero: a function has no value
    if any(given["_globals"][1::2]) or set(given) != {"_version", "_types", "_globals"}:
        raise SystemExit("only functions can be compiled")
    return (
        f"{HEAD.format(library=library, user=user)}ffi = FFI(\n"
        f'    "{name}",\n'
        f"    _version=0x{given['_version']:04X},\n"
        f"    _types=bytes.fromhex(\n{_hex(given['_types'])}    ),\n"
        f"    _globals=(\n{''.join(map(_function, names))}    ),\n"
        f")\n"
    )


def _hex(data: bytes) -> str:
    lines = (data[at : at + BYTES_A_LINE] for at in range(0, len(data), BYTES_A_LINE))
    return "".join(f'        "{line.hex(" ")}"\n' for line in lines)


def _function(entry: bytes) -> str:
    """Four octets that say what it is, then its name."""
    octets = "".join(f"\\x{octet:02x}" for octet in entry[:4])
    return f'        b"{octets}{entry[4:].decode()}",\n        0,\n'


def main() -> int:
    made = {MEDIA / f"{name}.py": compiled(name) for name in MODULES}
    if sys.argv[1:] == ["--check"]:
        return int(any(target.read_text() != text for target, text in made.items()))
    for target, text in made.items():
        target.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
