"""What the probes of probe_test.py look at, and how each of it breaks and is mended.

Breaking takes one moment: whatever needs time for it, such as a new key, is made ready before.
"""
import shutil
import socket
import threading

import certificates
import world
from processes import Process, free_port, http

SYNTHETIC_USER, SYNTHETIC_PASSWORD = "synthetic", "of-a-test-Zq7wLp"
# Longer than a probe calls quick (half of its time-out of 1 s), and shorter than it waits.
SLOW_MICROSECONDS = 600_000
# What one person waits for does not hold up the next one.
PHP_WORKERS = 4
ATTRIBUTE_NAMES = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"
CLAIM = "https://aws.amazon.com/SAML/Attributes/"


def php_of_users(account, provider, password):
    """simpleSAMLphp's authsources.php: the synthetic user, who has a role in AWS that may do nothing."""
    role = f"arn:aws:iam::{account}:role/Nothing,arn:aws:iam::{account}:saml-provider/{provider}"
    claims = f"'uid' => ['{SYNTHETIC_USER}'], '{CLAIM}Role' => ['{role}'], '{CLAIM}RoleSessionName' => ['{SYNTHETIC_USER}']"
    users = f"'exampleauth:UserPass', '{SYNTHETIC_USER}:{password}' => [{claims}]"
    return f"<?php $config = ['admin' => ['core:AdminPassword'], 'users' => [{users}]];\n"


class PrimaryIdp(world.SimpleSamlPhp):
    """simpleSAMLphp with a synthetic user, whose key can be rotated and whose certificate can expire."""

    def __init__(self, work, account, provider):
        self._users = {each: php_of_users(account, provider, each) for each in (SYNTHETIC_PASSWORD, "another-one")}
        super().__init__(work, "idp")
        self.sign_in_url = f"{self.url}/saml2/idp/SSOService.php?spentityid=urn:amazon:webservices"

    def _configure(self):
        super()._configure()
        hosted = self.folder / "metadata/saml20-idp-hosted.php"
        # AWS asks for attributes under their full names, and for a NameID.
        name_id = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
        process = f"10 => ['class' => 'saml:AttributeNameID', 'attribute' => 'uid', 'Format' => '{name_id}']"
        form = f"'NameIDFormat' => '{name_id}', 'attributes.NameFormat' => '{ATTRIBUTE_NAMES}', 'authproc' => [{process}]"
        hosted.write_text(hosted.read_text().replace("'auth' => 'users'", f"'auth' => 'users', {form}"))
        self._write("config/authsources.php", self._users[SYNTHETIC_PASSWORD])
        self._config = (self.folder / "config/config.php").read_text()
        self._pairs = self.folder / "pairs"
        self._pairs.mkdir()
        self._first = certificates.Pair(self._pairs / "first.key", self._pairs / "first.crt")
        shutil.copy(self.folder / "cert/idp.key", self._first.key)
        shutil.copy(self.folder / "cert/idp.crt", self._first.certificate)
        self._second = certificates.self_signed(self._pairs, "second")
        self._expired = certificates.expired(self._pairs, "expired", self._first)

    def variables(self):
        return {**super().variables(), "PHP_CLI_SERVER_WORKERS": PHP_WORKERS}

    def _write(self, path, text):
        """So that no request sees half of it."""
        fresh = self.folder / f"{path}.new"
        fresh.write_text(text)
        fresh.replace(self.folder / path)

    def _sign_with(self, pair):
        self._write("cert/idp.key", pair.key.read_text())
        self._write("cert/idp.crt", pair.certificate.read_text())

    def rotate_key(self):
        self._sign_with(self._second)

    def let_certificate_expire(self):
        self._sign_with(self._expired)

    def sign_as_at_first(self):
        self._sign_with(self._first)

    def slow_down(self):
        """Behind the front: signing in goes past it, takes several requests, and would take as many times as long."""
        slow = f"<?php if (isset($_SERVER['HTTP_X_THROUGH_FRONT'])) usleep({SLOW_MICROSECONDS});"
        self._write("config/config.php", self._config.replace("<?php", slow, 1))

    def speed_up(self):
        self._write("config/config.php", self._config)

    def change_password(self):
        self._write("config/authsources.php", self._users["another-one"])

    def change_password_back(self):
        self._write("config/authsources.php", self._users[SYNTHETIC_PASSWORD])

    def metadata(self):
        status, body = http(self.metadata_url)
        if status != 200 or b"EntityDescriptor" not in body:
            raise RuntimeError(f"{self.metadata_url} answers {status}: {body[:500]}")
        return body.decode()


class StandbyIdp(Process):
    """An identity provider made by others, on another platform, with another key."""

    def __init__(self, work):
        super().__init__(work, "standby")
        self._command = world.node_command("samlp_idp.cjs")
        if not (world.HERE / "node_modules" / "samlp").is_dir():
            world.skip("samlp of npm")
        folder = work / "standby"
        folder.mkdir()
        self._pair = certificates.self_signed(folder, "standby")
        self.port = free_port()
        self.metadata_url = f"http://127.0.0.1:{self.port}/metadata"

    def command(self):
        return [
            *self._command, "--port", str(self.port), "--entity-id", "https://standby.example/idp",
            "--key", str(self._pair.key), "--certificate", str(self._pair.certificate),
        ]  # fmt: skip

    def answers(self):
        return b"EntityDescriptor" in http(self.metadata_url)[1]


class Uplink:
    """A place far away that accepts connections for as long as our own way out works."""

    def __init__(self):
        self.port = free_port()
        self._listener = None

    def __enter__(self):
        self.come_back()
        return self

    def __exit__(self, *_):
        self.go_away()

    def come_back(self):
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    @staticmethod
    def _accept(listener):
        try:
            while True:
                listener.accept()[0].close()
        except OSError:
            pass  # it has been closed

    def go_away(self):
        if self._listener is None:
            return
        # Without it, a thread that waits in accept() keeps the port open.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._listener = None


class Script:
    """A program of the host for an exec probe. It says what it is told to."""

    NAME = "check_vault"

    def __init__(self, work):
        self.folder = work / "programs"
        self.folder.mkdir(mode=0o755)
        self._says = work / "script-says"
        program = self.folder / self.NAME
        program.write_text(f'#!/bin/sh\nread -r code words <"{self._says}"\necho "$words"\nexit "$code"\n')
        program.chmod(0o755)
        self.says(0, "VAULT OK")

    def says(self, code, words):
        fresh = self._says.with_suffix(".new")
        fresh.write_text(f"{code} {words}\n")
        fresh.replace(self._says)
