"""The functions of libspeexdsp that `echo_filter` calls, as cffi's ABI mode wants to have them.

Made by tools/compile_abi.py from C declarations; change those.
"""

from _cffi_backend import FFI

ffi = FFI(
    "speex_abi",
    _version=0x2601,
    _types=bytes.fromhex(
        "00 00 02 0d 00 00 13 03 00 00 07 01 00 00 02 03 00 00"
        "00 0f 00 00 01 0d 00 00 07 01 00 00 07 01 00 00 00 0f"
        "00 00 13 0d 00 00 01 11 00 00 00 0f 00 00 13 0d 00 00"
        "01 11 00 00 12 03 00 00 0e 11 00 00 12 03 00 00 00 0f"
        "00 00 02 01 00 00 00 01"
    ),
    _globals=(
        b"\x00\x00\x0c\x23speex_echo_cancellation",
        0,
        b"\x00\x00\x00\x23speex_echo_ctl",
        0,
        b"\x00\x00\x09\x23speex_echo_state_destroy",
        0,
        b"\x00\x00\x05\x23speex_echo_state_init",
        0,
        b"\x00\x00\x09\x23speex_echo_state_reset",
        0,
    ),
)
