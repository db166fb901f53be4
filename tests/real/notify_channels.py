"""Steps of notify_test.py: every channel on a calm day, from suspicion to declaration, and how it is over."""
import concurrent.futures
import json
import time

from company import require
from notify_company import MODE, PAGE, QUIET_MODE
from notify_parts import wait_for

# Longer than a declaration waits for the ticket system (3 s), with a start of a process and some load.
NOT_HELD_UP_SECONDS = 4.5
TEST = "notice.test"
SAID = "OPS-4711"


def a_calm_day(company):
    company.write_catalog()
    company.sign_catalog()
    company.server.start()
    company.aiko.postern("status").worked()
    for person in company.everybody():
        person.postern("login").worked()


def a_test_reaches_dana_by_each_of_her_channels(company):
    company.dana.postern("notify", "test").worked("mail", "mail-tls", "hook", "alerts", "run", "room", "delivered").within(15)
    by_mail = company.mail.to("dana", TEST)
    require({each.via for each in by_mail} == {"mail", "mail-tls"}, f"mails came by {[each.via for each in by_mail]}")
    require("テスト" in by_mail[0]["Subject"], f"dana reads Japanese, and got {by_mail[0]['Subject']!r}")
    (event,) = company.receiver.events("hook", TEST)
    require(event["body"]["data"]["recipients"] == ["dana"], f"the event is for {event['body']['data']['recipients']}")
    require("dana@example.net" not in json.dumps(event["body"]), "a webhook gives away a mail address")
    (written,) = company.notebook.messages(TEST)
    require(written["to"][0]["email"] == "dana@example.net", f"the program was given {written['to']}")
    require(any(each["status"] == 200 for each in company.receiver.got("room")), "nothing came to the room")
    alert = wait_for("no test alert", lambda: company.alertmanager.firing("test/N-1-alerts-dana"))[0]
    require(alert["labels"]["severity"] == "info", f"a test wakes people up: {alert['labels']}")
    for channel in ("mail", "mail-tls", "hook", "alerts", "run", "room"):
        company.told(TEST, "", channel, "dana")


def a_webhook_that_hangs_holds_up_no_mail_and_the_receipt_says_so(company):
    company.receiver.set_mode("hook", "hung")
    before = len(company.mail.to("dana", TEST))
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        testing = thread.submit(company.dana.postern, "notify", "test")
        started = time.monotonic()
        wait_for("mail waits for a webhook that hangs", lambda: len(company.mail.to("dana", TEST)) == before + 2, 3)
        company.remark(f"mail after {time.monotonic() - started:.2f} s beside a webhook that hangs")
        on_their_way = json.loads(company.emil.postern("notify", "list", "--json").worked().out)["on_their_way"]
        left = {channel for notice in on_their_way for route in notice["routes"] for channel in route["channels"]}
        require("hook" in left and "mail" not in left, f"on their way are still {left}")
        company.receiver.set_mode("hook", "ok")
        testing.result().worked("hook", "delivered")
    tries = [each for each in company.entries("notice.delivered") if each["data"]["channel"] == "hook"][-1]["data"]
    require(tries["attempts"] >= 2, f"the receipt does not say that it took several attempts: {tries}")
    ids = {each["headers"]["webhook-id"] for each in company.receiver.got("hook")[1:]}
    require(len(ids) == 1, f"a webhook that was tried again had several ids: {ids}")


def a_suspicion_goes_to_the_room_and_is_taken_back_there(company):
    company.dana.postern("report", "phone", "down", "--because", "No dial tone in Tokyo.").worked()
    company.told("suspicion.raised", QUIET_MODE, "room")
    company.dana.postern("report", "phone", "up", "--because", "It rings again.").worked()
    company.told("suspicion.cleared", QUIET_MODE, "room")
    texts = [each["body"]["text"] for each in company.receiver.got("room")]
    require(any(text.startswith("Suspected: The telephones are dead") for text in texts), f"the room reads {texts}")
    require(any(text.startswith("No longer suspected") for text in texts), f"the room reads {texts}")


def a_ticket_system_that_hangs_holds_up_no_declaration(company):
    company.chie.postern("attest", MODE, "--yes").worked()
    company.dana.postern("declare", MODE).refused("not confirmed as an emergency yet")
    company.emil.postern("attest", MODE, "--yes").worked()
    company.dana.postern("declare", MODE, "--incident", "OPS-99").refused("does not know OPS-99")
    company.tickets.set_mode("hung")
    ran = company.dana.postern("declare", MODE).worked("E-1 is declared").within(NOT_HELD_UP_SECONDS)
    company.remark(f"declared in {ran.seconds:.1f} s while the ticket system hung")
    (declared,) = company.entries("emergency.declared")
    require(declared["data"]["incident"] == "" and "link_by" in declared["data"], f"the entry is {declared['data']}")


def everybody_is_told_of_the_declaration(company):
    said = company.told("emergency.declared", "E-1", "alerts")
    (due,) = [each["data"] for each in company.entries("notice.due") if each["data"]["notice"] in said["notices"]]
    people = {route.get("person") for route in due["routes"]} - {None}
    require(people == {"dana", "emil"}, f"the alert is for {people}")
    (alert,) = wait_for("Alertmanager has no alert about E-1", lambda: company.alertmanager.firing("E-1"))
    require(alert["labels"]["severity"] == "critical", f"its severity is {alert['labels']}")
    require(alert["generatorURL"] == f"{PAGE}/emergencies/E-1", f"its link is {alert['generatorURL']}")

    def passed_on():
        return [each for each in company.receiver.got("alerts")
                if each["body"]["status"] == "firing" and each["body"]["groupLabels"] == {"about": "E-1"}]  # fmt: skip

    wait_for("Alertmanager passes nothing on about E-1", passed_on)


def it_is_linked_once_the_ticket_system_is_up(company):
    company.tickets.set_mode("up")
    started = time.monotonic()
    linked = wait_for("E-1 has no incident", lambda: [each["data"] for each in company.entries("incident.recorded")], 20)
    company.remark(f"linked {time.monotonic() - started:.1f} s after the ticket system came back")
    (ticket,) = company.tickets.all()
    (first, *_) = linked
    require((first["incident"], first["event"]) == (ticket["number"], "created"), f"recorded is {first}, made is {ticket}")
    require("Nobody can sign in" in ticket["title"], f"the ticket is called {ticket['title']!r}")
    company.told("emergency.declared", "E-1", "@incident", seconds=30)
    company.aiko.postern("status").worked(ticket["number"])


def a_number_that_is_said_while_it_hangs_is_looked_up_later(company):
    company.dana.postern("report", "phone", "down", "--because", "No dial tone again.").worked()
    company.chie.postern("attest", QUIET_MODE, "--yes").worked()
    company.tickets.set_mode("hung")
    ran = company.dana.postern("declare", QUIET_MODE, "--incident", SAID).worked("E-2 is declared").within(NOT_HELD_UP_SECONDS)
    company.remark(f"declared in {ran.seconds:.1f} s")
    company.tickets.open(SAID)
    company.tickets.set_mode("up")

    def events():
        return [each["data"]["event"] for each in company.entries("incident.recorded") if each["data"]["emergency"] == "E-2"]

    wait_for(f"{SAID} was not looked up", lambda: events() == ["verified"], 20)
    company.dana.postern("close", "E-2", "--false-alarm", "--reason", "It was the wrong socket.").worked()
    company.dana.postern("report", "phone", "up", "--because", "It was the wrong socket.").worked()
    wait_for(f"{SAID} is not closed", lambda: events() == ["verified", "closed"], 20)


def closing_resolves_the_alert_and_closes_the_incident(company):
    company.dana.postern("note", "E-1", "Both IdPs are back. 復旧しました。").worked()
    company.chie.postern("attest", "E-1", "--yes").worked()
    company.dana.postern("close", "E-1").worked("E-1 is closed")
    company.told("emergency.closed", "E-1", "alerts")
    company.told("emergency.closed", "E-1", "@incident", seconds=30)
    wait_for("Alertmanager still has alerts about E-1", lambda: not company.alertmanager.firing("E-1"))

    def resolved():
        return [each for each in company.receiver.got("alerts")
                if each["body"]["status"] == "resolved" and each["body"]["groupLabels"] == {"about": "E-1"}]  # fmt: skip

    wait_for("Alertmanager does not pass on that E-1 is over", resolved)
    wait_for("the incident is still open", lambda: not company.tickets.all()[0]["is_open"], 20)
    wait_for("no entry says that it is closed", lambda: company.entries("incident.recorded")[-1]["data"]["event"] == "closed")


def the_incident_tells_the_story(company):
    company.told("grant.opened", "G-1", "@incident")
    notes = "\n".join(company.tickets.all()[0]["notes"])
    for words in ("E-1 declared", "G-1 opened", "E-1 closed"):
        require(words in notes, f"the incident has no note {words!r}:\n{notes}")
    require(not company.tickets.misfits(), f"Jira would not have understood: {company.tickets.misfits()[:1]}")
    company.emil.postern("timeline", "E-1").worked("emergency.declared", "request.approved", "復旧しました", "emergency.closed")


def nobody_had_to_believe_what_was_not_signed(company):
    require(not company.receiver.not_believed(), f"refused as not signed: {company.receiver.not_believed()[:1]}")
    with_ids = [(each["headers"]["webhook-id"], each["body"]) for name in ("hook", "desk") for each in company.receiver.got(name)]
    for webhook_id, event in with_ids:
        require(event["specversion"] == "1.0" and event["source"] and event["time"], f"no CloudEvent: {event}")
        require(webhook_id == event["id"].replace(".", "~"), f"the ids differ: {webhook_id} and {event['id']}")
    log = company.server.log_path.read_text(errors="replace")
    for secret, name in company.secrets.items():
        require(secret not in log, f"the server's log holds {name}")


OPENING_STEPS = [
    a_calm_day,
    a_test_reaches_dana_by_each_of_her_channels,
    a_webhook_that_hangs_holds_up_no_mail_and_the_receipt_says_so,
    a_suspicion_goes_to_the_room_and_is_taken_back_there,
    a_ticket_system_that_hangs_holds_up_no_declaration,
    everybody_is_told_of_the_declaration,
    it_is_linked_once_the_ticket_system_is_up,
    a_number_that_is_said_while_it_hangs_is_looked_up_later,
]
CLOSING_STEPS = [
    closing_resolves_the_alert_and_closes_the_incident,
    the_incident_tells_the_story,
    nobody_had_to_believe_what_was_not_signed,
]
