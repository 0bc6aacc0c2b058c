"""The functions of libspandsp that `library_codecs` calls, as cffi's ABI mode wants to have them.

Made by tools/compile_abi.py from C declarations; change those.
"""

from _cffi_backend import FFI

ffi = FFI(
    "g726_abi",
    _version=0x2601,
    _types=bytes.fromhex(
        "00 00 07 0d 00 00 10 03 00 00 00 0f 00 00 07 0d 00 00"
        "01 11 00 00 0f 03 00 00 0f 03 00 00 07 01 00 00 00 0f"
        "00 00 01 0d 00 00 01 11 00 00 07 01 00 00 07 01 00 00"
        "07 01 00 00 00 0f 00 00 02 01 00 00 00 01"
    ),
    _globals=(
        b"\x00\x00\x03\x23g726_decode",
        0,
        b"\x00\x00\x03\x23g726_encode",
        0,
        b"\x00\x00\x00\x23g726_free",
        0,
        b"\x00\x00\x09\x23g726_init",
        0,
    ),
)
