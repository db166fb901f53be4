"""Steps of probe_test.py in the night when both IdPs are down: from what probes and people say to an emergency and its end."""
import json
from concurrent.futures import ThreadPoolExecutor

from company import require
from probe_company import SAW_IT, SIGNED_IN, instant, unwell, verdicts

MODE = "idp-unavailable"
NODE = "node-1"


def confirm_shows_what_is_met_and_what_is_missing(company):
    company.dana.postern("confirm", MODE).worked(
        "SUSPECTED since", "[x]", "probe idp is down", "probe standby is down", "[ ]", SAW_IT, "Not confirmed yet"
    )
    company.dana.postern("declare", MODE).ended(3, "not confirmed as an emergency yet", SAW_IT)
    company.chie.postern("attest", MODE, "--yes").worked("Recorded", SAW_IT)
    confirmed = json.loads(company.dana.postern("confirm", MODE, "--json").worked().out)["confirmation"]
    require(confirmed["met"], f"it is not confirmed: {json.dumps(confirmed, indent=1)}")
    company.dana.postern("confirm", MODE).worked("Confirmed. Next: postern declare")


def of_two_who_declare_at_once_one_does_and_the_other_is_told(company):
    with ThreadPoolExecutor(2) as both:
        declare = ("declare", MODE, "--incident", "INC-4711")
        ran = list(both.map(lambda person: person.postern(*declare), (company.dana, company.emil)))
    first, second = sorted(ran, key=lambda each: each.code)
    first.worked("E-1 is declared")
    second.ended(3, "E-1 is open for idp-unavailable already", "postern request E-1")
    declared = company.entries("emergency.declared")
    require(len(declared) == 1, f"there are {len(declared)} emergencies")


def the_ledger_holds_what_each_probe_saw(company):
    (declared,) = company.entries("emergency.declared")
    evidence = {each["probe"]: each for each in declared["data"]["probes"]}
    require({"idp", "login", "standby"} == set(evidence), f"the evidence is of {sorted(evidence)}")
    said = {each["data"]["probe"]: each["data"] for each in company.entries("probe.changed")}  # the latest of each
    for probe in ("idp", "standby"):
        seen = evidence[probe]
        for name in ("node", "detail", "since", "verdict"):
            require(seen[name] == said[probe][name], f"{name} of {probe} is {seen[name]}, not {said[probe][name]}")
        require(seen["node"] == NODE and seen["verdict"] == "down" and seen["detail"], f"the evidence says too little: {seen}")
        require(instant(seen["since"]) < instant(declared["at"]), f"{probe} went down after the declaration: {seen}")
    (attested,) = declared["data"]["attestations"]
    require((attested["person"], attested["statement"]) == ("chie", SAW_IT), f"attested was {attested}")


def an_emergency_is_not_over_before_normal_access_is_proven(company):
    company.dana.postern("close", "E-1").ended(3, "Normal access is not proven", "probe idp is up", SIGNED_IN)
    company.primary.start()
    company.standby.start()
    company.wait_until("that both IdPs are up", unwell)
    require(verdicts(company.status())["idp"] in ("up", "degraded"), "the IdP is not up")
    company.dana.postern("close", "E-1").ended(3, SIGNED_IN)
    company.aiko.postern("attest", "E-1", "--yes").ended(3, "asks for no statement by aiko")
    company.chie.postern("attest", "E-1", "--yes").worked("Recorded", SIGNED_IN)
    company.dana.postern("close", "E-1").worked("E-1 is closed")
    (closed,) = company.entries("emergency.closed")
    require(closed["data"].get("how") == "over" and not closed["data"].get("missing"), f"it was closed as {closed['data']}")


def the_ledger_of_all_this_verifies_and_holds_no_secret(company):
    company.emil.postern("ledger", "verify").worked()
    company.emil.postern("ledger", "export", company.export).worked()
    company.emil.run(company.ledger_verify, company.export, "--key-file", company.server.state / "ledger.vkey").worked()
    kept = b"\n".join(each.read_bytes() for each in company.export.rglob("*") if each.is_file())
    require(SAW_IT.encode() in kept, "the export is not what was searched")
    for where, text in (("the ledger", kept), ("the server's log", company.server.log_path.read_bytes())):
        for secret, name in company.secrets.items():
            require(secret.encode() not in text, f"{name} stands in {where}")


STEPS = [
    confirm_shows_what_is_met_and_what_is_missing,
    of_two_who_declare_at_once_one_does_and_the_other_is_told,
    the_ledger_holds_what_each_probe_saw,
    an_emergency_is_not_over_before_normal_access_is_proven,
]
LAST_STEPS = [the_ledger_of_all_this_verifies_and_holds_no_secret]
