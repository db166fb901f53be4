"""Steps of line_test.py from the calm day to the grant. A step's name is a sentence."""
import json
import time

import world
from company import (
    EMERGENCY, GROUP, MODE, OWNERS, POLICY, PROBED_EVERY_SECONDS, REGION, ROLE, STATEMENT, WORKLOAD, Authenticator, require,
)  # fmt: skip

LOOKS_UNTIL_DOWN = 3
# For a busy machine; on an idle one it is the three looks.
ROUNDS_MAX = LOOKS_UNTIL_DOWN + 3
HOP_ONE, HOP_TWO = (f"arn:aws:iam::{account}:role/{ROLE}" for account in (EMERGENCY, WORKLOAD))


def the_catalog_is_sound_and_signed_by_its_owners(company):
    company.write_catalog()
    company.dana.postern("check", company.catalog).worked()
    for owner in OWNERS:
        getattr(company, owner).postern("catalog", "sign", company.catalog).worked()


def the_blueprint_is_what_aws_takes(company):
    company.dana.postern("blueprint", company.catalog, "--out", company.blueprint).worked("CAPABILITY_NAMED_IAM")
    templates = [company.blueprint / stack["template"] for stack in stacks(company)]
    company.dana.run(*world.node_command("validate_templates.cjs"), "--strict", *templates).worked()


def stacks(company):
    return json.loads((company.blueprint / "stacks.json").read_text())["stacks"]


def deploy(company, moto):
    """Every stack of the blueprint in every account that it names, and proof that it is there."""
    deployed = []
    for stack in stacks(company):
        for account in stack["accounts"]:
            template = company.blueprint / stack["template"]
            moto.account_session(account).deploy(template, stack["name"], attach_managed_policies=True)
            deployed.append(account)
    require(deployed == [EMERGENCY, WORKLOAD], f"the blueprint was deployed in {deployed}")


def the_blueprint_becomes_users_roles_and_policies(company):
    deploy(company, company.moto)
    emergency, workload = company.moto.account_session(EMERGENCY), company.moto.account_session(WORKLOAD)
    attached = workload.client("iam").list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]
    require([each["PolicyArn"] for each in attached] == [POLICY], f"the target role has {attached}")
    for name in ("aiko", "ben"):
        device = emergency.make_mfa_device(name)
        in_catalog = f'mfa_serial: "{device.serial_number}"' in company.catalog.read_text()
        require(in_catalog, f"the catalog has no {device.serial_number}")
        company.gateway.knows_device(device)
        company.keys[name] = emergency.make_access_key(name)
        company.secrets[company.keys[name].secret_access_key] = f"the secret access key of {name}"
        company.devices[name] = Authenticator(device)
    workload.make_auto_scaling_group(REGION, GROUP, 2, 8)


def the_roles_are_closed_to_every_way_but_the_planned_one(company):
    emergency = company.moto.account_session(EMERGENCY)
    # An administrator of the emergency account with MFA, whom the catalog does not name.
    iam = emergency.client("iam")
    iam.create_user(UserName="mallory")
    iam.attach_user_policy(UserName="mallory", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    company.keys["mallory"], mallorys = emergency.make_access_key("mallory"), emergency.make_mfa_device("mallory")
    company.gateway.knows_device(mallorys)
    for user, role, name, device in (
        ("aiko", HOP_ONE, "aiko", None),
        ("aiko", HOP_TWO, "aiko", None),
        ("ben", HOP_ONE, "aiko", company.devices["ben"]),
        ("mallory", HOP_ONE, "mallory", Authenticator(mallorys)),
        ("mallory", HOP_TWO, "mallory", None),
    ):
        asked = assume_by_hand(company, user, role, name, device)
        asked.ended(254, "AccessDenied", f"user/{user} is not authorized to perform: sts:AssumeRole on resource: {role}")


def assume_by_hand(company, user, role, source_identity, device):
    """With this user's own access key and the AWS CLI, past Postern."""
    options = ["--role-arn", role, "--role-session-name", "by-hand", "--source-identity", source_identity]
    if device:
        options += ["--serial-number", device.serial_number, "--token-code", device.next_code()]
    return company.ben.aws("sts", "assume-role", *options, AWS_REGION=REGION, **company.keys[user].variables())


def all_up(status):
    return len(status["probes"]) == 3 and all(each["verdict"] == "up" for each in status["probes"])


def is_suspected(status):
    return any(each["suspected_since"] for each in status["modes"])


def nothing_can_be_declared_while_all_is_well(company):
    company.server.start()
    for person in (company.aiko, company.chie, company.dana):
        person.postern("login").worked(f"Logged in as {person.name}")
    company.wait_for_status(10, "that all probes are up", all_up)
    company.dana.postern("declare", MODE).ended(3)


def the_death_of_both_identity_providers_is_noticed(company):
    for each in (company.primary, company.standby):
        each.stop()
    died = time.monotonic()
    company.wait_for_status(15, "a suspicion", is_suspected)
    rounds = (time.monotonic() - died) / PROBED_EVERY_SECONDS
    company.remark(f"suspected {rounds:.1f} probe rounds after the second had died")
    require(rounds < ROUNDS_MAX, f"that took {rounds:.1f} rounds")
    company.chie.postern("status").worked("SUSPECTED since", "primary-idp down", "standby-idp down", "uplink up")


def an_emergency_needs_the_right_witness_and_the_right_declarer(company):
    company.dana.postern("declare", MODE).ended(3)
    company.dana.postern("attest", MODE, "--yes").ended(3, "asks for no statement by dana")
    status, answer = company.dana.post("/api/v1/attestations", {"mode": MODE, "statement": STATEMENT})
    require((status, answer["code"]) == (403, "forbidden"), f"the server itself says {status}: {answer}")
    company.chie.postern("attest", MODE).ended(2, "Nothing was attested")  # nobody there to say yes
    company.chie.postern("attest", MODE, "--yes").worked("Recorded: chie attests")
    company.aiko.postern("declare", MODE).ended(3)
    company.dana.postern("declare", MODE, "--incident", "INC-4711").worked("E-1 is declared")


def a_grant_needs_an_entitled_requester_and_another_persons_signature(company):
    reason = "Checkout is saturated: raise the web group's limit"
    ask = ("request", "E-1", "--account", WORKLOAD, "--for", "2h", "--reason", reason)
    company.chie.postern(*ask, "--yes").ended(3)
    company.aiko.postern(*ask).ended(3, "own way in checked lately")  # nobody there to acknowledge it
    company.aiko.postern(*ask, "--yes").worked("R-1 aiko asks for EmergencyAccess_Ops in account 200000000001 for 2h")
    company.aiko.postern("access", "G-1", "--", "true").ended(3, "There is no grant G-1")
    for person in (company.aiko, company.ben):
        person.postern("approve", "R-1", "--yes").ended(3)
        approve_past_the_client(company, person)
    # dana is logged in; only the signature under the approval is of another key.
    company.dana.postern("approve", "R-1", "--yes", POSTERN_KEY=company.emil.key).ended(3)
    company.dana.with_nothing_kept().postern("approve", "R-1", "--yes", POSTERN_KEY=company.emil.key).ended(4)
    company.dana.postern("approve", "R-1", "--yes", POSTERN_LEDGER="elsewhere.example/ledger").ended(3, "Nothing was signed")
    company.dana.postern("approve", "R-1", "--yes").worked("R-1 is approved by dana", "G-1 is open")


def approve_past_the_client(company, person):
    """The statement that dana would sign, made out to `person` and signed by them: the server must refuse it by itself."""
    shown = json.loads(company.dana.postern("request", "R-1", "--json").worked().out)
    statement = shown["to_sign"]["approve"].replace('"person":"dana"', f'"person":"{person.name}"')
    require(person.name in statement, f"the statement has another form than this test knows: {statement}")
    body = {"decision": "approve", "signature": person.sign("postern-approval", statement), "statement": statement}
    status, answer = person.post("/api/v1/requests/R-1/answer", body)
    require((status, answer["code"]) == (403, "forbidden"), f"the server itself says {status}: {answer}")


STEPS = [
    the_catalog_is_sound_and_signed_by_its_owners,
    the_blueprint_is_what_aws_takes,
    the_blueprint_becomes_users_roles_and_policies,
    the_roles_are_closed_to_every_way_but_the_planned_one,
    nothing_can_be_declared_while_all_is_well,
    the_death_of_both_identity_providers_is_noticed,
    an_emergency_needs_the_right_witness_and_the_right_declarer,
    a_grant_needs_an_entitled_requester_and_another_persons_signature,
]
