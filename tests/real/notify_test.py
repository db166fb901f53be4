"""Who is told what, on real components: a mail server (aiosmtpd), Alertmanager, webhooks that the library of Standard Webhooks
judges, a ticket system, a program of the host; and what becomes of it when each of them, or our own server, fails.

    /usr/bin/python3 notify_test.py POSTERN POSTERN_LEDGER_VERIFY

Exit code 0, 1, or 77 when a part is missing. After a failure the work folder stays: logs/commands.log in it has all commands
and answers, logs/server.log what the server said.
"""
import contextlib
import sys
import time

import notify_bad_days
import notify_channels
import notify_requests
import world
from company import Failed
from notify_company import ToldCompany, webhook_secret
from notify_parts import Alertmanager, Authority, MailServer, Notebook, Receiver, Tickets

STEPS = [*notify_channels.OPENING_STEPS, *notify_requests.STEPS, *notify_bad_days.STEPS, *notify_channels.CLOSING_STEPS]


def play(company):
    """All steps, in order, until one fails; of that, everything known is printed."""
    for number, step in enumerate(STEPS, 1):
        started = time.monotonic()
        name = step.__name__.replace("_", " ")
        try:
            step(company)
        except Exception as error:
            print(f"{time.monotonic() - started:6.1f} s  {number:2}. FAILED: {name}\n{error}", flush=True)
            print(f"The end of the server's log ({company.server.log_path}):\n{company.server.log_end()}", flush=True)
            if not isinstance(error, Failed):
                raise
            raise SystemExit(1) from error
        remarks = "".join(f"; {each}" for each in company.remarks)
        company.remarks.clear()
        print(f"{time.monotonic() - started:6.1f} s  {number:2}. {name}{remarks}", flush=True)


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        raise SystemExit(2)
    started = time.monotonic()
    with contextlib.ExitStack() as running:
        work = running.enter_context(world.work_folder())
        authority, secrets = Authority(work), {name: webhook_secret() for name in ("hook", "desk")}
        mail = running.enter_context(MailServer(authority))
        receiver = running.enter_context(Receiver(work, authority, secrets))
        alertmanager = running.enter_context(Alertmanager(work, authority, receiver))
        tickets = running.enter_context(Tickets(work))
        parts = (authority, mail, receiver, alertmanager, tickets, Notebook(work))
        company = ToldCompany(work, *sys.argv[1:], *parts, secrets)
        running.callback(company.server.stop)
        print(f"{time.monotonic() - started:6.1f} s      the parts stand", flush=True)
        play(company)
    print(f"{time.monotonic() - started:6.1f} s      all of it")


if __name__ == "__main__":
    main()
