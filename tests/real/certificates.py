"""Keys and certificates as openssl makes them, good ones and expired ones: NAME.key and NAME.crt in a folder."""
import subprocess
from dataclasses import dataclass
from pathlib import Path

KEY = ("-newkey", "rsa:2048", "-nodes")


@dataclass(frozen=True)
class Pair:
    key: Path
    certificate: Path


def _pair(folder, name):
    return Pair(folder / f"{name}.key", folder / f"{name}.crt")


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def self_signed(folder, name):
    pair = _pair(folder, name)
    _openssl("req", "-x509", *KEY, "-days", 30, "-subj", f"/CN={name}", "-keyout", pair.key, "-out", pair.certificate)
    return pair


def expired(folder, name, of):
    """A certificate of the key of the Pair `of`, which ended yesterday."""
    pair, request = Pair(of.key, folder / f"{name}.crt"), folder / f"{name}.csr"
    _openssl("req", "-new", "-key", of.key, "-subj", f"/CN={name}", "-out", request)
    _openssl("x509", "-req", "-in", request, "-signkey", of.key, "-days", -1, "-out", pair.certificate)
    return pair


def issue(folder, name, authority, days, alternative_name):
    """A server's certificate by the authority of that name in the same folder."""
    pair, issuer = _pair(folder, name), _pair(folder, authority)
    request, extensions = folder / f"{name}.csr", folder / f"{name}.extensions"
    extensions.write_text(f"subjectAltName={alternative_name}\n")
    _openssl("req", "-new", *KEY, "-subj", f"/CN={name}", "-keyout", pair.key, "-out", request)
    _openssl(
        "x509", "-req", "-in", request, "-CA", issuer.certificate, "-CAkey", issuer.key, "-CAcreateserial",
        "-days", days, "-extfile", extensions, "-out", pair.certificate,
    )  # fmt: skip
    return pair
