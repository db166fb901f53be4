"""Steps of probe_test.py: going ahead without a confirmation, by few, loudly."""
import json

from company import require
from probe_evidence import MODE

WHY = "Checkout is down, and nobody of identity answers."


def a_lone_override_opens_nothing_and_needs_a_reason(company):
    company.aiko.postern("declare", MODE, "--override", "--yes").ended(2, "An override needs a reason")
    company.dana.postern("declare", MODE, "--override", "--reason", WHY, "--yes").ended(3)
    ran = company.aiko.postern("declare", MODE, "--override", "--reason", WHY, "--yes")
    ran.worked("You OVERRIDE", "O-1 waits for a co-signer", "postern cosign O-1")
    company.aiko.postern("cosign", "O-1", "--yes").ended(3)
    company.dana.postern("cosign", "O-1", "--yes").ended(3)
    require(not company.status()["emergencies"], "one person alone has declared an emergency")


def a_co_signed_override_declares_and_everybody_sees_it(company):
    company.ben.postern("cosign", "O-1", "--yes").worked(WHY, "O-1 is in force: E-2 is declared")
    company.dana.postern("status").worked("E-2", "without a confirmation (O-1)", WHY)
    declared = company.entries("emergency.declared")[-1]["data"]
    require(declared.get("override") == "O-1", f"the declaration does not say that it was overridden: {declared}")


def somebody_who_was_skipped_ends_it_by_an_objection(company):
    company.ben.postern("object", "O-1", "--reason", "I changed my mind.").ended(3)
    objects = ("object", "O-1", "--reason", "Both IdPs work: I have just signed in.")
    company.dana.postern(*objects).worked("Your objection is recorded")
    closed = company.entries("emergency.closed")[-1]["data"]
    require((closed["emergency"], closed["how"]) == ("E-2", "objected"), f"it ended as {closed}")
    require(not company.status()["emergencies"], "the emergency is still open")
    company.aiko.postern("request", "E-2", "--account", "200000000001", "--for", "1h", "--reason", WHY, "--yes").ended(3)


def it_is_reviewed_by_somebody_who_was_skipped(company):
    company.aiko.postern("review", "O-1", "--justified", "--reason", "It was fine.").ended(3)
    reviewed = ("review", "O-1", "--not-justified", "--reason", "The IdPs worked. They had called nobody.")
    company.emil.postern(*reviewed).worked("O-1 is reviewed: not justified")
    company.chie.postern("review", "O-1", "--justified", "--reason", "I think otherwise.").ended(3)
    review = json.loads(company.emil.postern("override", "O-1", "--json").worked().out)["review"]
    require((review["person"], review["justified"]) == ("emil", False), f"the review is shown as {review}")
    require(not company.status()["overrides"], "a reviewed override is still to be known of")


STEPS = [
    a_lone_override_opens_nothing_and_needs_a_reason,
    a_co_signed_override_declares_and_everybody_sees_it,
    somebody_who_was_skipped_ends_it_by_an_objection,
    it_is_reviewed_by_somebody_who_was_skipped,
]
