"""A folder with people, their keys, a signed catalog and a server's state: the demonstration's catalog, made wider."""
import os
import pathlib
import re
import subprocess

OWNERS = ("dana", "emil")
REQUESTERS_MAX = 32
MODE, SECOND_MODE, PROCESS, ACCOUNT = "idp-unavailable", "standby-unavailable", "operate-workload", "200000000001"
# What a request in this world is warned of: whoever asks says that they have read it.
WARNINGS = ["assumption: The reason names the customer impact", "own way in checked lately", "process drilled lately"]
STATEMENT = "I tried to sign in at both IdPs myself and failed."
ORIGIN = "example.com/postern-durability"
DEMO = pathlib.Path(__file__).resolve().parents[2] / "examples" / "demo"


def requester_ids():
    return [f"operator-{number:02}" for number in range(1, REQUESTERS_MAX + 1)]


class World:
    """What one server and its clients need. `folder` must be short: a Unix socket's path has 107 bytes."""

    def __init__(self, folder, postern):
        self.folder = pathlib.Path(folder)
        self.postern = str(pathlib.Path(postern).resolve())
        self.state = self.folder / "state"
        self.socket = str(self.folder / "postern.sock")
        self.catalog = self.folder / "catalog" / "catalog.yaml"
        self.people = ["aiko", "ben", "chie", "dana", "emil", *requester_ids()]

    def make(self):
        for person in self.people:
            self._make_key(person)
        self.catalog.parent.mkdir()
        playbooks = self.catalog.parent / "playbooks"
        playbooks.mkdir()
        for playbook in (DEMO / "playbooks").iterdir():
            (playbooks / playbook.name).write_bytes(playbook.read_bytes())
        self.catalog.write_text(self._catalog_text(), encoding="utf-8")
        for owner in OWNERS:
            self.run("catalog", "sign", str(self.catalog), "--person", owner, "--key", str(self.key_of(owner)))

    def key_of(self, person):
        return self.folder / "keys" / person

    def serve_command(self):
        return [self.postern, "serve", "--state", str(self.state), "--catalog", str(self.catalog), "--origin", ORIGIN,
                "--socket", self.socket, "--no-probes"]

    def run(self, *arguments, check=True):
        """Runs a `postern` command that needs no server."""
        done = subprocess.run([self.postern, *arguments], capture_output=True, text=True, check=False, timeout=120)
        if check and done.returncode != 0:
            raise RuntimeError(f"postern {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done

    def sign(self, person, namespace, statement):
        """The armored SSHSIG of `person` over `statement`. Never asks the agent: the run must not depend on whose desk it is."""
        command = ["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", str(self.key_of(person))]
        without_agent = {name: value for name, value in os.environ.items() if name != "SSH_AUTH_SOCK"}
        done = subprocess.run(command, input=statement, capture_output=True, text=True, check=True, timeout=60, env=without_agent)
        return done.stdout

    def login(self, api, person):
        """(token, nonce) of a new login; the nonce is None when it needed more than one attempt, since each attempt has its own."""
        for attempt in range(100):
            _, challenge = api.until_known("POST", "/api/v1/login/challenge", body={"person": person})
            body = {"person": person, "nonce": challenge["nonce"], "statement": challenge["statement"],
                    "signature": self.sign(person, "postern-login", challenge["statement"])}
            status, answer = api.until_known("POST", "/api/v1/login", body=body)
            if status == 200:
                return answer["token"], challenge["nonce"]
            # Challenges end with the process that gave them: then another is needed.
            if answer.get("code") != "unauthenticated" or attempt == 99:
                raise RuntimeError(f"{person} cannot log in: {answer}")
        raise AssertionError("not reached")

    def _make_key(self, person):
        self.key_of(person).parent.mkdir(exist_ok=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", person, "-f", str(self.key_of(person))], check=True)

    def _public_key_of(self, person):
        return self.key_of(person).with_suffix(".pub").read_text(encoding="ascii").strip()

    def _catalog_text(self):
        text = (DEMO / "catalog.yaml").read_text(encoding="utf-8")
        # Without probes nothing is ever "down": statements by people alone confirm here.
        text = re.sub(r"\n *- probe_down: .*", "", text)
        mode = re.search(rf"\n  {MODE}:\n.*?\n    process: .*?\n", text, re.DOTALL).group(0)
        text = text.replace(mode, mode + mode[1:].replace(MODE, SECOND_MODE))
        text = text.replace("emergency-admins: [aiko, ben]", f"emergency-admins: [aiko, ben, {', '.join(requester_ids())}]")
        more = "".join(
            f"  - {{ id: {id}, name: {id}, email: {id}@example.net, manager: dana, keys: [{{ ssh: \"{{{{key:{id}}}}}\" }}], "
            f"iam_user: {{ name: {id}, mfa_serial: \"arn:aws:iam::100000000009:mfa/{id}\" }} }}\n" for id in requester_ids())
        text = text.replace("\ngroups:", more + "\ngroups:", 1)
        for person in self.people:
            text = text.replace(f"{{{{key:{person}}}}}", self._public_key_of(person))
        text = text.replace("{{uplink}}", "127.0.0.1:9").replace("{{primary_idp_url}}", "http://127.0.0.1:9/primary")
        return text.replace("{{standby_idp_url}}", "http://127.0.0.1:9/standby")
