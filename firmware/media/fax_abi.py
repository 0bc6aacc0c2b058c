"""The functions of libspandsp that `fax_library` calls, as cffi's ABI mode wants to have them.

Made by tools/compile_abi.py from C declarations; change those.
"""

from _cffi_backend import FFI

ffi = FFI(
    "fax_abi",
    _version=0x2601,
    _types=bytes.fromhex(
        "00 00 06 0d 00 00 2a 03 00 00 00 0f 00 00 06 0d 00 00"
        "01 11 00 00 29 03 00 00 07 01 00 00 00 0f 00 00 06 0d"
        "00 00 01 11 00 00 29 03 00 00 07 01 00 00 00 0f 00 00"
        "06 0d 00 00 01 11 00 00 0a 11 00 00 07 01 00 00 06 01"
        "00 00 00 0f 00 00 01 0d 00 00 01 11 00 00 00 0f 00 00"
        "01 0d 00 00 01 11 00 00 07 01 00 00 01 11 00 00 01 11"
        "00 00 00 0f 00 00 01 0d 00 00 01 11 00 00 01 11 00 00"
        "01 11 00 00 00 0f 00 00 2a 0d 00 00 01 11 00 00 06 03"
        "00 00 00 0f 00 00 2a 0d 00 00 01 11 00 00 07 01 00 00"
        "00 0f 00 00 02 01 00 00 00 01"
    ),
    _globals=(
        b"\x00\x00\x08\x23modem_connect_tones_rx",
        0,
        b"\x00\x00\x00\x23modem_connect_tones_rx_free",
        0,
        b"\x00\x00\x00\x23modem_connect_tones_rx_get",
        0,
        b"\x00\x00\x16\x23modem_connect_tones_rx_init",
        0,
        b"\x00\x00\x0d\x23t38_core_rx_ifp_packet",
        0,
        b"\x00\x00\x00\x23t38_gateway_free",
        0,
        b"\x00\x00\x13\x23t38_gateway_get_t38_core_state",
        0,
        b"\x00\x00\x21\x23t38_gateway_get_transfer_statistics",
        0,
        b"\x00\x00\x1c\x23t38_gateway_init",
        0,
        b"\x00\x00\x03\x23t38_gateway_rx",
        0,
        b"\x00\x00\x25\x23t38_gateway_set_ecm_capability",
        0,
        b"\x00\x00\x25\x23t38_gateway_set_supported_modems",
        0,
        b"\x00\x00\x25\x23t38_gateway_set_transmit_on_idle",
        0,
        b"\x00\x00\x03\x23t38_gateway_tx",
        0,
        b"\x00\x00\x25\x23t38_set_t38_version",
        0,
    ),
)
