"""The company of probe_test.py: its catalog, with a probe of nearly every kind, its server, which has credentials of AWS, and
what is read back of both."""
import datetime
import json
import shutil
import time

from company import DEMO, OWNERS, PEOPLE, Company, Failed, Server
from probe_world import SYNTHETIC_PASSWORD, SYNTHETIC_USER, Script

ACCOUNT, PROVIDER = "200000000001", "company-idp"
PROVIDER_ARN = f"arn:aws:iam::{ACCOUNT}:saml-provider/{PROVIDER}"
TRUSTED_COPY = "metadata/idp-in-aws.xml"
EVERY_SECONDS, TIMEOUT_SECONDS, DOWN_AFTER, UP_AFTER = 1, 1, 3, 2
SAW_IT = "I tried to sign in at both IdPs myself and failed."
SIGNED_IN = "I signed in the normal way."
SETTLES_WITHIN_SECONDS = 25
LOOKED_AGAIN_EVERY_SECONDS = 0.1

PACE = f"every: {EVERY_SECONDS}s, timeout: {TIMEOUT_SECONDS}s, down_after: {DOWN_AFTER}, up_after: {UP_AFTER}"
# The certificates here live a month, and that is no news.
WARN = "warn_before: [1d]"

CATALOG = """version: 1
owners: { people: [dana, emil, chie], quorum: 2 }
organization: { name: Example Corp, emergency_account: "100000000009", sts_regions: [eu-west-1, us-west-2] }
federation: { iam_saml: [{ account: "%(account)s", provider: %(provider)s }] }
accounts:
  - { id: "%(account)s", name: prod-web, tags: [production] }
people:
%(people)s
groups: { emergency-admins: [aiko, ben], identity-admins: [chie, emil], security-leads: [dana, emil] }
dependencies:
  { corporate-idp: {}, standby-site: {}, idp-in-aws: {}, idp-front: {}, aws-sts: {}, telephones: {}, vault: {} }

probes:
  uplink-a: { control: true, tcp: "127.0.0.1:%(uplink_a)s", %(pace)s }
  uplink-b: { control: true, tcp: "127.0.0.1:%(uplink_b)s", %(pace)s }
  idp: { dependency: corporate-idp, saml_metadata: { url: "%(metadata_url)s", entity_id: "%(entity_id)s", %(warn)s }, %(pace)s }
  login:
    dependency: corporate-idp
    saml_login: { of: idp, url: "%(sign_in_url)s", username: %(user)s, password: { file: "%(password_file)s" } }
    %(pace_lines)s
  standby: { dependency: standby-site, saml_metadata: { url: "%(standby_url)s", %(warn)s }, %(pace)s }
  trusted:
    dependency: idp-in-aws
    saml_certificate:
      { of: idp, trusted_copy: %(trusted_copy)s, iam_provider: { account: "%(account)s", name: %(provider)s }, %(warn)s }
    %(pace_lines)s
  front: { dependency: idp-front, http: { url: "%(metadata_url)s", contains: EntityDescriptor }, %(pace)s }
  front-tls: { dependency: idp-front, tls: { address: "127.0.0.1:%(tls_port)s", %(warn)s }, %(pace)s }
  sts: { dependency: aws-sts, sts: { regions: all }, %(pace)s }
  phone: { dependency: telephones, manual: { by: security-leads } }
  script: { dependency: vault, exec: { program: %(program)s }, %(pace)s }

failure_modes:
  idp-unavailable:
    title: Nobody can sign in at either IdP
    takes_away: [corporate-idp, standby-site]
    leads_to: Nobody can sign in to any AWS account.
    confirm:
      all:
        - any: [{ probe_down: { probe: idp } }, { probe_down: { probe: login } }]
        - probe_down: { probe: standby }
        - attested: { by: identity-admins, count: 1, statement: "%(saw_it)s" }
    declared_by: [security-leads, identity-admins]
    process: operate-workload
  federation-broken:
    title: AWS does not believe the IdP any more
    takes_away: [idp-in-aws]
    leads_to: The IdP works, and AWS refuses its assertions.
    confirm:
      all:
        - any: [{ probe_up: { probe: idp } }, { probe_up: { probe: front } }]
        - probe_down: { probe: trusted }
        - attested: { by: identity-admins, count: 1, statement: "The IdP signs me in, and AWS refuses what it says." }
    declared_by: [security-leads, identity-admins]
    process: operate-workload
  nobody-answers:
    title: Neither the telephones nor the vault work
    takes_away: [telephones, vault]
    leads_to: Nobody can be called, and no secret can be fetched.
    confirm:
      all:
        - k_of: { k: 2, of: [{ probe_down: { probe: phone } }, { probe_down: { probe: script } }] }
        - attested: { by: identity-admins, count: 1, statement: "I called three colleagues and reached none." }
    declared_by: [security-leads, identity-admins]
    process: operate-workload

processes:
  operate-workload:
    title: Operate a production workload without the IdP
    use_when: A change in a production account cannot wait.
    do_not_use_when: A pipeline can make the change.
    who_may_request: [emergency-admins]
    access:
      mechanism: iam-user
      emergency_role: EmergencyAccess_Ops
      targets: { tags: [production] }
      target_role: EmergencyAccess_Ops
      grant_max: 4h
    approval:
      tiers: [{ from: [security-leads], count: 1, within: 5m }]
      when_nobody_answers: override
    override: { by: [emergency-admins], co_signers: 1 }
    return_to_normal:
      - probe_up: { probe: idp }
      - attested: { by: identity-admins, count: 1, statement: "%(signed_in)s" }
    playbook: playbooks/idp-unavailable.md
"""


def instant(text):
    """Seconds since the epoch of a time in the ledger."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class ProbingServer(Server):
    """`postern serve` on a host with credentials of AWS and programs for exec probes."""

    def __init__(self, company):
        super().__init__(company.work, company.postern, company.catalog)
        self._company = company

    def command(self):
        return [*super().command(), "--probe-programs", str(self._company.script.folder)]

    def variables(self):
        # The front's authority is none that this machine believes.
        return {**self._company.aws_variables(), "SSL_CERT_FILE": self._company.front.authority}


class ProbingCompany(Company):
    """Its parts run already. `primary` is a PrimaryIdp behind `front`, `standby` a StandbyIdp."""

    def __init__(self, work, postern, ledger_verify, moto, primary, standby, front, uplinks, script):
        super().__init__(work, postern, ledger_verify, moto, moto, primary, standby)
        self.front, self.uplinks, self.script = front, uplinks, script
        self.aws_account = moto.account_session(ACCOUNT)
        self.iam = self.aws_account.client("iam")
        self.iam.create_user(UserName="postern")
        self.keys["postern"] = self.aws_account.make_access_key("postern")
        self.secrets[self.keys["postern"].secret_access_key] = "the server's secret access key"
        self.server = ProbingServer(self)
        self.metadata_url = primary.metadata_url.replace(primary.url, front.url)

    def aws_variables(self):
        return {"AWS_ENDPOINT_URL": self.moto.url, **self.keys["postern"].variables()}

    # --- AWS's side

    def create_provider(self, document):
        self.iam.create_saml_provider(Name=PROVIDER, SAMLMetadataDocument=document)

    def update_provider(self, document):
        self.iam.update_saml_provider(SAMLProviderArn=PROVIDER_ARN, SAMLMetadataDocument=document)

    def delete_provider(self):
        self.iam.delete_saml_provider(SAMLProviderArn=PROVIDER_ARN)

    # --- The catalog

    def write_catalog(self):
        password = self.work / "password"
        password.write_text(SYNTHETIC_PASSWORD)
        password.chmod(0o600)
        self.secrets[SYNTHETIC_PASSWORD] = "the synthetic user's password"
        folder = self.catalog.parent
        shutil.copytree(DEMO / "playbooks", folder / "playbooks")
        (folder / TRUSTED_COPY).parent.mkdir()
        (folder / TRUSTED_COPY).write_text(self.primary.metadata())
        self.catalog.write_text(CATALOG % self._places(password), encoding="utf-8")

    def _places(self, password):
        return {
            "account": ACCOUNT, "provider": PROVIDER, "trusted_copy": TRUSTED_COPY, "program": Script.NAME,
            "people": "\n".join(self._entry_of(name) for name in PEOPLE),
            "uplink_a": self.uplinks[0].port, "uplink_b": self.uplinks[1].port, "tls_port": self.front.tls_port,
            "metadata_url": self.metadata_url, "entity_id": self.primary.entity_id, "standby_url": self.standby.metadata_url,
            "sign_in_url": self.primary.sign_in_url, "user": SYNTHETIC_USER, "password_file": password,
            "saw_it": SAW_IT, "warn": WARN, "signed_in": SIGNED_IN, "pace": PACE, "pace_lines": PACE.replace(", ", "\n    "),
        }  # fmt: skip

    def _entry_of(self, name):
        text = f"id: {name}, name: {name.capitalize()} Example, email: {name}@example.net"
        text += f', keys: [{{ ssh: "{getattr(self, name).public_key}" }}]'
        if name in ("aiko", "ben"):
            text += f', iam_user: {{ name: {name}, mfa_serial: "arn:aws:iam::100000000009:mfa/{name}" }}'
        return f"  - {{ {text} }}"

    def sign_catalog(self):
        for owner in OWNERS:
            getattr(self, owner).postern("catalog", "sign", self.catalog).worked()

    def report_phone(self, verdict, because):
        self.dana.postern("report", "phone", verdict, "--because", because).worked(f"phone is {verdict}")

    # --- What the server says

    def entries_from(self, first):
        """The ledger's entries from this one on, oldest first."""
        shown = self.emil.postern("ledger", "show", "--json", "--from", first).worked().out
        return [json.loads(line) for line in shown.splitlines()]

    def next_entry(self):
        """The index of the entry that will be written next."""
        return self.status()["entries"]

    def wait_until(self, what, is_so, seconds=SETTLES_WITHIN_SECONDS):
        """The status in which `is_so(status)` holds; it returns "" then, and otherwise says what is still missing."""
        give_up_at = time.monotonic() + seconds
        while True:
            status = self.status()
            missing = is_so(status)
            if not missing:
                return status
            if time.monotonic() > give_up_at:
                raise Failed(f"{what}: not within {seconds} s. Still missing: {missing}\n{shown(status)}")
            time.sleep(LOOKED_AGAIN_EVERY_SECONDS)


def verdicts(status):
    return {each["id"]: each["verdict"] for each in status["probes"]}


def suspected(status):
    return {each["id"] for each in status["modes"] if each["suspected_since"]}


def warnings(status):
    """{(probe, kind): all that it says}."""
    texts = {}
    for probe in status["probes"]:
        for each in probe["warnings"]:
            texts.setdefault((probe["id"], each["kind"]), []).append(each["text"])
    return {key: " ".join(said) for key, said in texts.items()}


def shown(status):
    """What a person would want to see of it, when something went wrong."""
    lines = [f"    {each['id']:10} {each['verdict']:9} {each['detail']}" for each in status["probes"]]
    lines += [f"    {probe:10} WARNING ({kind}) {text}" for (probe, kind), text in warnings(status).items()]
    return "\n".join([*lines, f"    suspected: {', '.join(sorted(suspected(status))) or 'nothing'}"])


def unwell(status):
    """"" when all is well; otherwise what is not."""
    wrong = [f"{probe} is {verdict}" for probe, verdict in verdicts(status).items() if verdict not in ("up", "degraded")]
    wrong += [f"{probe} warns: {text}" for (probe, _), text in warnings(status).items()]
    wrong += [f"{mode} is suspected" for mode in suspected(status)]
    return ", ".join(wrong)
