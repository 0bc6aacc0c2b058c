"""Wrong values by the dozen: what may stand where a field of a message should be.

The ideas are those of the PROTOS tests of Oulu (c07-sip): overlong and empty text, control
characters, numbers at the edges of machine words, format strings, broken UTF-8, doubled and
missing separators, quotes and brackets that never close. Everything is deterministic.
"""

from __future__ import annotations

NUMBERS = [
    str(number)
    for number in (
        0,
        -1,
        1,
        255,
        256,
        65535,
        65536,
        2**31 - 1,
        2**31,
        2**32 - 1,
        2**32,
        2**63,
        2**64,
        10**30,
    )
]

TEXTS: dict[str, bytes] = {
    "empty": b"",
    "space": b" ",
    "spaces": b" \t " * 40,
    "nul": b"\x00",
    "nul within": b"a\x00b",
    "bell escape delete": b"\x07\x1b[2J\x7f",
    "c1 controls": bytes(range(0x80, 0xA0)),
    "bare cr": b"a\rb",
    "bare lf": b"a\nb",
    "header injected": b"a\r\nX-Injected: yes",
    "second message": b"a\r\n\r\nINVITE sip:x@y SIP/2.0\r\n",
    "folded": b"a\r\n b",
    "folded to nothing": b"\r\n \r\n\t",
    "fold without text": b"a\r\n ",
    "vertical tab, form feed": b"a\x0bb\x0cc",
    "file separators": b"\x1c\x1d\x1e\x1f",
    "unicode line ends": "a\u2028b\u2029c\u0085d".encode(),
    "unicode spaces": "\u00a0\u2003\u3000".encode(),
    "unicode digits": "\u0661\uff12\u00b2".encode(),
    "kelvin sign": "\u212a".encode(),
    "eight bits": b"\xc4\xe3\xba\xc3",
    "all high bytes": bytes(range(0xA0, 0x100)),
    "overlong utf-8": b"\xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xaf",
    "utf-8 surrogate": b"\xed\xa0\x80\xed\xbf\xbf",
    "utf-8 cut short": b"\xe2\x82",
    "byte order mark": b"\xef\xbb\xbf",
    "format string": b"%s%n%x%d" * 8,
    "python format": b"{0.__class__}{}%(a)s",
    "shell": b"$(reboot);`id`|&",
    "path": b"../" * 30 + b"etc/passwd",
    "markup": b"<!--#exec--><script>",
    "percent": b"%",
    "percent escape cut": b"%4",
    "percent nul": b"%00%0d%0a",
    "open quote": b'"',
    "quote pair": b'""',
    "quotes unbalanced": b'"a" "b',
    "quote ends in escape": b'"a\\"',
    "escapes": b"\\" * 31,
    "open angle": b"<",
    "close angle": b">",
    "angles nested": b"<<sip:a@b>>",
    "angles unbalanced": b"<sip:a@b",
    "many open angles": b"<" * 300,
    "open bracket": b"[",
    "brackets wrong": b"]1[::",
    "open comment": b"(",
    "comments nested": b"(" * 300 + b")" * 300,
    "comma": b",",
    "commas": b"," * 300,
    "semicolon": b";",
    "semicolons": b";" * 300,
    "colon": b":",
    "colons": b":" * 300,
    "equals": b"=",
    "at": b"@",
    "ats": b"a@b@c",
    "slash": b"/",
    "question": b"?a=b",
    "star": b"*",
    "plus number": b"+5",
    "underscored number": b"1_0",
    "hex number": b"0x10",
    "float": b"1e9",
    "nan": b"nan",
    "number and blank": b" 12 ",
    "leading zeros": b"0" * 40 + b"1",
    "5000 digits": b"9" * 5000,
    "loopback": b"127.0.0.1",
    "broadcast": b"255.255.255.255",
    "ipv4 too big": b"999.999.999.999",
    "ipv4 short": b"127.1",
    "ipv4 octal": b"010.0.0.01",
    "ipv6 bare": b"2001:db8::1",
    "ipv6 three colons": b"[2001:db8:::192.0.2.1]",
    "ipv6 zone": b"[fe80::1%eth0]",
    "sip uri": b"sip:a@b",
    "sips uri": b"sips:a@b",
    "tel uri": b"tel:+1;phone-context=x",
    "name-addr": b'"a" <sip:a@b>;c=d',
    "unknown scheme": b"urn:x:y",
    "version": b"SIP/3.0",
    "method": b"ACK",
    "100 bytes": b"a" * 100,
    "1000 bytes": b"a" * 1000,
    "10000 bytes": b"a" * 10000,
    "40000 bytes": b"a" * 40000,
    "long word list": b"a," * 2000,
    "long parameter list": b";a=b" * 2000,
    "long path of dots": b"a." * 2000,
} | {f"number {text}": text.encode() for text in NUMBERS}

AROUND: dict[str, tuple[bytes, bytes]] = {
    "doubled": (b"%", b"%"),  # a percent sign stands for the right value
    "listed twice": (b"%, ", b"%"),
    "quoted": (b'"%', b'"'),
    "angled": (b"<%", b">"),
    "cut in half": (b"/", b""),
    "nul before": (b"\x00%", b""),
    "nul after": (b"%", b"\x00"),
    "blank before": (b" %", b""),
    "blank after": (b"%", b" "),
    "folded before": (b"\r\n %", b""),
    "comma after": (b"%,", b""),
    "semicolon after": (b"%;", b""),
    "high byte after": (b"%\xff", b""),
    "format after": (b"%%n%s", b""),
}
"""What is done with the value that belongs there."""


def variants(right: bytes) -> dict[str, bytes]:
    """Every anomaly of a field whose right value is `right`, by name."""
    found = dict(TEXTS)
    for name, (before, after) in AROUND.items():
        if name == "cut in half":
            found[name] = right[: len(right) // 2]
        else:
            found[name] = before.replace(b"%", right, 1) + after.replace(b"%", right, 1)
    return {name: value for name, value in found.items() if value != right}
