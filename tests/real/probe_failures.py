"""Steps of probe_test.py: every failure of the table, one after the other, and the rounds that it took to be noticed."""
import random
import time
from dataclasses import dataclass, replace
from typing import Optional

import world
from company import Failed, require
from probe_company import EVERY_SECONDS, TIMEOUT_SECONDS, instant, shown, suspected, unwell, verdicts, warnings
from probe_table import DOWN, FAILURES

# Beyond the fewest looks. They make two rounds of three, each up to a tenth longer than it says, and one more passes before
# the first of them when something breaks just after a look.
EXTRA_ROUNDS_MAX = 1
SEED = 4711


@dataclass(frozen=True)
class Measured:
    """How one failure was noticed. A round is the interval between two looks of one probe."""

    failure: str
    what: str  # a suspicion; where none is due, the probe's verdict that came last
    looks: int
    seconds_max: float
    # From the failure to the first look that saw it, by what the ledger says of it (`since`). That is the server's latest
    # reading of the clock before the look, so that it may lie before the failure.
    since_seconds: float
    rounds: float  # from the failure until `what` stood in the ledger
    rounds_of_all: float  # until all that the row names did
    rounds_back: Optional[float] = None  # from mending it until all was well; None: the next row goes on from here

    def is_late(self):
        return self.rounds_of_all * EVERY_SECONDS > self.seconds_max


def the_catalog_comes_in_force_and_everything_is_well(company):
    company.write_catalog()
    company.first_metadata = company.primary.metadata()
    company.other_metadata = world.http(company.standby.metadata_url)[1].decode()
    company.create_provider(company.first_metadata)
    company.dana.postern("check", company.catalog).worked()
    company.sign_catalog()
    company.server.start()
    for name in ("aiko", "ben", "chie", "dana", "emil"):
        getattr(company, name).postern("login").worked()
    company.report_phone("up", "It rings.")
    company.wait_until("that all is well", unwell)


def each_failure_is_seen_for_what_it_is_and_within_a_round_of_the_minimum(company):
    company.measured, wrong = [], []
    dice = random.Random(SEED)
    for failure in FAILURES:
        # Things break anywhere in a round, and not always just after the look that has found all well.
        time.sleep(dice.uniform(0, EVERY_SECONDS))
        try:
            company.measured.append(play(company, failure))
        except Failed as error:
            wrong.append(f"{failure.name}: {error}")
            print(f"          WRONG: {wrong[-1]}", flush=True)
    print(table(company.measured), flush=True)
    wrong += [f"{each.failure}: that took {each.rounds_of_all:.1f} rounds" for each in company.measured if each.is_late()]
    require(not wrong, "\n".join(wrong))


def play(company, failure):
    first, broken_at = company.next_entry(), time.time()
    failure.breaks(company)
    try:
        status = company.wait_until(failure.name, lambda status: not_seen_yet(failure, status))
        entries = company.entries_from(first)
        require_nothing_else(failure, entries, status)
        measured = measure(failure, entries, broken_at)
    finally:
        rounds_back = mend(company, failure)
    return replace(measured, rounds_back=rounds_back)


def mend(company, failure):
    """Rounds until all was well again; None when nothing is to be mended yet."""
    if failure.mends is None:
        return None
    failure.mends(company)
    first, mended_at = company.next_entry(), time.time()
    company.wait_until(f"that all is well after: {failure.name}", lambda status: not_well_yet(failure, status))
    entries = company.entries_from(first)
    raised = [each["data"]["mode"] for each in entries if each["type"] == "suspicion.raised"]
    require(not raised, f"while it was mended, {raised} became suspected")
    changes = [instant(each["at"]) for each in entries if each["type"] == "probe.changed"]
    return (max(changes) - mended_at) / EVERY_SECONDS if changes else 0


def not_seen_yet(failure, status):
    """"" when the status shows all that the row says; otherwise what it does not show."""
    now, said = verdicts(status), {each["id"]: each["detail"] for each in status["probes"]}
    missing = [
        f'{probe} is {now[probe]} ("{said[probe]}") and not {verdict} ("{words}")'
        for probe, (verdict, words) in failure.sees.items()
        if now[probe] != verdict or words not in said[probe]
    ]
    standing = warnings(status)
    missing += [f"{key} does not warn" for key, words in failure.warns.items() if words not in standing.get(key, "")]
    if failure.suspects and failure.suspects not in suspected(status):
        missing.append(f"{failure.suspects} is not suspected")
    return "; ".join(missing)


def not_well_yet(failure, status):
    slow = [probe for probe in failure.sees if verdicts(status)[probe] != "up"]
    return unwell(status) or ", ".join(f"{each} is not up" for each in slow)


def require_nothing_else(failure, entries, status):
    down = {each["data"]["probe"] for each in entries if each["type"] == "probe.changed" and each["data"]["verdict"] == DOWN}
    expected = {probe for probe, (verdict, _) in failure.sees.items() if verdict == DOWN}
    require(down <= expected, f"{', '.join(sorted(down - expected))} went down as well:\n{shown(status)}")
    raised = {each["data"]["mode"] for each in entries if each["type"] == "suspicion.raised"}
    require(raised <= {failure.suspects}, f"{', '.join(sorted(raised))} became suspected:\n{shown(status)}")
    others = set(warnings(status)) - set(failure.warns)
    require(not others, f"these warn as well: {sorted(others)}\n{shown(status)}")


def measure(failure, entries, broken_at):
    """By the ledger's own times."""
    changes = {each["data"]["probe"]: each for each in entries if each["type"] == "probe.changed"}
    seen = [changes[probe] for probe in failure.sees if probe in changes]
    rounds_of = {f"{each['data']['probe']} {each['data']['verdict']}": rounds_until(each, broken_at) for each in seen}
    rounds_of_all = max(rounds_of.values())
    for each in entries:
        if each["type"] == "suspicion.raised":
            rounds_of = {f"{each['data']['mode']} suspected": rounds_until(each, broken_at)}
    what, rounds = max(rounds_of.items(), key=lambda each: each[1])
    return Measured(
        failure=failure.name, what=what, looks=failure.looks, seconds_max=seconds_max(failure),
        rounds=rounds, rounds_of_all=max(rounds, rounds_of_all),
        since_seconds=min(instant(each["data"]["since"]) for each in seen) - broken_at,
    )  # fmt: skip


def seconds_max(failure):
    return (failure.looks + EXTRA_ROUNDS_MAX) * EVERY_SECONDS + (TIMEOUT_SECONDS if failure.hangs else 0)


def rounds_until(entry, broken_at):
    return (instant(entry["at"]) - broken_at) / EVERY_SECONDS


def table(measured):
    """As docs/performance.md has it."""
    head = ("failure", "noticed as", "fewest looks", "rounds until then", "`since`, after the failure", "rounds until well again")
    rows = [
        (it.failure, it.what, it.looks, f"{it.rounds:.1f}", f"{it.since_seconds:.1f} s", back_in_words(it.rounds_back))
        for it in measured
    ]
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in (head, ["---"] * len(head), *rows))


def back_in_words(rounds):
    return "goes on" if rounds is None else f"{rounds:.1f}"


STEPS = [
    the_catalog_comes_in_force_and_everything_is_well,
    each_failure_is_seen_for_what_it_is_and_within_a_round_of_the_minimum,
]
