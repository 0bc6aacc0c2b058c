"""The functions of libspandsp that `dsp` calls, as cffi's ABI mode wants to have them.

Made by tools/compile_abi.py from C declarations; change those.
"""

from _cffi_backend import FFI

ffi = FFI(
    "spandsp_abi",
    _version=0x2601,
    _types=bytes.fromhex(
        "00 00 06 0d 00 00 19 03 00 00 00 0f 00 00 06 0d 00 00"
        "01 11 00 00 18 03 00 00 07 01 00 00 00 0f 00 00 06 0d"
        "00 00 01 11 00 00 18 03 00 00 07 01 00 00 00 0f 00 00"
        "01 0d 00 00 01 11 00 00 07 01 00 00 00 0f 00 00 19 0d"
        "00 00 01 11 00 00 07 01 00 00 07 01 00 00 07 01 00 00"
        "07 01 00 00 00 0f 00 00 02 01 00 00 00 01"
    ),
    _globals=(
        b"\x00\x00\x03\x23adsi_tx",
        0,
        b"\x00\x00\x00\x23adsi_tx_free",
        0,
        b"\x00\x00\x0d\x23adsi_tx_init",
        0,
        b"\x00\x00\x08\x23adsi_tx_put_message",
        0,
        b"\x00\x00\x11\x23adsi_tx_set_preamble",
        0,
    ),
)
