#!/usr/bin/python3
"""How soon people are told, and how long a storm lasts while most ways to tell them are broken.

Part 1: 200 requests, one after the other; from asking (POST /api/v1/requests) to the moment at which a real mail server (aiosmtpd)
has the first mail that asks an approver.
Part 2: 1,000 requests at once. Nine approvers are asked each time: three by channels that work; five by one that is broken before
one that works (it hangs, answers 500, refuses connections, greylists for ever, breaks connections); and one whose address does not
exist. How long until nothing is on its way any more, and what became of it.
"""
import argparse
import collections
import concurrent.futures
import contextlib
import hashlib
import json
import pathlib
import secrets
import shutil
import sys
import threading
import time
import types

TESTS = pathlib.Path(__file__).resolve().parents[1] / "tests"
sys.path[:0] = [str(TESTS / "real"), str(TESTS / "durability")]
sys.dont_write_bytecode = True

import world
from api import Api
from company import DEMO, OWNERS, Company, Person, Server
from notify_company import webhook_secret
from notify_parts import GREYLISTED, UNKNOWN_USER, Authority, MailServer, Receiver, wait_for
from processes import free_port

ACCOUNTS = [f"2000000000{number:02}" for number in range(1, 6)]
PER_PERSON = len(ACCOUNTS)  # as many requests of one person may wait at once
CLIENTS = 32
STORM_SECONDS_MAX = 600
# Approver to their channels, the first one first. What is broken comes before what works.
STORM = {
    "by-mail": ["mail"], "by-hook": ["hook"], "by-room": ["room"],
    "behind-hung": ["hung", "mail"], "behind-failing": ["failing", "mail"], "behind-refused": ["refused", "mail"],
    "behind-grey": ["grey", "mail"], "behind-reset": ["reset", "mail"], "nowhere": ["mail"],
}  # fmt: skip
BROKEN_HOOKS = ("hung", "failing", "reset")
HOOKS = ("hook", *BROKEN_HOOKS)


class BenchServer(Server):
    def __init__(self, company):
        super().__init__(company.work, company.postern, company.catalog)
        self._company = company

    def command(self):
        return [*super().command(), "--no-probes", "--notice-authorities", str(self._company.authority.authority)]

    def variables(self):
        return self._company.variables


class Bench(Company):
    """A company with many administrators, for whom a service asks: nobody has to log in 250 times."""

    def __init__(self, work, postern, authority, mail, grey, receiver, hook_secrets, administrators):
        super().__init__(work, postern, postern, None, types.SimpleNamespace(url="http://127.0.0.1:1"), None, None)
        self.authority, self.mail, self.grey, self.receiver = authority, mail, grey, receiver
        self.variables = {f"SECRET_{name.upper()}": secret for name, secret in hook_secrets.items()}
        self.variables["ROOM"] = f"{receiver.url}/room"
        self.administrators = [f"operator-{number:03}" for number in range(administrators)]
        self.token = f"postern-service-{secrets.token_urlsafe(32)}"
        self.approvers = {name: Person(self, name) for name in ("solo", *STORM)}
        self.server = BenchServer(self)

    def write_catalog(self):
        shutil.copytree(DEMO / "playbooks", self.catalog.parent / "playbooks")
        people = [self._entry_of(getattr(self, name), ["mail"]) for name in OWNERS]
        people += [self._entry_of(each, STORM.get(name, ["mail"])) for name, each in self.approvers.items()]
        people += [self._administrator(name) for name in self.administrators]
        hook = '{ webhook: { url: "%s/%s", secret: { env: SECRET_%s } } }'
        smtp = '{ smtp: { url: "smtp://127.0.0.1:%s", from: postern@example.net } }'
        ports = {"mail": self.mail.port, "grey": self.grey.port, "refused": free_port()}
        channels = [f"{name}: {hook % (self.receiver.url, name, name.upper())}" for name in HOOKS]
        channels += [f"{name}: {smtp % port}" for name, port in ports.items()]
        storm = {"first": ["solo"], "storm": list(STORM)}
        lines = [
            "version: 1", f"owners: {{ people: [{', '.join(OWNERS)}], quorum: 2 }}",
            'organization: { name: Bench, emergency_account: "100000000009", sts_regions: [eu-west-1, us-west-2] }',
            "accounts:", *(f'  - {{ id: "{each}", name: account-{each[-2:]}, tags: [production] }}' for each in ACCOUNTS),
            "people:", *people,
            "groups:", f"  administrators: [{', '.join(self.administrators)}]", f"  owners: [{', '.join(OWNERS)}]",
            *(f"  {name}: [{', '.join(members)}]" for name, members in storm.items()),
            "channels:", *(f"  {each}" for each in channels), "  room: { slack: { webhook: { env: ROOM } } }",
            "dependencies: { corporate-idp: {} }", "failure_modes:", *MODE_LINES,
            "processes:", *process_lines("first", "storm"), *process_lines("storm", "first"),
            f"services: {{ desk: {{ token_sha256: {hashlib.sha256(self.token.encode()).hexdigest()!r}, "
            "processes: [first, storm], may_ask_for: [administrators] } }",
        ]  # fmt: skip
        self.catalog.write_text("\n".join(lines) + "\n", encoding="utf-8")
        for owner in OWNERS:
            getattr(self, owner).postern("catalog", "sign", self.catalog).worked()

    @staticmethod
    def _entry_of(person, channels):
        return (f"  - {{ id: {person.name}, name: {person.name}, email: {person.name}@example.net, "
                f'keys: [{{ ssh: "{person.public_key}" }}], reached_by: [{", ".join(channels)}] }}')  # fmt: skip

    @staticmethod
    def _administrator(name):
        return (f"  - {{ id: {name}, name: {name}, email: {name}@example.net, reached_by: [mail], "
                f'iam_user: {{ name: {name}, mfa_serial: "arn:aws:iam::100000000009:mfa/{name}" }} }}')  # fmt: skip

    def declare(self):
        for owner in OWNERS:
            getattr(self, owner).postern("attest", "idp-unavailable", "--yes").worked()
        self.dana.postern("declare", "idp-unavailable").worked("E-1")

    def ask(self, api, process, person, account):
        body = {"emergency": "E-1", "process": process, "account": account, "duration": "1h", "for": person,
                "reason": "A figure", "acknowledge": ["own way in checked lately"]}  # fmt: skip
        status, answer = api.once("POST", "/api/v1/requests", self.token, body, f"{process}-{person}-{account}")
        if status != 200:
            raise RuntimeError(f"{person} cannot ask: {answer}")
        return answer["resource"]

    def pairs(self, people, count):
        """So many people and accounts that go together once."""
        return [(person, account) for person in people for account in ACCOUNTS][:count]


MODE_LINES = """  idp-unavailable:
    title: Nobody can sign in
    takes_away: [corporate-idp]
    leads_to: Nobody can sign in.
    confirm: { attested: { by: owners, count: 2, statement: "I tried to sign in myself and failed." } }
    declared_by: [owners]
    process: first""".splitlines()


def process_lines(name, other):
    return f"""  {name}:
    title: Operate ({name})
    use_when: A change cannot wait.
    do_not_use_when: A pipeline can make the change.
    alternatives: [{other}]
    who_may_request: [administrators]
    access:
      mechanism: iam-user
      emergency_role: EmergencyAccess_Ops
      targets: {{ tags: [production] }}
      target_role: EmergencyAccess_Ops
      grant_max: 4h
    approval: {{ tiers: [{{ from: [{name}], within: 2h }}] }}
    return_to_normal: [{{ attested: {{ by: owners, count: 1, statement: "I signed in the normal way." }} }}]
    playbook: playbooks/idp-unavailable.md""".splitlines()


def quantile(values, share):
    return sorted(values)[round(share * (len(values) - 1))]


def first_mails(bench, count):
    """Seconds from asking to a mail at the mail server, one request after the other."""
    api, seconds = Api(str(bench.server.socket)), []
    for person, account in bench.pairs(bench.administrators, count):
        started = time.time()
        request = bench.ask(api, "first", person, account)
        (mail,) = wait_for(f"no mail asks about {request}", lambda: bench.mail.to("solo", "request.waiting", request))
        seconds.append(mail.at - started)
    return seconds


def ask_all(bench, pairs):
    """Everything at once, from CLIENTS connections; the seconds that it took."""
    started, own = time.time(), threading.local()

    def ask(pair):
        own.api = getattr(own, "api", None) or Api(str(bench.server.socket))
        bench.ask(own.api, "storm", *pair)

    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(ask, pairs))
    return time.time() - started


def on_their_way(bench):
    said = bench.emil.postern("notify", "list", "--json").worked().out
    return json.loads(said)["on_their_way"]


def storm(bench, count):
    for name in BROKEN_HOOKS:
        bench.receiver.set_mode(name, name)
    asked_within = ask_all(bench, bench.pairs(bench.administrators[-(count // PER_PERSON):], count))
    started = time.time()
    wait_for("the storm does not end", lambda: not on_their_way(bench), STORM_SECONDS_MAX)
    return {"requests": count, "asked_within_s": asked_within, "settled_after_s": time.time() - started, **outcomes(bench, started)}


def outcomes(bench, since):
    """What the ledger says of the storm: messages and notices that were delivered or given up, by channel."""
    waiting = {each["data"]["notice"]: each["data"] for each in bench.entries("notice.due") if len(each["data"]["routes"]) > 1}
    delivered, failed, messages = collections.Counter(), collections.Counter(), collections.Counter()
    for each in bench.entries("notice.delivered"):
        of_storm = [notice for notice in each["data"]["notices"] if notice in waiting]
        delivered[each["data"]["channel"]] += len(of_storm)
        messages[each["data"]["channel"]] += bool(of_storm)
    for each in bench.entries("notice.failed"):
        failed[each["data"]["channel"]] += len(each["data"]["notices"])
    by_mail = sum(each.at >= since for each in bench.mail.mails)
    to_nobody = [each["data"]["notices"] for each in bench.entries("notice.failed") if each["data"].get("person") == "nowhere"]
    nowhere = sum(len(each) for each in to_nobody)
    return {"notices": sum(len(each["routes"]) for each in waiting.values()), "dead_letters": nowhere, "mails": by_mail,
            "channels": {name: {"delivered": delivered[name], "messages": messages[name], "given_up": failed[name]}
                         for name in sorted({*delivered, *failed})}}  # fmt: skip


def print_table(seconds, figures):
    print(f"{'request to first mail':<28}{len(seconds):>6} rounds   p50 {1e3 * quantile(seconds, 0.5):.0f} ms   "
          f"p99 {1e3 * quantile(seconds, 0.99):.0f} ms")
    print(f"{figures['requests']} requests at once: asked within {figures['asked_within_s']:.1f} s, nothing on its way "
          f"{figures['settled_after_s']:.1f} s later; {figures['notices']} notices to people and places, "
          f"{figures['dead_letters']} dead letters")
    print(f"{'channel':<12}{'notices delivered':>20}{'in messages':>14}{'given up':>12}")
    for name, each in figures["channels"].items():
        print(f"{name:<12}{each['delivered']:>20}{each['messages']:>14}{each['given_up']:>12}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("postern")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    administrators = -(-options.rounds // PER_PERSON) + -(-options.requests // PER_PERSON)
    with contextlib.ExitStack() as running:
        work = running.enter_context(world.work_folder())
        authority, hook_secrets = Authority(work), {name: webhook_secret() for name in HOOKS}
        mail, grey = (running.enter_context(MailServer(authority)) for _ in range(2))
        receiver = running.enter_context(Receiver(work, authority, hook_secrets))
        bench = Bench(work, options.postern, authority, mail, grey, receiver, hook_secrets, administrators)
        running.callback(bench.server.stop)
        mail.answer("nowhere", UNKNOWN_USER)
        grey.answer("behind-grey", GREYLISTED)
        bench.write_catalog()
        bench.server.start()
        bench.declare()
        seconds = first_mails(bench, options.rounds)
        figures = storm(bench, options.requests)
        if options.json:
            print(json.dumps({"first_mail_seconds": seconds, "storm": figures}))
        else:
            print_table(seconds, figures)


if __name__ == "__main__":
    main()
