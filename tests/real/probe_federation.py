"""Steps of probe_test.py: the IdP's key is rotated, and somebody brings its new metadata into AWS by the steps that Postern
wrote."""
import re
import shlex
import shutil

import world
from company import Failed, require
from probe_company import ACCOUNT, PROVIDER, PROVIDER_ARN, TRUSTED_COPY, suspected, unwell, verdicts, warnings

# The headings of the steps by which an existing provider is changed, and by which a deleted one is made again.
UPDATING, CREATING = ("3", "4", "6"), ("5",)
IN_AWS = "postern access G-… -- aws "


def diff(company):
    return company.chie.postern("federation", "diff", "--catalog", company.catalog, **company.aws_variables())


def as_long_as_nothing_has_changed_the_two_are_the_same(company):
    diff(company).worked("AWS holds what the IdP says", "the same as the IdP says")


def after_a_rotation_diff_says_so_in_words(company):
    company.primary.rotate_key()
    provider = f"IAM SAML provider {PROVIDER} in account {ACCOUNT}"
    diff(company).ended(6, "SIGN-IN WOULD NOT WORK", provider, "postern federation prepare")

    def missing(status):
        return "" if "federation-broken" in suspected(status) else "a suspicion"

    company.wait_until("that the rotation is seen", missing)


def prepare_writes_steps_and_changes_nothing(company):
    company.prepared = company.work / "prepared"
    prepare(company, company.prepared).worked("steps.en.md", f"policy-{ACCOUNT}.json", "idp.xml")
    held = company.iam.get_saml_provider(SAMLProviderArn=PROVIDER_ARN)["SAMLMetadataDocument"]
    require(held == company.first_metadata, "prepare has changed AWS")


def prepare(company, folder):
    command = ("federation", "prepare", "--catalog", company.catalog, "--out", folder)
    return company.chie.postern(*command, **company.aws_variables())


def the_written_commands_bring_it_into_aws(company):
    steps = (company.prepared / "steps.en.md").read_text()
    follow(company, steps, UPDATING, aws_calls=3).worked("idp.xml: OK", fingerprint_in(steps))


def follow(company, steps, headings, aws_calls):
    """Runs the commands under these headings in one shell, as somebody who copies them. The credentials are not a grant's."""
    script = "\n".join(commands_of(steps, each) for each in headings)
    require(script.count(IN_AWS) == aws_calls, f"the steps have another form than this test knows:\n{script}")
    script = script.replace(IN_AWS, shlex.join(world.trixie("aws")) + " ")
    folder = shlex.quote(str(company.new_folder("repair")))
    return company.chie.run(
        "bash", "-euo", "pipefail", "-c", f"cd {folder}\n{script}", AWS_REGION="us-east-1", **company.aws_variables()
    )


def commands_of(steps, heading):
    """The shell commands under the heading of that number; of several blocks the first."""
    found = re.search(rf"^## {heading}\. .*?^```sh\n(.*?)^```$", steps, re.MULTILINE | re.DOTALL)
    if not found:
        raise Failed(f"there is no step {heading} with commands in:\n{steps}")
    return found.group(1)


def fingerprint_in(steps):
    """The SHA-256 that people compare on the phone; openssl prints it in the same form."""
    found = re.search(r"\b([0-9A-F]{2}(?::[0-9A-F]{2}){31})\b", steps)
    if not found:
        raise Failed(f"no fingerprint stands in:\n{steps}")
    return found.group(1)


def the_server_sees_that_aws_believes_the_idp_again(company):
    def missing(status):
        if verdicts(status)["trusted"] != "up" or suspected(status):
            return "trusted is not up"
        # The signed copy is the old one until the owners have signed another.
        return "" if ("trusted", "changed") in warnings(status) else "a warning that AWS holds something else than the copy"

    company.wait_until("that AWS believes the IdP again", missing)
    diff(company).ended(6, "the same as the IdP says", "copy")


def with_the_owners_signatures_the_copy_is_the_new_one(company):
    shutil.copy(company.prepared / "idp.xml", company.catalog.parent / TRUSTED_COPY)
    diff(company).worked("AWS holds what the IdP says")
    proposed = company.dana.postern("catalog", "propose", company.catalog, "--yes").worked()
    digest = re.search(r"\b[0-9a-f]{12,64}\b", proposed.out).group(0)
    for owner in (company.dana, company.emil):
        owner.postern("catalog", "sign", digest, "--yes").worked()
    company.wait_until("that no warning is left", unwell)


def a_deleted_provider_is_made_again_by_the_written_commands(company):
    company.delete_provider()
    diff(company).ended(6, "DELETED: nobody can sign in", PROVIDER)
    folder = company.work / "prepared-anew"
    prepare(company, folder).worked("AWS has no such provider: it was deleted")
    follow(company, (folder / "steps.en.md").read_text(), CREATING, aws_calls=1).worked("idp.xml: OK", PROVIDER_ARN)
    diff(company).worked("AWS holds what the IdP says")
    company.wait_until("that no warning is left", unwell)


STEPS = [
    as_long_as_nothing_has_changed_the_two_are_the_same,
    after_a_rotation_diff_says_so_in_words,
    prepare_writes_steps_and_changes_nothing,
    the_written_commands_bring_it_into_aws,
    the_server_sees_that_aws_believes_the_idp_again,
    with_the_owners_signatures_the_copy_is_the_new_one,
    a_deleted_provider_is_made_again_by_the_written_commands,
]
