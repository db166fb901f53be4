"""The company of notify_test.py: people who are told in their language and by channels of every kind, a ticket system, and
another company system that asks. AWS is not part of it: a grant opens without.
"""
import hashlib
import json
import re
import secrets
import shutil
import types
from base64 import b64encode

from company import DEMO, OWNERS, Company, Person, Server, require
from notify_parts import wait_for
from processes import free_port, http

MODE, QUIET_MODE = "idp-unavailable", "telephones-dead"
SAW_IT = "I tried to sign in at both IdPs myself and failed."
SIGNED_IN = "I signed in the normal way."
PAGE = "https://postern.example.net"
WEB, DATABASE, QUEUE = "200000000001", "200000000002", "200000000003"
# The first tier of operate-workload, whom nobody waits for long; operate-database leaves time for what goes wrong on the way.
FIRST_TIER_SECONDS = 6
HOOK_VARIABLE, DESK_VARIABLE, ROOM_VARIABLE, JIRA_VARIABLE = "HOOK_SECRET", "DESK_SECRET", "ROOM_WEBHOOK", "JIRA_TOKEN"

REACHED_BY = {
    "aiko": "[mail, mail-tls]",
    "ben": "[mail, run, mail-tls]",
    "chie": "[mail, mail-tls]",
    "dana": "[mail, mail-tls, hook, alerts, run, room]",
    "emil": "[mail-tls, mail]",
    "fumi": "[mail, mail-tls]",
}
EVERYBODY = tuple(REACHED_BY)

CATALOG = """version: 1
owners: { people: [dana, emil, chie], quorum: 2 }
organization: { name: Example Corp, emergency_account: "100000000009", sts_regions: [eu-west-1, us-west-2] }
accounts:
  - { id: "%(web)s", name: prod-web, tags: [production] }
  - { id: "%(database)s", name: prod-database, tags: [production] }
  - { id: "%(queue)s", name: prod-queue, tags: [production] }
people:
%(people)s
groups: { emergency-admins: [aiko, ben], identity-admins: [chie, emil], security-leads: [dana, emil] }
dependencies: { corporate-idp: {}, telephones: {} }
channels:
  mail: { smtp: { url: "smtp://127.0.0.1:%(mail)s", from: postern@example.net } }
  mail-tls: { smtp: { url: "smtps://127.0.0.1:%(mail_tls)s", from: postern@example.net } }
  hook: { webhook: { url: "%(receiver)s/hook", secret: { env: %(hook_variable)s } } }
  desk: { webhook: { url: "%(receiver)s/desk", secret: { env: %(desk_variable)s } } }
  room: { slack: { webhook: { env: %(room_variable)s } } }
  alerts: { alertmanager: { url: "%(alertmanager)s" } }
  run: { command: { program: %(program)s } }
incidents:
  provider: { jira: { url: "%(tickets)s", username: postern@example.net, token: { env: %(jira_variable)s }, project: OPS } }
  required: when_reachable
  link_within: 1h
  creates: true
  closes: true
probes:
  phone: { dependency: telephones, manual: { by: security-leads } }

failure_modes:
  idp-unavailable:
    title: Nobody can sign in at either IdP
    takes_away: [corporate-idp]
    leads_to: Nobody can sign in to any AWS account.
    confirm: { attested: { by: identity-admins, count: 2, statement: "%(saw_it)s" } }
    declared_by: [security-leads, identity-admins]
    process: operate-workload
  telephones-dead:
    title: The telephones are dead
    takes_away: [telephones]
    leads_to: Nobody can be called.
    confirm:
      all:
        - probe_down: { probe: phone }
        - attested: { by: identity-admins, count: 1, statement: "I called three colleagues and reached none." }
    declared_by: [security-leads, identity-admins]
    process: operate-workload

processes:
  operate-workload:
    title: Operate a production workload without the IdP
    alternatives: [operate-database]
%(common)s
    approval:
      tiers:
        - { from: [emergency-admins], within: %(first_tier)ss }
        - { from: [security-leads], and: [{ people: [fumi] }], within: 10m }
    communication:
      on_suspicion: { channels: [room] }
      on_declared: { to: [security-leads], channels: [alerts, mail] }
      on_escalation: { channels: [room] }
      on_grant: { channels: [hook] }
      on_close: { channels: [alerts] }
  operate-database:
    title: Operate a production database without the IdP
    alternatives: [operate-workload]
%(common)s
    approval:
      tiers:
        - { from: [emergency-admins], within: 10m }
        - { from: [security-leads], within: 10m }

services:
  desk:
    title: Service desk
    token_sha256: "%(token_sha256)s"
    processes: [operate-database]
    may_ask_for: [emergency-admins]
    channel: desk
"""

# What both processes have.
COMMON = f"""    use_when: A change in a production account cannot wait.
    do_not_use_when: A pipeline can make the change.
    who_may_request: [emergency-admins]
    access:
      mechanism: iam-user
      emergency_role: EmergencyAccess_Ops
      targets: {{ tags: [production] }}
      target_role: EmergencyAccess_Ops
      grant_max: 4h
    return_to_normal: [{{ attested: {{ by: identity-admins, count: 1, statement: "{SIGNED_IN}" }} }}]
    playbook: playbooks/idp-unavailable.md"""


def webhook_secret():
    return f"whsec_{b64encode(secrets.token_bytes(32)).decode()}"


class TellingServer(Server):
    """`postern serve` with everything that it tells people by. `url` is its HTTP address."""

    def __init__(self, company):
        super().__init__(company.work, company.postern, company.catalog)
        self._company = company
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def command(self):
        it = self._company
        return [
            *super().command(), "--listen", f"127.0.0.1:{self.port}", "--page", PAGE,
            "--notice-programs", str(it.notebook.folder), "--notice-authorities", str(it.authority.authority),
        ]  # fmt: skip

    def variables(self):
        return self._company.variables


class ToldCompany(Company):
    """Its parts run already: a MailServer, an Alertmanager, a Receiver, Tickets and a Notebook."""

    def __init__(self, work, postern, ledger_verify, authority, mail, receiver, alertmanager, tickets, notebook, hook_secrets):
        no_aws = types.SimpleNamespace(url="http://127.0.0.1:1")
        super().__init__(work, postern, ledger_verify, None, no_aws, None, None)
        self.fumi = Person(self, "fumi")
        self.authority, self.mail, self.receiver, self.alertmanager = authority, mail, receiver, alertmanager
        self.tickets, self.notebook = tickets, notebook
        self.variables = {
            HOOK_VARIABLE: hook_secrets["hook"], DESK_VARIABLE: hook_secrets["desk"],
            ROOM_VARIABLE: f"{receiver.url}/room", JIRA_VARIABLE: secrets.token_hex(16),
        }  # fmt: skip
        self.secrets.update({self.variables[each]: each for each in (HOOK_VARIABLE, DESK_VARIABLE, JIRA_VARIABLE)})
        self.server = TellingServer(self)
        self.token = None  # of the service
        self.folder_of_statements = self.new_folder("statements")

    def everybody(self):
        return [getattr(self, name) for name in EVERYBODY]

    # --- The catalog

    def make_token(self):
        """The service's token, as `postern service-token` makes it; the digest that goes into the catalog."""
        said = self.emil.postern("service-token", "desk").worked("token_sha256").out
        (self.token,) = set(re.findall(r"postern-service-[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])", said))
        digest = hashlib.sha256(self.token.encode()).hexdigest()
        require(digest in said, f"the lines for the catalog hold another digest than {digest}:\n{said}")
        self.secrets[self.token] = "the service's token"
        return digest

    def write_catalog(self):
        folder = self.catalog.parent
        shutil.copytree(DEMO / "playbooks", folder / "playbooks")
        self.catalog.write_text(CATALOG % self._places(), encoding="utf-8")

    def _places(self):
        return {
            "web": WEB, "database": DATABASE, "queue": QUEUE, "saw_it": SAW_IT, "common": COMMON, "first_tier": FIRST_TIER_SECONDS,
            "people": "\n".join(self._entry_of(each) for each in self.everybody()),
            "mail": self.mail.port, "mail_tls": self.mail.tls_port, "receiver": self.receiver.url,
            "alertmanager": self.alertmanager.url, "tickets": self.tickets.url, "program": self.notebook.program,
            "hook_variable": HOOK_VARIABLE, "desk_variable": DESK_VARIABLE, "room_variable": ROOM_VARIABLE,
            "jira_variable": JIRA_VARIABLE, "token_sha256": self.make_token(),
        }  # fmt: skip

    @staticmethod
    def _entry_of(person):
        name = person.name
        text = f"id: {name}, name: {name.capitalize()} Example, email: {name}@example.net"
        text += f', keys: [{{ ssh: "{person.public_key}" }}], reached_by: {REACHED_BY[name]}'
        if name in ("aiko", "dana"):
            text += ", language: ja"
        if name == "dana":
            text += ", deputy: chie"
        if name in ("aiko", "ben"):
            text += f', iam_user: {{ name: {name}, mfa_serial: "arn:aws:iam::100000000009:mfa/{name}" }}'
        return f"  - {{ {text} }}"

    def sign_catalog(self):
        for owner in OWNERS:
            getattr(self, owner).postern("catalog", "sign", self.catalog).worked()

    # --- What people do

    def ask_for(self, account, reason, *more, process="operate-database"):
        """The request's number. aiko asks."""
        words = ("request", "E-1", "--account", account, "--process", process, "--for", "1h", "--reason", reason, "--yes", "--json")
        return json.loads(self.aiko.postern(*words, *more).worked().out)["resource"]

    def shown(self, request):
        return json.loads(self.emil.postern("show", request, "--json").worked().out)

    def by_service(self, path, body=None, key=""):
        """(status, answer) of the API, asked with the service's token."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", "Idempotency-Key": key}
        status, answer = http(f"{self.server.url}/api/v1/{path}", None if body is None else json.dumps(body).encode(), headers)
        return status, json.loads(answer)

    # --- What the ledger says

    def told(self, kind, about, channel, person=None, seconds=15):
        """The entry that says that this was delivered, as soon as it is there. `person` is None for a place."""
        return wait_for(
            f"no entry says that {kind} of {about or 'nothing'} was delivered to {person or 'a place'} by {channel}",
            lambda: self._outcome("notice.delivered", kind, about, channel, person), seconds,
        )  # fmt: skip

    def not_told(self, kind, about, channel, person=None, seconds=15):
        """The entry that says that it could not be."""
        return wait_for(
            f"no entry says that {kind} of {about} could not be delivered to {person or 'a place'} by {channel}",
            lambda: self._outcome("notice.failed", kind, about, channel, person), seconds,
        )  # fmt: skip

    def _outcome(self, entry_type, kind, about, channel, person):
        due = {each["data"]["notice"] for each in self.entries("notice.due")
               if (each["data"]["kind"], each["data"]["about"]) == (kind, about)}  # fmt: skip
        for each in self.entries(entry_type):
            data = each["data"]
            if due & set(data["notices"]) and data["channel"] == channel and data.get("person") == person:
                return data
        return None

    def ever_told(self, kind, about, person):
        """Whether a notice of that kind about that was ever due to somebody."""
        return any(
            (each["data"]["kind"], each["data"]["about"]) == (kind, about)
            and any(route.get("person") == person for route in each["data"]["routes"])
            for each in self.entries("notice.due")
        )


