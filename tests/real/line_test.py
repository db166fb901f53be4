"""The whole line on real components: from a calm day, by two dead identity providers, to a raised Auto Scaling maximum, and
on to an auditor's proof. Every step runs the real `postern` as people do, and everything that must be refused is tried.

    /usr/bin/python3 line_test.py POSTERN POSTERN_LEDGER_VERIFY

Exit code 0, 1, or 77 when a part is missing. After a failure the work folder stays; logs/commands.log in it has all
commands and answers.
"""
import contextlib
import sys
import time

import line_access
import line_bad_days
import line_opening
import line_proof
import world
from company import Company, Failed
from line_proof import GoVerifier

STEPS = [*line_opening.STEPS, *line_access.STEPS, *line_bad_days.STEPS, *line_proof.STEPS]


def play(company):
    """All steps, in order, until one fails; of that, everything known is printed."""
    for number, step in enumerate(STEPS, 1):
        started = time.monotonic()
        name = step.__name__.replace("_", " ")
        try:
            step(company)
        except Exception as error:
            print(f"{time.monotonic() - started:6.1f} s  {number:2}. FAILED: {name}\n{error}", flush=True)
            if not isinstance(error, Failed):
                raise
            raise SystemExit(1) from error
        company.note_secrets()
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
        go_verifier = running.enter_context(GoVerifier(work))
        moto = running.enter_context(world.Moto(work))
        gateway = running.enter_context(world.Gateway(work, moto))
        providers = [running.enter_context(world.SimpleSamlPhp(work, name)) for name in ("primary", "standby")]
        company = Company(work, *sys.argv[1:], moto, gateway, *providers)
        company.go_verifier = go_verifier
        running.callback(company.server.stop)
        print(f"{time.monotonic() - started:6.1f} s      the parts stand", flush=True)
        play(company)
    print(f"{time.monotonic() - started:6.1f} s      all of it")


if __name__ == "__main__":
    main()
