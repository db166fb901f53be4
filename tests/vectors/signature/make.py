#!/usr/bin/env python3
"""Makes the keys and signatures of this folder anew, with ssh-keygen and openssl. The private keys are thrown away."""
import base64, hashlib, pathlib, struct, subprocess, tempfile

here = pathlib.Path(__file__).parent
NAMESPACE = "postern-approval"
MESSAGE = b"I approve R-7: aiko, role incident-admin, account 200000000001, 60 minutes.\n"
SK_APPLICATION, SK_TYPE = b"ssh:", b"sk-ssh-ed25519@openssh.com"


def run(*argv, stdin=None):
    return subprocess.run(argv, input=stdin, capture_output=True, check=True).stdout


def string(value):
    return struct.pack(">I", len(value)) + value


def signed_data():
    return b"SSHSIG" + b"".join(map(string, [NAMESPACE.encode(), b"", b"sha512", hashlib.sha512(MESSAGE).digest()]))


def write_armored(name, key_blob, value):
    blob = b"SSHSIG\0\0\0\1" + b"".join(map(string, [key_blob, NAMESPACE.encode(), b"", b"sha512", value]))
    text = base64.b64encode(blob).decode()
    lines = [text[i:i + 70] for i in range(0, len(text), 70)]
    (here / f"{name}.sig").write_text("\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""]))


def write_public(name, key_blob, kind):
    (here / f"{name}.pub").write_text(f"{kind} {base64.b64encode(key_blob).decode()} made by make.py\n")


def by_ssh_keygen(scratch, name, kind, bits=None, hash_algorithm="sha512"):
    key = scratch / name
    run("ssh-keygen", "-q", "-t", kind, *(["-b", str(bits)] if bits else []), "-N", "", "-C", f"vector {name}", "-f", key)
    (here / f"{name}.pub").write_text(key.with_suffix(".pub").read_text())
    signature = run("ssh-keygen", "-Y", "sign", "-n", NAMESPACE, "-O", f"hashalg={hash_algorithm}", "-f", key, stdin=MESSAGE)
    (here / f"{name}.sig").write_bytes(signature)
    return key


def rsa_with_sha1(scratch, key):
    """What `ssh-rsa` signatures were before OpenSSH 8.2; no ssh-keygen makes them any more."""
    run("ssh-keygen", "-q", "-p", "-m", "PEM", "-N", "", "-f", key)
    (scratch / "data").write_bytes(signed_data())
    value = run("openssl", "dgst", "-sha1", "-sign", key, scratch / "data")
    write_armored("rsa2048-sha1", base64.b64decode((here / "rsa2048.pub").read_text().split()[1]), string(b"ssh-rsa") + string(value))


def security_key(scratch, name, flags):
    """A FIDO2 key made of software: PROTOCOL.u2f says what a real one signs."""
    pem, data = scratch / f"{name}.pem", scratch / "data"
    run("openssl", "genpkey", "-algorithm", "ed25519", "-out", pem)
    public = run("openssl", "pkey", "-in", pem, "-pubout", "-outform", "DER")[-32:]
    flags_counter = struct.pack(">BI", flags, 41)
    sha256 = lambda value: hashlib.sha256(value).digest()
    data.write_bytes(sha256(SK_APPLICATION) + flags_counter + sha256(signed_data()))
    value = run("openssl", "pkeyutl", "-sign", "-rawin", "-inkey", pem, "-in", data)
    key_blob = string(SK_TYPE) + string(public) + string(SK_APPLICATION)
    write_public(name, key_blob, SK_TYPE.decode())
    write_armored(name, key_blob, string(SK_TYPE) + string(value) + flags_counter)


with tempfile.TemporaryDirectory() as directory:
    folder = pathlib.Path(directory)
    (here / "message").write_bytes(MESSAGE)
    by_ssh_keygen(folder, "ed25519", "ed25519")
    by_ssh_keygen(folder, "ed25519-sha256", "ed25519", hash_algorithm="sha256")
    for size in (256, 384, 521):
        by_ssh_keygen(folder, f"ecdsa{size}", "ecdsa", size)
    rsa_with_sha1(folder, by_ssh_keygen(folder, "rsa2048", "rsa", 2048))
    by_ssh_keygen(folder, "rsa8192", "rsa", 8192)
    by_ssh_keygen(folder, "rsa1024", "rsa", 1024)
    by_ssh_keygen(folder, "dsa1024", "dsa")
    security_key(folder, "sk-ed25519", flags=0x01)
    security_key(folder, "sk-ed25519-untouched", flags=0x00)
