"""The world outside Postern, made of real components on loopback: moto, the gateway in front of it, SAML identity providers,
the AWS CLI and the AWS SDK for JavaScript.

    with world.work_folder() as work, world.Moto(work) as moto, world.Gateway(work, moto) as gateway:
        account = moto.account_session("100000000009")
        account.deploy("emergency.json")
        key = account.make_access_key("aiko")
        world.aws_cli(work, "sts", "get-caller-identity", AWS_ENDPOINT_URL=gateway.url, **key.variables())

Run it with /usr/bin/python3: boto3 is Debian's. What parts.sh unpacks is looked for in POSTERN_REAL_PARTS, or in
build/real of this repository. A part that is missing ends the test with exit code 77 and a line that names it.
"""
import base64
import hashlib
import hmac
import json
import os
import shutil
import struct
import subprocess
import sys
import time
from pathlib import Path

from processes import Process, environment, free_port, http, work_folder  # noqa: F401: they are part of what this offers

HERE = Path(__file__).resolve().parent
PARTS = Path(os.environ.get("POSTERN_REAL_PARTS") or HERE.parent.parent / "build" / "real").resolve()
SKIPPED = 77
CLIENT_SECONDS_MAX = 60
SIMPLESAMLPHP = Path("/usr/share/simplesamlphp")

# boto3 in this process must not find anybody's profile either.
for _name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[_name]
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"


def skip(missing):
    print(f"Skipped: {missing} is missing. Run tests/real/parts.sh {PARTS}", file=sys.stderr)
    raise SystemExit(SKIPPED)


try:
    from accounts import AccountSession
except ImportError as _error:
    skip(f"python3-boto3 ({_error})")


def trixie(program):
    """The command that runs a Python program of the unpacked Debian release."""
    if not (PARTS / "trixie" / "run").exists():
        skip(f"{program} of Debian trixie")
    return [str(PARTS / "trixie" / "run"), program]


def node_command(script):
    """The command that runs a script of this folder."""
    executable = shutil.which("node") or skip("node")
    if not (HERE / "node_modules").is_dir():
        skip("tests/real/node_modules")
    return [executable, str(HERE / script)]


def _run(work, command, variables, timeout):
    return subprocess.run(
        command, env=environment(work, **variables), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout
    )


def aws_cli(work, *arguments, timeout=CLIENT_SECONDS_MAX, **variables):
    """Runs the AWS CLI and waits. It honours AWS_ENDPOINT_URL."""
    return _run(work, [*trixie("aws"), *arguments], variables, timeout)


def node(work, script, *arguments, timeout=CLIENT_SECONDS_MAX, **variables):
    """Runs a script of this folder and waits."""
    return _run(work, [*node_command(script), *arguments], variables, timeout)


def totp(seed, at=None):
    """The code that a virtual MFA device shows (RFC 6238). `seed` is base32 text."""
    step = int((time.time() if at is None else at) // 30)
    digest = hmac.new(base64.b32decode(seed), struct.pack(">Q", step), hashlib.sha1).digest()
    (number,) = struct.unpack_from(">I", digest, digest[-1] & 0xF)
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"


class Moto(Process):
    """An AWS that keeps accounts, roles and policies, and lets everybody do everything.

    With `enforcing` it checks signatures, keys, session tokens and identity policies (and no trust policy, condition or
    expiry); what a test prepares then stands in a `with moto.set_up():`.
    """

    def __init__(self, work, enforcing=False, name="moto"):
        super().__init__(work, name)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._enforcing = enforcing
        self._command = trixie("moto_server")

    def command(self):
        return [*self._command, "-H", "127.0.0.1", "-p", str(self.port)]

    def variables(self):
        return {
            "AWS_ACCESS_KEY_ID": "moto",
            "AWS_SECRET_ACCESS_KEY": "moto",
            "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",  # without it, AWS's own policies do not exist
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
        }

    def answers(self):
        return http(f"{self.url}/moto-api/")[0] == 200

    def start(self):
        super().start()
        if self._enforcing:
            self.enforce()

    def enforce(self):
        self._unchecked_calls("0")

    def set_up(self):
        """In this block everybody may do everything, whatever holds outside."""
        return _SetUp(self)

    def _unchecked_calls(self, count):
        # As a form, which is what urllib would call it, moto cannot read this.
        status, _ = http(f"{self.url}/moto-api/reset-auth", count.encode(), {"Content-Type": "text/plain"})
        if status != 200:
            raise RuntimeError(f"moto refused to change its mode: {status}")

    def account_session(self, account_id):
        """For preparing things in an account. The account begins to exist by being named."""
        return AccountSession(self.url, account_id)


class _SetUp:
    def __init__(self, moto):
        self._moto = moto

    def __enter__(self):
        self._moto._unchecked_calls("inf")

    def __exit__(self, *_):
        if self._moto._enforcing:
            self._moto.enforce()


class Gateway(Process):
    """In front of a Moto: trust policies, conditions, SCPs, MFA, source identities and expiry, as AWS decides them."""

    def __init__(self, work, moto, name="gateway"):
        super().__init__(work, name)
        self._moto = moto
        self._seeds_path = work / f"{name}-mfa-seeds.json"
        self._seeds_path.write_text("{}")
        self.decisions_path = work / "logs" / f"{name}-decisions.jsonl"
        self._command = node_command("gateway.mjs")
        self.port, self.control_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def command(self):
        return [
            *self._command,
            "--moto", str(self._moto.port), "--port", str(self.port), "--control-port", str(self.control_port),
            "--seeds", str(self._seeds_path), "--log", str(self.decisions_path),
        ]  # fmt: skip

    def answers(self):
        return http(self.url)[0] == 403

    def knows_device(self, device):
        """Gives the gateway an MfaDevice's seed, as AWS has it."""
        seeds = json.loads(self._seeds_path.read_text())
        seeds[device.serial_number] = device.seed
        fresh = self._seeds_path.with_suffix(".new")
        fresh.write_text(json.dumps(seeds))
        fresh.replace(self._seeds_path)

    def fault(self, kind, host=None):
        """`kind`: region_disabled, slow, malformed, huge, redirect or none; `host`: only this Region or Host."""
        self._control({"fault": kind, **({"host": host} if host else {})})

    def expire_sessions(self):
        """All sessions that were opened until now are over."""
        self._control({"expire_sessions": True})

    def _control(self, order):
        status, body = http(f"http://127.0.0.1:{self.control_port}/", json.dumps(order).encode())
        if status != 204:
            raise RuntimeError(f"the gateway refused {order}: {body.decode()}")

    def decisions(self):
        """Everything it has decided, oldest first."""
        if not self.decisions_path.exists():
            return []
        return [json.loads(line) for line in self.decisions_path.read_text().splitlines()]


class SimpleSamlPhp(Process):
    """A SAML identity provider with its own key and entity id: Debian's simpleSAMLphp, served by PHP itself.

    Beware: it answers its own failures with status 200 and an HTML page.
    """

    def __init__(self, work, name):
        super().__init__(work, name)
        if not SIMPLESAMLPHP.is_dir():
            skip("simplesamlphp")
        self._php = shutil.which("php") or skip("php8.2-cli")
        self.folder = work / name
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.entity_id = f"https://{name}.example/idp"
        self.metadata_url = f"{self.url}/saml2/idp/metadata.php"
        self._configure()

    def _configure(self):
        for name in ("cert", "config", "metadata", "log", "data", "tmp", "sessions"):
            (self.folder / name).mkdir(parents=True)
        key, certificate = self.folder / "cert/idp.key", self.folder / "cert/idp.crt"
        request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", f"/CN={self.name}.example"]
        subprocess.run([*request, "-keyout", key, "-out", certificate], check=True, capture_output=True)
        for path, text in simplesamlphp_files(self.name, self.folder, self.url, self.entity_id).items():
            (self.folder / path).write_text(text)

    def command(self):
        # Without a cache a changed file counts from the next request on.
        settings = {"opcache.enable": 0, "session.save_path": self.folder / "sessions", "variables_order": "EGPCS"}
        set_them = [word for name, value in settings.items() for word in ("-d", f"{name}={value}")]
        return [self._php, *set_them, "-S", f"127.0.0.1:{self.port}", "-t", str(SIMPLESAMLPHP / "www")]

    def variables(self):
        return {"SIMPLESAMLPHP_CONFIG_DIR": self.folder / "config"}

    def answers(self):
        return b"EntityDescriptor" in http(self.metadata_url)[1]

    def lose_certificate(self):
        """From now on the metadata's address answers 200 with a page that says what is wrong."""
        (self.folder / "cert/idp.crt").rename(self.folder / "cert/idp.crt.away")

    def find_certificate(self):
        (self.folder / "cert/idp.crt.away").rename(self.folder / "cert/idp.crt")


def simplesamlphp_files(name, folder, url, entity_id):
    """Its configuration, as files below `folder`. Every path in it leads there, and nothing to /etc or /var."""
    config = {
        "baseurlpath": f"{url}/", "certdir": f"{folder}/cert/", "loggingdir": f"{folder}/log/", "datadir": f"{folder}/data/",
        "tempdir": f"{folder}/tmp", "metadatadir": f"{folder}/metadata/", "session.phpsession.savepath": f"{folder}/sessions",
        "attributenamemapdir": str(SIMPLESAMLPHP / "attributemap") + "/", "technicalcontact_name": name,
        "technicalcontact_email": "na@example.org", "secretsalt": f"of-a-test-{name}", "auth.adminpassword": f"of-a-test-{name}",
        "admin.checkforupdates": False, "timezone": "UTC", "production": True, "logging.handler": "file", "store.type": "phpsession",
        "enable.saml20-idp": True, "module.enable": {"exampleauth": True, "core": True, "saml": True},
        "session.cookie.secure": False, "session.cookie.name": f"session-{name}", "session.phpsession.cookiename": f"php-{name}",
        "session.authtoken.cookiename": f"token-{name}", "metadata.sources": [{"type": "flatfile"}],
    }  # fmt: skip
    sources = {"admin": ["core:AdminPassword"], "users": {"0": "exampleauth:UserPass", "aiko:of-a-test": {"uid": ["aiko"]}}}
    hosted = {"host": "__DEFAULT__", "privatekey": "idp.key", "certificate": "idp.crt", "auth": "users"}
    console = {"AssertionConsumerService": "https://signin.aws.amazon.com/saml"}
    return {
        "config/config.php": f"<?php $config = {_php(config)};\n",
        "config/authsources.php": f"<?php $config = {_php(sources)};\n",
        "metadata/saml20-idp-hosted.php": f"<?php $metadata[{_php(entity_id)}] = {_php(hosted)};\n",
        "metadata/saml20-sp-remote.php": f"<?php $metadata['urn:amazon:webservices'] = {_php(console)};\n",
    }


def _php(value):
    """A literal of PHP."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    if isinstance(value, list):
        return "[" + ", ".join(_php(each) for each in value) + "]"
    return "[" + ", ".join(f"{_php(key)} => {_php(each)}" for key, each in value.items()) + "]"
