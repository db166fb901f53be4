"""Steps of line_test.py in which something is broken: AWS's endpoint, a file, a policy, the server, a secret."""
import json

import world
from accounts import AccessKey
from company import EMERGENCY, REGION, ROLE, WORKLOAD, nearly_used_up, read_wallet, require, used_up
from line_opening import deploy
from sts_errors import StsErrors

TRUE = ("access", "G-1", "--", "true")
# Each with what the person reads. All must come long before anybody would press Ctrl-C.
FAULTS = {
    "region_disabled": "STS is not activated in this Region",
    "malformed": "not as AWS does",
    "huge": "",
    "redirect": "answered HTTP 307, but not as AWS does",
}
SECONDS_MAX = 3
DEADLINE_SECONDS = 5


def a_sick_endpoint_is_named_at_the_first_hop(company):
    code = company.devices["aiko"].wrong_code()  # nobody gets as far as looking at it
    for fault, words in FAULTS.items():
        company.gateway.fault(fault)
        company.aiko.with_nothing_kept().postern(*TRUE, POSTERN_MFA_CODE=code).ended(5, REGION, words).within(SECONDS_MAX)
    company.gateway.fault("slow")
    slow = company.aiko.with_nothing_kept().postern(*TRUE, POSTERN_MFA_CODE=code).ended(5, REGION).within(DEADLINE_SECONDS + 1)
    company.remark(f"slow was given up after {slow.seconds:.1f} s")
    company.gateway.fault("none")


def a_sick_endpoint_costs_a_renewal_time_but_no_code(company):
    for fault, words in FAULTS.items():
        aiko = company.aiko.with_a_copy_of_what_is_kept()
        used_up(aiko.wallet())
        company.gateway.fault(fault)
        aiko.postern(*TRUE).ended(5, REGION, words).within(SECONDS_MAX)
        company.gateway.fault("none")
        aiko.postern(*TRUE).worked()
    followed = [each for each in company.gateway.decisions() if each["verdict"] == "RedirectFollowed"]
    require(not followed, f"a redirect was followed: {followed}")


def trouble_does_not_take_away_what_is_still_good_nor_use_up_the_grant(company):
    aiko = company.aiko.with_a_copy_of_what_is_kept()
    company.gateway.fault("region_disabled")
    nearly_used_up(aiko.wallet())
    aiko.credentials().worked()
    used_up(aiko.wallet())
    intended = len(company.entries("session.intended"))
    for _ in range(60):  # as tools do
        aiko.credentials().ended(5)
    tried = len(company.entries("session.intended")) - intended
    require(tried <= 2, f"{tried} attempts within moments")
    company.gateway.fault("none")
    aiko.postern(*TRUE).worked()


def a_dead_server_takes_away_nothing_that_was_given(company):
    aiko = company.aiko.with_a_copy_of_what_is_kept()
    company.server.stop()
    aiko.aws("--profile", "emergency", "sts", "get-caller-identity").worked(f"assumed-role/{ROLE}/G-1.")
    aiko.postern(*TRUE).worked()
    used_up(aiko.wallet())
    aiko.postern(*TRUE).ended(5)
    company.server.start()
    aiko.postern(*TRUE).worked()


def a_broken_file_and_an_old_token_are_named(company):
    home = company.new_folder("home-with-a-fault")
    (home / ".aws").mkdir()
    broken = home / ".aws" / "credentials"
    broken.write_text("[default]\naws_access_key_id AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n")
    code = company.devices["aiko"].wrong_code()
    aiko = company.aiko.with_nothing_kept()
    aiko.postern(*TRUE, HOME=home, POSTERN_MFA_CODE=code).ended(2, f"{broken}, line 2: the line is neither a section")
    aiko.postern(*TRUE, POSTERN_MFA_CODE=code, **company.expired.variables()).ended(2, "AWS_SESSION_TOKEN is set")


def a_trust_policy_without_source_identity_is_named(company):
    iam = company.moto.account_session(WORKLOAD).client("iam")
    trust = iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]
    without = json.loads(json.dumps(trust))
    without["Statement"][0]["Action"].remove("sts:SetSourceIdentity")
    aiko = company.aiko.with_a_copy_of_what_is_kept()
    used_up(aiko.wallet())
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(without))
    aiko.credentials().ended(3, "sts:SetSourceIdentity is not allowed")
    # Whoever sits there is asked for a code next, and must still read what was in the way.
    aiko.postern(*TRUE).ended(2, "Put the code into POSTERN_MFA_CODE", "sts:SetSourceIdentity is not allowed")
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(trust))


def an_aws_that_checks_signatures_takes_both_of_ours(company):
    with world.Moto(company.work, enforcing=True, name="enforcing") as moto, StsErrors(moto) as sts:
        with moto.set_up():
            deploy(company, moto)
            key = moto.account_session(EMERGENCY).make_access_key("aiko")
        company.secrets[key.secret_access_key] = "aiko's other secret access key"
        aiko = company.aiko.with_nothing_kept()
        seven = ("access", "G-1", "--", "sh", "-c", "exit 7")
        # Any code will do: moto does not know devices.
        variables = {"AWS_ENDPOINT_URL_STS": sts.url, "POSTERN_MFA_CODE": company.devices["aiko"].wrong_code()}
        wrong = AccessKey(key.access_key_id, key.secret_access_key[::-1]).variables()
        aiko.postern(*seven, **wrong, **variables).ended(3, "does not belong to this access key id")
        aiko.postern(*seven, **key.variables(), **variables).ended(7)
        require(read_wallet(aiko.wallet())["target.session_token"], "no second hop")


STEPS = [
    a_sick_endpoint_is_named_at_the_first_hop,
    a_sick_endpoint_costs_a_renewal_time_but_no_code,
    trouble_does_not_take_away_what_is_still_good_nor_use_up_the_grant,
    a_dead_server_takes_away_nothing_that_was_given,
    a_broken_file_and_an_old_token_are_named,
    a_trust_policy_without_source_identity_is_named,
    an_aws_that_checks_signatures_takes_both_of_ours,
]
