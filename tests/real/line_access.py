"""Steps of line_test.py with the grant in hand: the way in, AWS's own tools, and the renewal."""
import json
import shlex
import stat
import time
from concurrent.futures import ThreadPoolExecutor

import world
from accounts import AccessKey
from company import GROUP, REGION, ROLE, WORKLOAD, nearly_used_up, read_wallet, require, used_up
from line_opening import HOP_TWO
from terminal import at_a_terminal

DESCRIBE = ("autoscaling", "describe-auto-scaling-groups", "--auto-scaling-group-names", GROUP)
TOOLS = 8
WHO_AM_I = ("sts", "get-caller-identity")


def write_credentials_file(company):
    key = company.keys["aiko"]
    folder = company.aiko.home / ".aws"
    folder.mkdir(mode=0o700)
    lines = ["[default]", f"aws_access_key_id = {key.access_key_id}", f"aws_secret_access_key = {key.secret_access_key}"]
    (folder / "credentials").write_text("\n".join(lines) + "\n")
    (folder / "credentials").chmod(0o600)


def the_way_in_is_closed_to_a_wrong_code_a_lost_key_and_another_person(company):
    aiko, access = company.aiko, ("access", "G-1", "--", "true")
    homeless = company.new_folder("home-without-keys")
    code = company.devices["aiko"].next_code()
    lost = aiko.postern(*access, HOME=homeless, POSTERN_MFA_CODE=code)
    lost.ended(3, "AWS_ACCESS_KEY_ID (not set)", f"{homeless}/.aws/credentials (no such file)")
    write_credentials_file(company)
    aiko.postern(*access).ended(2, "Put the code into POSTERN_MFA_CODE")
    aiko.postern(*access, POSTERN_MFA_CODE="12345").ended(2, "POSTERN_MFA_CODE does not hold six digits")
    aiko.postern(*access, POSTERN_MFA_CODE=company.devices["aiko"].wrong_code()).ended(3, "AWS did not accept the MFA code")
    own = company.keys["ben"].variables()
    company.ben.postern(*access, **own, POSTERN_MFA_CODE=code).ended(3, "A grant is for the person who asked for it alone")
    # The right code of aiko's device does not help with ben's key, nor ben's key with aiko's name.
    aiko.postern(*access, **own, POSTERN_MFA_CODE=code).ended(3, "expects the access key of IAM user aiko")
    require(company.maximum() == 8 and not company.allowed_into(HOP_TWO), "somebody has come as far as hop two")
    company.code = code


def the_right_code_leads_into_the_workload_account_once(company):
    aiko = company.aiko
    described = aiko.postern("access", "G-1", "--", *world.trixie("aws"), *DESCRIBE, POSTERN_MFA_CODE=company.code).worked()
    group = json.loads(described.out)["AutoScalingGroups"][0]
    require((group["MinSize"], group["MaxSize"]) == (2, 8), f"the group is {group}")
    wallet = aiko.wallet()
    require(stat.S_IMODE(wallet.stat().st_mode) == 0o600, f"{wallet} is open to others")
    by_environment = {"POSTERN_MFA_CODE": company.code, **company.keys["aiko"].variables()}
    again = aiko.with_nothing_kept().postern("access", "G-1", "--", "true", **by_environment)
    again.ended(3, "AWS did not accept the MFA code", "it was used before")
    aiko.postern("access", "G-1", "--", "sh", "-c", "exit 7").ended(7)
    aiko.postern("access", "G-1", "--", "no-such-program").ended(3, 'There is no program "no-such-program"')


def a_person_checks_their_own_way_in_without_a_grant(company):
    aiko = company.aiko
    aiko.postern("status").worked("You have never checked your own way in")
    wrong = aiko.postern("me", "check", POSTERN_MFA_CODE=company.devices["aiko"].wrong_code())
    wrong.ended(6, "FAIL hop one", "You would NOT get in")
    aiko.postern("status").worked("Your own way in wants mending: hop one")
    checked = aiko.postern("me", "check", POSTERN_MFA_CODE=company.devices["aiko"].next_code()).worked("You would get in")
    for each in ("ok key", "ok access key", "ok iam user", "ok mfa device", "ok hop one", "ok hop two"):
        require(each in " ".join(checked.out.split()), f'"{each}" is not among what was checked:\n{checked.text()}')
    entries = aiko.postern("ledger", "show", "--type", "self.checked", "--json").worked().out.splitlines()
    require(len(entries) == 4, f"there are {len(entries)} entries of two checks, each begun and ended")
    require("never checked" not in aiko.postern("status").worked().out, "status still says that aiko never checked")
    company.ben.postern("me", "check", **company.keys["aiko"].variables(), POSTERN_MFA_CODE="123456").ended(6, "FAIL iam user", "not of ben")
    company.chie.postern("me", "check").worked("ok key", "you have no way into AWS of your own")


def awss_own_tools_take_the_grant_from_a_profile(company):
    aiko = company.aiko
    profile = aiko.postern("access", "G-1", "--profile", "emergency").worked("[profile emergency]", f"region = {REGION}")
    with open(aiko.home / ".aws" / "config", "a") as config:
        config.write(profile.out)
    update = ("autoscaling", "update-auto-scaling-group", "--auto-scaling-group-name", GROUP, "--max-size", "24")
    aiko.aws("--profile", "emergency", *update).worked()
    require(company.maximum() == 24, "the AWS CLI has not raised the maximum to 24")
    set_and_read = (*world.node_command("autoscaling.mjs"), "emergency", GROUP, "30")
    require(aiko.run(*set_and_read, AWS_REGION=REGION).worked().out == "30\n", "the JavaScript SDK reads another maximum")
    require(company.maximum() == 30, "the JavaScript SDK has not raised the maximum to 30")
    script = f'eval "$({company.postern} access G-1 --env)" && {shlex.join([*world.trixie("aws"), *WHO_AM_I])}'
    who = json.loads(aiko.run("sh", "-c", script).worked().out)
    require(who["Arn"].startswith(f"arn:aws:sts::{WORKLOAD}:assumed-role/{ROLE}/G-1."), f"the shell is {who}")


def tools_get_one_json_document_or_a_sentence(company):
    aiko = company.aiko
    given = aiko.credentials().worked()
    require(given.err == "" and given.out.count("\n") == 1, f"more than the answer:\n{given.text()}")
    answer = json.loads(given.out)
    company.secrets[answer["SessionToken"]] = "what postern-credentials has printed"
    require(set(answer) == {"Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}, f"it has {set(answer)}")
    require(answer["AccessKeyId"] == read_wallet(aiko.wallet())["target.access_key_id"], "other credentials than are kept")
    robbed = aiko.with_a_copy_of_what_is_kept()
    robbed.wallet().unlink()
    for nothing in (robbed.credentials(), aiko.credentials(person="ben"), company.ben.credentials()):
        require(nothing.code != 0 and nothing.out == "" and nothing.err.startswith("postern: "), nothing.text())
    robbed.aws("--profile", "emergency", *WHO_AM_I).ended(255, "or needs your MFA code. Run: postern access G-1")


def an_old_session_is_renewed_without_a_code(company):
    aiko, before = company.aiko, read_wallet(company.aiko.wallet())
    counts = {kind: len(company.entries(kind)) for kind in ("session.intended", "session.issued")}
    allowed = len(company.allowed_into(HOP_TWO))
    nearly_used_up(aiko.wallet())
    given = aiko.credentials().worked()
    answer, after = json.loads(given.out), read_wallet(aiko.wallet())
    require(given.err == "", given.text())
    require(answer["AccessKeyId"] not in (before["target.access_key_id"], after["emergency.access_key_id"]), "nothing was renewed")
    require(after["emergency.access_key_id"] == before["emergency.access_key_id"], "hop one was taken again")
    for kind, count in counts.items():
        require(len(company.entries(kind)) == count + 1, f"the ledger has no new {kind}")
    require(company.entries("session.issued")[-1]["data"]["access_key_id"] == answer["AccessKeyId"], "the ledger names other keys")
    names = {each["source_identity"] for each in company.allowed_into(HOP_TWO)[allowed:]}
    require(names == {"aiko"}, f"hop two was taken by {names}")
    aiko.aws("--profile", "emergency", *WHO_AM_I).worked(f"assumed-role/{ROLE}/G-1.")


def tools_that_start_at_once_cause_one_renewal(company):
    issued = len(company.entries("session.issued"))
    nearly_used_up(company.aiko.wallet())
    with ThreadPoolExecutor(TOOLS) as pool:
        given = list(pool.map(lambda _: company.aiko.credentials().worked().out, range(TOOLS)))
    require(len(set(given)) == 1, f"{TOOLS} tools got {len(set(given))} different answers")
    require(len(company.entries("session.issued")) == issued + 1, "they caused more than one session")


def a_revoked_session_ends_in_words_and_a_new_code_begins_another(company):
    aiko = company.aiko
    kept = read_wallet(aiko.wallet())
    company.expired = AccessKey(*(kept[f"target.{each}"] for each in ("access_key_id", "secret_access_key", "session_token")))
    company.gateway.expire_sessions()
    used_up(aiko.wallet())
    refused = aiko.credentials().ended(3, "have run out", "Run: postern access G-1")
    require(refused.out == "", refused.text())
    aiko.postern("access", "G-1").ended(2, "Put the code into POSTERN_MFA_CODE")
    waited = time.monotonic()
    code = company.devices["aiko"].next_code()
    company.remark(f"{time.monotonic() - waited:.0f} s of it for a fresh MFA code")
    own = company.keys["aiko"].variables()
    at_a_terminal(aiko, b"12\x03", "access", "G-1", **own).ended(5, "No MFA code was given")
    # A slip of the finger first.
    given = at_a_terminal(aiko, f"{code[:3]}x\x7f{code[3:]}\r".encode(), "access", "G-1", **own)
    given.worked(f"the code leads to {HOP_TWO}", "postern access G-1 --profile NAME")
    require(code not in given.out, "the terminal has shown the code")
    aiko.aws("--profile", "emergency", *WHO_AM_I).worked(f"assumed-role/{ROLE}/G-1.")


STEPS = [
    the_way_in_is_closed_to_a_wrong_code_a_lost_key_and_another_person,
    the_right_code_leads_into_the_workload_account_once,
    a_person_checks_their_own_way_in_without_a_grant,
    awss_own_tools_take_the_grant_from_a_profile,
    tools_get_one_json_document_or_a_sentence,
    an_old_session_is_renewed_without_a_code,
    tools_that_start_at_once_cause_one_renewal,
    a_revoked_session_ends_in_words_and_a_new_code_begins_another,
]
