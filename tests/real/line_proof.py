"""Last steps of line_test.py: everything is closed, and strangers to this program verify what the ledger says."""
import json
import re
import shutil
import urllib.parse

import world
from company import require
from line_opening import all_up, is_suspected
from processes import Process

GO_VERIFIER = world.HERE.parent / "go_verifier" / "verify.sh"
BUILD_SECONDS_MAX = 100
WHO_AM_I = ("--profile", "emergency", "sts", "get-caller-identity")
# What this story must leave in the ledger.
EXPECTED_ENTRIES = {
    "attestation.made", "catalog.adopted", "command.refused", "emergency.closed", "emergency.declared", "grant.closed",
    "grant.opened", "login.opened", "probe.changed", "request.approved", "request.checked", "request.submitted",
    "session.failed", "session.intended", "session.issued", "suspicion.cleared", "suspicion.raised",
}  # fmt: skip
# Whom it has seen refused what. A refusal is a fact like any other.
EXPECTED_REFUSALS = {
    ("person:aiko", "emergency.close"), ("person:aiko", "emergency.declare"), ("person:aiko", "request.approve"),
    ("person:aiko", "session.open"), ("person:ben", "grant.close"), ("person:ben", "request.approve"),
    ("person:ben", "session.open"), ("person:chie", "request.submit"), ("person:dana", "attestation.make"),
    ("person:dana", "emergency.declare"), ("person:dana", "request.approve"),
}  # fmt: skip


class GoVerifier(Process):
    """The verifier in another language. Building it takes a while, so that begins with the test."""

    def __init__(self, work):
        super().__init__(work, "go_verifier_build")
        if not shutil.which("go"):
            world.skip("golang-go")
        self.program = work / "go_verifier"

    def command(self):
        return [str(GO_VERIFIER), "build", str(self.program)]

    def answers(self):
        return True

    def wait_until_built(self):
        code = self._process.wait(BUILD_SECONDS_MAX)
        if code == world.SKIPPED:
            world.skip("what the Go verifier is built from")
        require(code == 0, f"the Go verifier does not build:\n{self.log_end()}")


def what_is_closed_stays_closed(company):
    aiko = company.aiko
    other_machine = aiko.with_a_copy_of_what_is_kept()
    company.ben.postern("close", "G-1").ended(3)
    require(aiko.wallet() is not None, "there is nothing to forget")
    aiko.postern("close", "G-1").worked("G-1 is closed")
    require(aiko.wallet() is None, f"{aiko.wallet()} is still kept")
    aiko.aws(*WHO_AM_I).ended(255, "postern: ")
    code = company.devices["aiko"].wrong_code()
    aiko.postern("access", "G-1", POSTERN_MFA_CODE=code).ended(3, "Grant G-1 is closed", "postern request")
    other_machine.postern("access", "G-1", "--", "true").ended(3, "Grant G-1 is closed")
    require(other_machine.wallet() is None, "another machine's copy was not forgotten")


def the_emergency_ends_when_the_identity_providers_are_back(company):
    for each in (company.primary, company.standby):
        each.start()
    is_calm = lambda status: all_up(status) and not is_suspected(status)  # noqa: E731
    company.wait_for_status(10, "that both identity providers are seen again", is_calm)
    company.aiko.postern("close", "E-1").ended(3)
    company.dana.postern("close", "E-1").ended(3, "Normal access is not proven to work again", "postern attest E-1")
    company.chie.postern("attest", "E-1", "--yes").worked("chie attests")
    company.dana.postern("close", "E-1").worked("E-1 is closed")


def the_ledger_holds_every_kind_of_entry_and_every_refusal(company):
    company.emil.postern("ledger", "verify").worked()
    company.emil.postern("ledger", "export", company.export).worked()
    entries = [json.loads(line) for line in company.emil.postern("ledger", "show", "--json").worked().out.splitlines()]
    missing = EXPECTED_ENTRIES - {each["type"] for each in entries}
    require(not missing, f"the ledger has no {', '.join(sorted(missing))}")
    refused = {(each["by"], each["data"]["command"]) for each in entries if each["type"] == "command.refused"}
    require(not EXPECTED_REFUSALS - refused, f"the ledger has not seen refused: {sorted(EXPECTED_REFUSALS - refused)}")
    company.remark(f"{len(entries)} entries")


def neither_the_ledger_nor_the_log_has_a_secret(company):
    exported = b"\n".join(each.read_bytes() for each in company.export.rglob("*") if each.is_file())
    # Whoever finds nothing must have looked at the right thing.
    for each in company.entries("session.issued"):
        require(each["data"]["access_key_id"].encode() in exported, "the export is not what was searched")
    codes = [code for device in company.devices.values() for code in device.shown]
    require(len(company.secrets) > 6 and len(codes) > 2, "no secrets were noted to search for")
    for name, where in (("the exported ledger", exported), ("the server's log", company.server.log_path.read_bytes())):
        for secret, what in company.secrets.items():
            for form in {secret, urllib.parse.quote(secret, safe="")}:
                require(form.encode() not in where, f"{name} has {what}")
        for code in codes:
            # Six digits may well stand inside a hash.
            require(not re.search(rf"(?<![\w+/]){code}(?![\w+/=])".encode(), where), f"{name} has the MFA code {code}")
    company.remark(f"{len(company.secrets)} secrets and {len(codes)} codes looked for")


def two_other_verifiers_agree(company):
    vkey = company.server.state / "ledger.vkey"
    company.emil.run(company.ledger_verify, company.export, "--key-file", vkey).worked()
    company.go_verifier.wait_until_built()
    judged = company.emil.run(GO_VERIFIER, "run", company.go_verifier.program, company.export, vkey.read_text().strip()).worked()
    refused = judged.out.count("\nrefused ")
    company.remark(f"the one in Go refused {refused} tampered copies")
    require(refused >= 5, judged.text())
    company.require_sound_gateway()


STEPS = [
    what_is_closed_stays_closed,
    the_emergency_ends_when_the_identity_providers_are_back,
    the_ledger_holds_every_kind_of_entry_and_every_refusal,
    neither_the_ledger_nor_the_log_has_a_secret,
    two_other_verifiers_agree,
]
