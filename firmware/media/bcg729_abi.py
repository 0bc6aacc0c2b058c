"""The functions of libbcg729 that `library_codecs` calls, as cffi's ABI mode wants to have them.

Made by tools/compile_abi.py from C declarations; change those.
"""

from _cffi_backend import FFI

ffi = FFI(
    "bcg729_abi",
    _version=0x2601,
    _types=bytes.fromhex(
        "00 00 06 0d 00 00 04 01 00 00 00 0f 00 00 06 0d 00 00"
        "00 0f 00 00 18 0d 00 00 18 03 00 00 00 0f 00 00 18 0d"
        "00 00 06 11 00 00 17 03 00 00 17 03 00 00 01 03 00 00"
        "00 0f 00 00 18 0d 00 00 06 11 00 00 0a 11 00 00 04 01"
        "00 00 04 01 00 00 04 01 00 00 04 01 00 00 0b 11 00 00"
        "00 0f 00 00 02 01 00 00 00 01"
    ),
    _globals=(
        b"\x00\x00\x0e\x23bcg729Decoder",
        0,
        b"\x00\x00\x08\x23bcg729Encoder",
        0,
        b"\x00\x00\x05\x23closeBcg729DecoderChannel",
        0,
        b"\x00\x00\x05\x23closeBcg729EncoderChannel",
        0,
        b"\x00\x00\x03\x23initBcg729DecoderChannel",
        0,
        b"\x00\x00\x00\x23initBcg729EncoderChannel",
        0,
    ),
)
