"""Real identity providers, their front, AWS and our own uplink fail one after the other, before one running server: what
becomes suspected, what each probe says, how many rounds that took, and what people then do about it.

    /usr/bin/python3 probe_test.py POSTERN POSTERN_LEDGER_VERIFY

Exit code 0, 1, or 77 when a part is missing. After a failure the work folder stays: logs/commands.log in it has all commands
and answers, logs/server.log what the server said.
"""
import contextlib
import sys
import time

import probe_evidence
import probe_failures
import probe_federation
import probe_override
import world
from company import Failed
from nginx_front import NginxFront
from probe_company import ACCOUNT, PROVIDER, ProbingCompany
from probe_world import PrimaryIdp, Script, StandbyIdp, Uplink

STEPS = [
    *probe_failures.STEPS, *probe_evidence.STEPS, *probe_override.STEPS, *probe_federation.STEPS, *probe_evidence.LAST_STEPS,
]  # fmt: skip


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
        moto = running.enter_context(world.Moto(work))
        primary = running.enter_context(PrimaryIdp(work, ACCOUNT, PROVIDER))
        standby = running.enter_context(StandbyIdp(work))
        front = running.enter_context(NginxFront(work, primary.url))
        uplinks = [running.enter_context(Uplink()) for _ in range(2)]
        company = ProbingCompany(work, *sys.argv[1:], moto, primary, standby, front, uplinks, Script(work))
        running.callback(company.server.stop)
        print(f"{time.monotonic() - started:6.1f} s      the parts stand", flush=True)
        play(company)
    print(f"{time.monotonic() - started:6.1f} s      all of it")


if __name__ == "__main__":
    main()
