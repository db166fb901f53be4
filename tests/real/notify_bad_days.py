"""Steps of notify_test.py: mail servers that say no, and a server that dies while much is on its way."""
import collections
import json
import time

from company import require
from notify_company import EVERYBODY, WEB
from notify_parts import GREYLISTED, MAILBOX_FULL, UNKNOWN_USER, wait_for

# 2, 4 and 8 s between four attempts, each times at most 1.
GIVES_WAY_WITHIN_SECONDS = 20
# More than five that wait for the same person by the same channel would become one.
TESTS_EACH, TESTS_OF_HOOK = 4, 2
BACK_WITHIN_SECONDS = 30
# A channel carries so many at once, and there are two mail channels.
UNDER_WAY = 2 * 4


def greylisting_is_waited_for(company):
    company.mail.answer_once("ben", GREYLISTED)
    request = company.ask_for(WEB, "The first attempt is told to come back later.")
    said = company.told("request.waiting", request, "mail", "ben")
    require(said["attempts"] == 2, f"it took {said['attempts']} attempts")
    require(len(company.mail.to("ben", "request.waiting", request)) == 1, "ben has it several times")
    company.aiko.postern("withdraw", request).worked()
    company.told("request.answered", request, "mail", "ben")


def a_full_mailbox_gives_way_to_bens_second_channel(company):
    company.mail.answer("ben", MAILBOX_FULL)
    started = time.monotonic()
    request = company.ask_for(WEB, "His mailbox is full.")
    failed = company.not_told("request.waiting", request, "mail", "ben", GIVES_WAY_WITHIN_SECONDS)
    require("552" in failed["reason"], f"the entry does not say why: {failed}")
    company.told("request.waiting", request, "run")
    company.remark(f"by the second channel after {time.monotonic() - started:.1f} s and {failed['attempts']} attempts")
    (written,) = company.notebook.messages("request.waiting", request)
    require([each["person"] for each in written["to"]] == ["ben"], f"the program's message is for {written['to']}")
    company.mail.works("ben")
    company.request = request


def an_address_that_does_not_exist_ends_as_a_dead_letter(company):
    company.mail.answer("aiko", UNKNOWN_USER)
    company.ben.postern("deny", company.request, "--reason", "Nobody needs this.", "--yes").worked()
    for channel in ("mail", "mail-tls"):
        failed = company.not_told("request.ended", company.request, channel, "aiko")
        require("550" in failed["reason"] and failed["attempts"] == 1, f"the entry says {failed}")
    company.emil.postern("notify", "list").worked(company.request, "aiko", "550 5.1.1 User unknown")
    letters = json.loads(company.emil.postern("notify", "list", "--json").worked().out)["dead_letters"]
    require([(each["about"], each["person"], each["channel"]) for each in letters] == [(company.request, "aiko", "mail-tls")],
            f"dead letters are {letters}")  # fmt: skip
    company.mail.works("aiko")


def _start_tests(company):
    """As many as are left on their way, as {(channel, person): notices}."""
    for person in company.everybody():
        for channel, count in (("mail", TESTS_EACH), ("mail-tls", TESTS_EACH), ("hook", TESTS_OF_HOOK)):
            for _ in range(count if channel != "hook" or person.name == "dana" else 0):
                status, answer = person.post("/api/v1/notices/test", {"channel": channel})
                require(status == 200, f"{person.name} cannot have a test by {channel}: {answer}")


def nothing_is_lost_when_the_server_is_killed(company):
    known = len(company.entries("notice.due"))
    company.mail.keeps_silent.set()
    company.receiver.set_mode("hook", "hung")
    mails_before, hooks_before = len(company.mail.mails), len(company.receiver.got("hook"))
    _start_tests(company)
    wait_for("too few mails are under way", lambda: len(company.mail.mails) >= mails_before + UNDER_WAY)
    under_way = {each.id for each in company.mail.mails[mails_before:]}
    company.server.stop()  # kill -9
    company.mail.go_away()
    company.mail.come_back()
    company.receiver.set_mode("hook", "ok")
    started = time.monotonic()
    company.server.start()
    due = [each["data"] for each in company.entries("notice.due")[known:]]
    expected = {(each["notice"], each["routes"][0]["channels"][0], each["routes"][0]["person"]) for each in due}
    require(len(expected) == len(EVERYBODY) * 2 * TESTS_EACH + TESTS_OF_HOOK, f"{len(expected)} are due")
    mails = {f"<{notice}-{channel}-{person}@example.net>" for notice, channel, person in expected if channel != "hook"}
    hooks = {f"{notice}-hook-{person}" for notice, channel, person in expected if channel == "hook"}
    _wait_for_all("mails", mails, lambda: [each.id for each in company.mail.mails[mails_before:]])
    _wait_for_all("webhooks", hooks, lambda: _ids(company.receiver.got("hook")[hooks_before:]))
    company.remark(f"{len(expected)} notices {time.monotonic() - started:.1f} s after the restart")
    came = collections.Counter(each.id for each in company.mail.mails[mails_before:])
    require(under_way <= {each for each, count in came.items() if count == 2},
            f"what was taken over and not recorded came {[came[each] for each in under_way]} times")  # fmt: skip
    require(set(came) <= mails, f"mails came under other ids: {sorted(set(came) - mails)}")
    require(all(came[each] == 1 for each in mails - under_way), f"came several times: {came.most_common(3)}")
    _each_is_recorded_once(company, expected)


def _ids(requests):
    return [each["headers"]["webhook-id"] for each in requests if each["status"] == 204]


def _wait_for_all(what, expected, look):
    wait_for(f"not all {what} came", lambda: expected <= set(look()), BACK_WITHIN_SECONDS)


def _each_is_recorded_once(company, expected):
    def recorded():
        return collections.Counter(
            (notice, each["data"]["channel"], each["data"].get("person"))
            for each in company.entries("notice.delivered") for notice in each["data"]["notices"]
        )  # fmt: skip

    wait_for("not every delivery is an entry", lambda: expected <= set(recorded()))
    require(all(recorded()[each] == 1 for each in expected), "a delivery is recorded twice")


STEPS = [
    greylisting_is_waited_for,
    a_full_mailbox_gives_way_to_bens_second_channel,
    an_address_that_does_not_exist_ends_as_a_dead_letter,
    nothing_is_lost_when_the_server_is_killed,
]
