"""Steps of notify_test.py: who is asked, in which language, by whom else they are answered for, and another system that asks."""
import json
import time

from company import require
from notify_company import DATABASE, FIRST_TIER_SECONDS, PAGE, QUEUE, WEB
from notify_parts import wait_for

REASON = "決済が止まっています。オートスケーリングの上限を上げます。"
# What would make a mail read otherwise than it is, or give it another recipient.
TURNED_AROUND = "Raise the maximum \u202egnp.exe\u202c"
ANOTHER_FIELD = "Raise it.\r\nBcc: mallory@example.net"
ANOTHER_LINE = "Raise it.\nBcc: mallory@example.net\n\n.\nQUIT"
ASKED_BY_DESK = "Ticket 4711: the queue grows."


def a_request_in_japanese_asks_ben_in_english(company):
    request = company.ask_for(WEB, REASON, process="operate-workload")
    require(request == "R-1", f"the first request is {request}")
    mail = wait_for("ben has no mail", lambda: company.mail.to("ben", "request.waiting", "R-1"))[0]
    require(mail["Subject"].startswith("R-1 needs an answer by"), f"its subject is {mail['Subject']!r}")
    require(mail["Content-Language"] == "en", f"its language is {mail['Content-Language']}")
    for words in (REASON, "postern approve R-1", f"{PAGE}/requests/R-1", "prod-web", "Aiko Example"):
        require(words in mail.text, f"the mail does not say {words!r}:\n{mail.text}")
    company.told("request.waiting", "R-1", "mail", "ben")


def ben_is_reminded_and_then_dana_is_asked_in_japanese(company):
    wait_for("ben is not reminded", lambda: company.mail.to("ben", "request.reminder", "R-1"), FIRST_TIER_SECONDS)
    mail = wait_for("dana has no mail", lambda: company.mail.to("dana", "request.waiting", "R-1"), FIRST_TIER_SECONDS + 5)[0]
    require(mail["Subject"].startswith("R-1 承認依頼"), f"its subject is {mail['Subject']!r}")
    require(mail["Content-Language"] == "ja", f"its language is {mail['Content-Language']}")
    for words in (REASON, "postern approve R-1", f"{PAGE}/requests/R-1", "第 2 段階"):
        require(words in mail.text, f"the mail does not say {words!r}:\n{mail.text}")
    for person, channel in (("dana", "mail"), ("emil", "mail-tls"), ("fumi", "mail")):
        company.told("request.waiting", "R-1", channel, person)
    company.told("request.escalated", "R-1", "room")


def a_denial_is_told_to_aiko_and_ends_it_for_the_others(company):
    company.dana.postern("deny", "R-1", "--reason", "Ask for the database, this is the wrong account.", "--yes").worked()
    ended = wait_for("aiko does not hear of it", lambda: company.mail.to("aiko", "request.ended", "R-1"))[0]
    require("Ask for the database" in ended.text, f"the mail does not say why:\n{ended.text}")
    for person, channel in (("emil", "mail-tls"), ("fumi", "mail")):
        company.told("request.answered", "R-1", channel, person)
    (to_emil,) = company.mail.to("emil", "request.answered", "R-1")
    require("nothing left to do" in to_emil["Subject"], f"emil reads {to_emil['Subject']!r}")


def all_mails_about_it_are_one_thread(company):
    of_it = [each for each in company.mail.mails if "R-1" in each["Subject"]]
    require(len(of_it) >= 8, f"only {len(of_it)} mails are about R-1")
    threads = {(each.thread, str(each["In-Reply-To"]).strip()) for each in of_it}
    require(threads == {("<about.R-1@example.net>",) * 2}, f"they refer to {threads}")
    ids = [each.id for each in of_it]
    require(len(set(ids)) == len(ids), f"several of them have one Message-ID: {sorted(ids)}")


def a_reason_that_misleads_is_refused_or_harmless(company):
    for each in (TURNED_AROUND, ANOTHER_FIELD):
        words = ("request", "E-1", "--account", QUEUE, "--process", "operate-database", "--for", "1h", "--reason", each, "--yes")
        company.aiko.postern(*words).ended(2, "printable text")
    request = company.ask_for(QUEUE, ANOTHER_LINE)
    (mail,) = wait_for("ben has no mail", lambda: company.mail.to("ben", "request.waiting", request))
    require(mail["Bcc"] is None and "Bcc: mallory@example.net" in mail.text, f"the mail is\n{mail.message}")
    require(all("mallory" not in address for address, _ in company.mail.attempts), "mallory got a mail")
    company.aiko.postern("withdraw", request).worked()


def chie_answers_for_dana_who_is_away(company):
    tomorrow = time.strftime("%Y-%m-%dT23:59:59Z", time.gmtime(time.time() + 86400))
    company.dana.postern("absent", "--from", "now", "--to", tomorrow).worked()
    (marked,) = company.entries("absence.marked")
    require(marked["data"]["person"] == "dana", f"away is {marked['data']['person']}")
    company.request = company.ask_for(DATABASE, REASON, process="operate-workload")
    waiting = wait_for(
        "chie has no mail", lambda: company.mail.to("chie", "request.waiting", company.request), FIRST_TIER_SECONDS + 10
    )  # fmt: skip
    require(len(waiting) == 1, f"chie was asked {len(waiting)} times")
    require(not company.mail.to("dana", "request.waiting", company.request), "dana was asked, who is away")
    require("chie" in company.shown(company.request)["asked_now"], "the request does not say that chie is asked")
    company.chie.postern("approve", company.request, "--yes").worked()
    approved = company.entries("request.approved")[-1]["data"]
    require(approved["stands_in_for"] == ["dana"], f"chie stands in for {approved['stands_in_for']}")


def fumi_signs_on_a_machine_without_a_network_and_emil_brings_it(company):
    statement = company.folder_of_statements / "statement.json"
    saving = ("approve", company.request, "--as", "fumi", "--save", statement)
    company.emil.postern(*saving).worked("ssh-keygen -Y sign", "postern-approval")
    said = json.loads(statement.read_bytes())
    require((said["person"], said["decision"]) == ("fumi", "approve"), f"the statement says {said}")
    # fumi's key is on no other machine; of Postern there is nothing on this one.
    company.fumi.run("ssh-keygen", "-Y", "sign", "-f", company.fumi.key, "-n", "postern-approval", statement).worked()
    company.emil.postern("approve", company.request, "--signed", statement, "--yes").worked()
    approved = company.entries("request.approved")[-1]
    require(approved["data"]["person"] == "fumi", f"approved has {approved['data']['person']}")
    require(approved["data"]["statement"].encode() == statement.read_bytes(), "other bytes than the signed ones are recorded")


def the_grant_opens_and_nothing_is_left_to_do_for_emil(company):
    (opened,) = company.entries("grant.opened")
    require(opened["data"]["request"] == company.request, f"opened is {opened['data']}")
    company.told("grant.opened", "G-1", "mail", "aiko")
    company.told("grant.opened", "G-1", "hook")
    (event,) = company.receiver.events("hook", "grant.opened", "G-1")
    require(event["body"]["data"]["grant"]["person"] == "aiko", f"the event says {event['body']['data']['grant']}")
    require(REASON not in json.dumps(event["body"], ensure_ascii=False), "the event holds words that can be erased nowhere else")
    company.told("request.answered", company.request, "mail-tls", "emil")
    require(not company.ever_told("request.answered", company.request, "chie"), "chie hears that nothing is left, who has answered")
    company.dana.postern("back").worked()


def a_service_asks_for_aiko_once(company):
    body = {"emergency": "E-1", "process": "operate-database", "account": QUEUE, "duration": "1h", "for": "aiko"}
    status, explained = company.by_service("requests/explain", body, "explain-1")
    require(status == 200 and explained["allowed"], f"explained: {status} {explained}")
    body |= {"reason": ASKED_BY_DESK, "acknowledge": explained["to_acknowledge"]}
    answers = [company.by_service("requests", body, "ticket-4711") for _ in range(2)]
    require([status for status, _ in answers] == [200, 200], f"the service was answered {answers}")
    first, again = (answer for _, answer in answers)
    require(first["resource"] == again["resource"] and again["receipt"]["repeated"], f"asked twice, it was answered {answers}")
    company.request = first["resource"]
    submitted = [each["data"]["terms"] for each in company.entries("request.submitted")]
    require([each["request"] for each in submitted].count(company.request) == 1, "it stands in the ledger twice")
    require((submitted[-1]["requester"], submitted[-1]["asked_by"]) == ("aiko", "desk"), f"the ledger says {submitted[-1]}")
    company.told("request.waiting", company.request, "desk")
    company.told("request.waiting", company.request, "mail", "ben")


def it_can_approve_nothing_and_see_nothing_else(company):
    answer = {"decision": "approve", "statement": "{}", "signature": ""}
    for path, body in (
        (f"requests/{company.request}/answer", answer), ("emergencies", {"mode": "telephones-dead", "incident": ""}),
        ("grants/G-1/close", {}), ("notices/test", {}),
    ):  # fmt: skip
        status, said = company.by_service(path, body, f"attempt-{time.time_ns()}")
        require(status == 403, f"POST {path} was answered {status} {said}")
    require(company.by_service("status")[0] == 403, "it sees the status")
    require(company.by_service("requests/R-1")[0] == 404, "it sees what others have asked for")
    require(company.by_service(f"requests/{company.request}")[0] == 200, "it does not see what it asked for")


def it_hears_of_each_stage(company):
    company.ben.postern("approve", company.request, "--for", "30m", "--yes").worked()
    grant = company.entries("grant.opened")[-1]["data"]["grant"]
    company.told("grant.opened", grant, "desk")
    company.aiko.postern("close", grant).worked()
    company.told("grant.closed", grant, "desk")
    kinds = [each["body"]["type"] for each in company.receiver.got("desk")]
    require(kinds == ["postern.request.waiting", "postern.grant.opened", "postern.grant.closed"], f"the desk heard {kinds}")
    require({each["status"] for each in company.receiver.got("desk")} == {204}, "the desk did not believe all of it")


STEPS = [
    a_request_in_japanese_asks_ben_in_english,
    ben_is_reminded_and_then_dana_is_asked_in_japanese,
    a_denial_is_told_to_aiko_and_ends_it_for_the_others,
    all_mails_about_it_are_one_thread,
    a_reason_that_misleads_is_refused_or_harmless,
    chie_answers_for_dana_who_is_away,
    fumi_signs_on_a_machine_without_a_network_and_emil_brings_it,
    the_grant_opens_and_nothing_is_left_to_do_for_emil,
    a_service_asks_for_aiko_once,
    it_can_approve_nothing_and_see_nothing_else,
    it_hears_of_each_stage,
]
