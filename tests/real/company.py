"""A company in its worst night: people with a home, a key and a runtime folder each, their catalog, and Postern's server.

Everything here is done by running programs as a person would type them. What they were told and what they answered is in
logs/commands.log of the work folder.
"""
import copy
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import world
from processes import Process, environment

sys.path.append(str(world.HERE.parent / "durability"))
from api import Api  # noqa: E402: of the neighbour, who speaks HTTP over a Unix socket

PEOPLE = ("aiko", "ben", "chie", "dana", "emil")
OWNERS = ("dana", "emil")
MODE = "idp-unavailable"
STATEMENT = "I tried to sign in at both IdPs myself and failed."
EMERGENCY, WORKLOAD = "100000000009", "200000000001"
ROLE = "EmergencyAccess_Ops"
REGION, GROUP = "eu-west-1", "web"
ORIGIN = "example.com/postern"
POLICY = "arn:aws:iam::aws:policy/PowerUserAccess"
PROBED_EVERY_SECONDS = 1
COMMAND_SECONDS_MAX = 60
DEMO = world.HERE.parent.parent / "examples" / "demo"


class Failed(Exception):
    """Something went another way than the story. The text has the command and all that it said."""


@dataclass(frozen=True)
class Ran:
    """One command that has ended."""

    shown: str
    code: int
    out: str
    err: str
    seconds: float

    def text(self):
        return f"{self.shown}\n    exit code {self.code} after {self.seconds:.1f} s\n{indented(self.out)}{indented(self.err)}"

    def worked(self, *words):
        return self.ended(0, *words)

    def ended(self, code, *words):
        """That it ended with this code and, somewhere, said each of these words."""
        if self.code != code:
            raise Failed(f"This should have ended with exit code {code}:\n{self.text()}")
        # People read sentences, not lines.
        said = " ".join((self.out + self.err).split())
        for each in words:
            if each not in said:
                raise Failed(f'This should have said "{each}":\n{self.text()}')
        return self

    def refused(self, *words):
        """That it ended with a reason on standard error, in Postern's own words, and with nothing else."""
        if self.code in (0, 1) or self.out or not self.err.startswith("postern: "):
            raise Failed(f"This should have been refused, with a reason:\n{self.text()}")
        return self.ended(self.code, *words)

    def within(self, seconds):
        if self.seconds > seconds:
            raise Failed(f"This should have taken {seconds} s at most:\n{self.text()}")
        return self


def indented(text):
    return "".join(f"    {line}\n" for line in text.splitlines())


def require(is_so, otherwise):
    if not is_so:
        raise Failed(otherwise)


class Person:
    """Somebody at a machine of their own. `home` has the SSH key, `runtime` is $XDG_RUNTIME_DIR."""

    def __init__(self, company, name):
        self.company, self.name = company, name
        self.home = company.work / "people" / name / "home"
        self.runtime = company.work / "people" / name / "run"
        self.key = self.home / ".ssh" / "id_ed25519"
        self.key.parent.mkdir(parents=True)
        self.runtime.mkdir(mode=0o700)
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(self.key)]
        subprocess.run(make, check=True)
        self.public_key = self.key.with_suffix(".pub").read_text().strip()

    def with_nothing_kept(self):
        """The same person, of whose logins and credentials this machine remembers nothing."""
        other = copy.copy(self)
        other.runtime = self.company.new_folder(f"{self.name}-run")
        return other

    def with_a_copy_of_what_is_kept(self):
        """The same person; whatever happens to what is kept does not happen to the original."""
        other = self.with_nothing_kept()
        shutil.copytree(self.runtime, other.runtime, dirs_exist_ok=True)
        return other

    def variables(self):
        inherited = environment(self.company.work)
        # A person's Region comes from their profile, or from Postern.
        del inherited["AWS_REGION"], inherited["AWS_DEFAULT_REGION"]
        return {
            **inherited,
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self.runtime),
            "POSTERN_SERVER": f"unix:{self.company.server.socket}",
            "POSTERN_PERSON": self.name,
            "POSTERN_KEY": str(self.key),
            "POSTERN_LEDGER": ORIGIN,
            "AWS_ENDPOINT_URL": self.company.gateway.url,
        }

    def run(self, *command, timeout=COMMAND_SECONDS_MAX, **extra):
        """Runs it to its end. Without a terminal, so that a question is a failure and not a wait."""
        command = [str(word) for word in command]
        variables = {**self.variables(), **{name: str(value) for name, value in extra.items()}}
        shown = " ".join(shlex.quote(word) for word in [*(f"{name}={value}" for name, value in extra.items()), *command])
        started = time.monotonic()
        try:
            done = subprocess.run(
                command, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout,
                start_new_session=True,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise Failed(f"{self.name}$ {shown}\n    did not end within {timeout} s") from error
        seconds = time.monotonic() - started
        ran = Ran(f"{self.name}$ {shown}", done.returncode, done.stdout, done.stderr, seconds)
        self.company.write_down(ran)
        return ran

    def postern(self, *arguments, **extra):
        return self.run(self.company.postern, *arguments, **extra)

    def aws(self, *arguments, **extra):
        return self.run(*world.trixie("aws"), *arguments, **extra)

    def post(self, path, body):
        """(status, answer) of the API, asked as the last login: what a client could do that does not judge for itself first."""
        (login,) = (self.runtime / "postern").glob("login-*")
        token = login.read_text().splitlines()[1]
        return Api(str(self.company.server.socket)).once("POST", path, token, body, f"{self.name}-{time.time_ns()}")

    def sign(self, name_space, statement):
        command = ["ssh-keygen", "-q", "-Y", "sign", "-n", name_space, "-f", str(self.key)]
        return subprocess.run(command, env=self.variables(), input=statement, capture_output=True, text=True, check=True).stdout

    def credentials(self, person=None):
        """What AWS's tools run for each command."""
        server = f"unix:{self.company.server.socket}"
        program = self.company.postern.with_name("postern-credentials")
        return self.run(program, "G-1", "--server", server, "--person", person or self.name)

    def wallet(self):
        """The file of the grant's credentials, or None."""
        found = list((self.runtime / "postern").glob("*.G-1.wallet"))
        require(len(found) <= 1, f"{self.runtime} holds several wallets of one grant")
        return found[0] if found else None


class Authenticator:
    """A virtual MFA device in somebody's hand. A code is good once, and then none before it is."""

    def __init__(self, device):
        self.serial_number = device.serial_number
        self._seed = device.seed
        self._last_step = 0
        self.shown = []

    def next_code(self):
        """A right code that nobody has used. Takes the next step's early, which AWS allows, and else waits for it."""
        step = max(self._last_step + 1, int(time.time() // 30))
        while step > time.time() // 30 + 1:
            time.sleep(0.2)
        self._last_step = step
        return self._show(world.totp(self._seed, step * 30))

    def wrong_code(self):
        return self._show(f"{(int(world.totp(self._seed)) + 1) % 1_000_000:06}")

    def _show(self, code):
        self.shown.append(code)
        return code


class Server(Process):
    """`postern serve`, with its probes."""

    def __init__(self, work, postern, catalog):
        super().__init__(work, "server")
        self._postern, self._catalog = postern, catalog
        self.state = work / "state"
        self.socket = self.state / "postern.sock"

    def command(self):
        return [str(self._postern), "serve", "--state", str(self.state), "--catalog", str(self._catalog), "--origin", ORIGIN]

    def answers(self):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.socket))
        return True


class Company:
    """All of it. The parts run already; the server does when a step has started it."""

    def __init__(self, work, postern, ledger_verify, moto, gateway, primary, standby):
        self.work, self.postern, self.ledger_verify = work, Path(postern).resolve(), Path(ledger_verify).resolve()
        self.moto, self.gateway, self.primary, self.standby = moto, gateway, primary, standby
        self.catalog = work / "catalog" / "catalog.yaml"
        self.blueprint = work / "blueprint"
        self.server = Server(work, self.postern, self.catalog)
        for name in PEOPLE:
            setattr(self, name, Person(self, name))
        self.secrets = {}  # text to what it is
        self.keys, self.devices = {}, {}  # of IAM users, by person
        self.code = None  # aiko's first right one
        self.expired = None  # AccessKey of a session that AWS takes no more
        self.export = work / "export"
        self.remarks = []
        self._folders = 0

    def new_folder(self, name):
        self._folders += 1
        folder = self.work / f"{name}-{self._folders}"
        folder.mkdir(mode=0o700)
        return folder

    def write_down(self, ran):
        with open(self.work / "logs" / "commands.log", "a") as log:
            log.write(f"{ran.text()}\n")

    def remark(self, text):
        """A figure worth printing beside the step."""
        self.remarks.append(text)

    def write_catalog(self):
        text = (DEMO / "catalog.yaml").read_text(encoding="utf-8")
        for name in PEOPLE:
            text = text.replace(f"{{{{key:{name}}}}}", getattr(self, name).public_key)
        text = text.replace("{{uplink}}", f"127.0.0.1:{self.gateway.port}")
        text = text.replace("{{primary_idp_url}}", self.primary.metadata_url)
        text = text.replace("{{standby_idp_url}}", self.standby.metadata_url)
        text = text.replace("every: 2s", f"every: {PROBED_EVERY_SECONDS}s")
        target = f"target_role: {ROLE}\n"
        text = text.replace(target, f'{target}      target_policies: ["{POLICY}"]\n')
        require("{{" not in text and POLICY in text, "the demonstration's catalog has another form than this test knows")
        shutil.copytree(DEMO / "playbooks", self.catalog.parent / "playbooks")
        self.catalog.write_text(text, encoding="utf-8")

    def status(self):
        return json.loads(self.emil.postern("status", "--json").worked().out)

    def wait_for_status(self, seconds, what, is_so):
        """Seconds until `is_so(status)`."""
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            status = self.status()
            if is_so(status):
                return time.monotonic() - started
            time.sleep(0.1)
        raise Failed(f"{what} did not come true within {seconds} s:\n{json.dumps(status, indent=1)}")

    def entries(self, kind):
        """The ledger's entries of one type, oldest first."""
        shown = self.emil.postern("ledger", "show", "--json", "--type", kind).worked().out
        return [json.loads(line) for line in shown.splitlines()]

    def allowed_into(self, role):
        """The gateway's decisions to let somebody take this role, oldest first."""
        return [each for each in self.gateway.decisions() if each.get("resource") == role and each["verdict"] == "Allowed"]

    def require_sound_gateway(self):
        broken = [each["reason"] for each in self.gateway.decisions() if each["verdict"] == "Broken"]
        require(not broken, f"the gateway broke: {broken[:1]}")

    def maximum(self):
        """The Auto Scaling group's, read from moto itself."""
        client = self.moto.account_session(WORKLOAD).client("autoscaling", REGION)
        return client.describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])["AutoScalingGroups"][0]["MaxSize"]

    def note_secrets(self):
        """Whatever is kept anywhere now must never be seen in the ledger."""
        for wallet in self.work.rglob("*.wallet"):
            for name, value in re.findall(r"^(\S+(?:secret_access_key|session_token)) (\S+)$", wallet.read_text(), re.MULTILINE):
                self.secrets[value] = name


def rewrite_wallet(wallet, name, value):
    """Another value for one line of a wallet (docs/formats.md), as its owner could write it."""
    text, count = re.subn(rf"^{re.escape(name)} \S+$", f"{name} {value}", wallet.read_text(), flags=re.MULTILINE)
    require(count == 1, f"{wallet} has {count} lines {name}")
    wallet.write_text(text)
    os.chmod(wallet, 0o600)


def read_wallet(wallet):
    return dict(line.split(" ", 1) for line in wallet.read_text().splitlines())


def nearly_used_up(wallet):
    """Five minutes are left of the target role's session, and it is time to renew it."""
    _let_end_in(wallet, 300)


def used_up(wallet):
    """The target role's session ended a minute ago; that of the emergency role did not."""
    _let_end_in(wallet, -60)


def _let_end_in(wallet, seconds):
    rewrite_wallet(wallet, "renew_at", time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(0)))
    rewrite_wallet(wallet, "target.expires_at", time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() + seconds)))
