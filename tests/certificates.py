"""Certificates for tests, made on the spot by the openssl command."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")

SIGNED = "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
"""What Python 3.13 wants to see, too."""

LATER = f"""
[ca]
default_ca = here
[here]
database = {{index}}
rand_serial = yes
new_certs_dir = {{folder}}
default_md = sha256
policy = any
x509_extensions = server
[any]
commonName = supplied
[server]
subjectAltName = {{names}}
{SIGNED}
"""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Names of two PEM files."""

    cert: Path
    key: Path


class Authority:
    """One that signs certificates; its own is `ca`.

    Args:
        folder: where all files are put.
        name: of the authority, and of its files.
    """

    def __init__(self, folder: Path, name: str = "ca") -> None:
        self.ca = folder / f"{name}.pem"
        self._key = folder / f"{name}.key"
        self._folder = folder
        _openssl("req", "-x509", *EC, "-keyout", self._key, "-out", self.ca, "-days", "30",
                 "-subj", f"/CN=tipring test {name}",
                 "-addext", "basicConstraints=critical,CA:TRUE",
                 "-addext", "keyUsage=critical,keyCertSign,cRLSign")  # fmt: skip

    def certifies(self, name: str, *identities: str, days: int = 30) -> Certificate:
        """A certificate made out to `identities` (``DNS:host``, ``URI:sip:domain``, ``IP:...``).

        Args:
            name: of its files, and its common name.
            identities: none: it has no subjectAltName.
            days: that it is good for; negative: it has expired.
        """
        key, asked, cert = (self._folder / f"{name}.{kind}" for kind in ("key", "csr", "pem"))
        extensions = self._folder / f"{name}.ext"
        named = f"subjectAltName={','.join(identities)}\n" if identities else ""
        extensions.write_text(f"{named}{SIGNED}")
        _openssl("req", *EC, "-keyout", key, "-out", asked, "-subj", f"/CN={name}")
        _openssl("x509", "-req", "-in", asked, "-CA", self.ca, "-CAkey", self._key,
                 "-CAcreateserial", *_good_for(days), "-extfile", extensions,
                 "-out", cert)  # fmt: skip
        key.chmod(0o600)
        return Certificate(cert, key)

    def certifies_from_2090(self, name: str, *identities: str) -> Certificate:
        """The same, but it is not good yet; only ``openssl ca`` of OpenSSL 3.0 can say when."""
        key, asked, cert = (self._folder / f"{name}.{kind}" for kind in ("key", "csr", "pem"))
        settings, index = self._folder / f"{name}.cnf", self._folder / f"{name}.index"
        index.touch()
        settings.write_text(
            LATER.format(index=index, folder=self._folder, names=",".join(identities))
        )
        _openssl("req", *EC, "-keyout", key, "-out", asked, "-subj", f"/CN={name}")
        _openssl("ca", "-batch", "-notext", "-config", settings, "-in", asked, "-out", cert,
                 "-cert", self.ca, "-keyfile", self._key,
                 "-startdate", "20900101000000Z", "-enddate", "20910101000000Z")  # fmt: skip
        key.chmod(0o600)
        return Certificate(cert, key)


def signed_by_itself(folder: Path, name: str, *identities: str) -> Certificate:
    """A certificate that nobody vouches for."""
    key, cert = folder / f"{name}.key", folder / f"{name}.pem"
    _openssl("req", "-x509", *EC, "-keyout", key, "-out", cert, "-days", "30", "-subj",
             f"/CN={name}", "-addext", f"subjectAltName={','.join(identities)}")  # fmt: skip
    key.chmod(0o600)
    return Certificate(cert, key)


def _good_for(days: int) -> tuple[object, ...]:
    """OpenSSL 3.4 and later want to be told from when to when; before that it could not be."""
    if days > 0 or b"-not_after" not in _openssl("x509", "-help"):
        return "-days", days
    return "-not_before", "20200101000000Z", "-not_after", "20200102000000Z"


def _openssl(*words: object) -> bytes:
    ran = subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
    return ran.stdout + ran.stderr
