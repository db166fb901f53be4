"""C2SP signed checkpoints and tlog-proofs, read as an auditor does: with the log's public key and openssl."""
import base64
import hashlib
import pathlib
import subprocess
import tempfile
from dataclasses import dataclass

# SubjectPublicKeyInfo of an Ed25519 key up to the key itself (RFC 8410).
SPKI_PREFIX = bytes.fromhex("302a300506032b6570032100")
ED25519 = b"\x01"


class NotSigned(Exception):
    """The note is malformed, or not signed by this key."""


@dataclass(frozen=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes


@dataclass(frozen=True)
class Proof:
    index: int
    hashes: list
    note: str


class Verifier:
    """Opens checkpoints of one log. Each distinct note costs one openssl process, and is verified once."""

    def __init__(self, vkey):
        self.name, key_id, encoded = vkey.strip().split("+", 2)
        key = base64.b64decode(encoded, validate=True)
        if len(key) != 33 or key[:1] != ED25519:
            raise NotSigned("the verifier key is not of Ed25519")
        self.key_id = hashlib.sha256(self.name.encode() + b"\n" + key).digest()[:4]
        if self.key_id.hex() != key_id:
            raise NotSigned("the verifier key's id is not that of its key")
        self.public_key = SPKI_PREFIX + key[1:]
        self.opened = {}

    def open(self, note):
        if note not in self.opened:
            self.opened[note] = self._open(note)
        return self.opened[note]

    def _open(self, note):
        text, empty_line, signatures = note.partition("\n\n")
        lines = text.split("\n")
        if not empty_line or len(lines) != 3 or lines[0] != self.name:
            raise NotSigned("this is no checkpoint of " + self.name)
        for line in signatures.splitlines():
            dash, name, encoded = line.split(" ")
            blob = base64.b64decode(encoded, validate=True)
            if dash == "—" and name == self.name and blob[:4] == self.key_id:
                self._verify((text + "\n").encode(), blob[4:])
                return Checkpoint(lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True))
        raise NotSigned("no signature is by " + self.name)

    def _verify(self, text, signature):
        with tempfile.TemporaryDirectory() as folder:
            parts = {"key": self.public_key, "text": text, "signature": signature}
            for name, content in parts.items():
                pathlib.Path(folder, name).write_bytes(content)
            command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", f"{folder}/key",
                       "-in", f"{folder}/text", "-sigfile", f"{folder}/signature"]
            if subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode != 0:
                raise NotSigned("the signature does not verify")


def read_proof(text):
    """A C2SP tlog-proof without extra data, which is what this API gives."""
    head, empty_line, note = text.partition("\n\n")
    lines = head.split("\n")
    if not empty_line or lines[0] != "c2sp.org/tlog-proof@v1" or not lines[1].startswith("index "):
        raise NotSigned("this is no tlog-proof")
    return Proof(int(lines[1][6:]), [base64.b64decode(each, validate=True) for each in lines[2:]], note)


def read_export(folder):
    """The entries of an exported ledger, from its bundles (C2SP tlog-tiles), in their order."""
    bundles = {}
    for path in pathlib.Path(folder, "tile/entries").rglob("*"):
        if path.is_file():
            name = str(path.relative_to(pathlib.Path(folder, "tile/entries"))).split(".p")[0]
            bundles[int(name.replace("x", "").replace("/", ""))] = path.read_bytes()
    entries = []
    for _, bundle in sorted(bundles.items()):
        at = 0
        while at < len(bundle):
            size = int.from_bytes(bundle[at:at + 2], "big")
            entries.append(bundle[at + 2:at + 2 + size])
            at += 2 + size
    return entries
