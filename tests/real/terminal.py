"""A person at a terminal: what Postern asks there, and what it leaves behind."""
import fcntl
import os
import pty
import select
import subprocess
import termios
import time

from company import Failed, Ran

QUESTION = b"MFA code of "
SECONDS_MAX = 30


def _own_this_terminal():
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _read_until(terminal, words, give_up_at):
    """What the terminal shows up to these words; all of it, when there are none."""
    shown = b""
    while not words or words not in shown:
        ready, _, _ = select.select([terminal], [], [], max(0, give_up_at - time.monotonic()))
        if not ready:
            raise Failed(f"the terminal has shown only {shown!r}")
        try:
            shown += os.read(terminal, 4096)
        except OSError:  # the last program on it has ended
            return shown
    return shown


def at_a_terminal(person, typed, *arguments, **extra):
    """Runs postern on a terminal and answers its one question. It must not show what was typed, and show typing again later."""
    ours, theirs = pty.openpty()
    started = time.monotonic()
    child = subprocess.Popen(
        [str(person.company.postern), *arguments], env={**person.variables(), **extra}, stdin=theirs, stdout=theirs, stderr=theirs,
        start_new_session=True, preexec_fn=_own_this_terminal,
    )  # fmt: skip
    try:
        shown = _read_until(ours, QUESTION, started + SECONDS_MAX)
        os.write(ours, typed)
        code = child.wait(SECONDS_MAX)
        mode = termios.tcgetattr(theirs)[3]
        os.close(theirs)
        shown += _read_until(ours, b"", started + 2 * SECONDS_MAX)
    finally:
        child.kill()
        os.close(ours)
    ran = Ran(f"{person.name}@tty$ postern {' '.join(arguments)}", code, shown.decode(), "", time.monotonic() - started)
    person.company.write_down(ran)
    if not mode & termios.ECHO or not mode & termios.ICANON or not mode & termios.ISIG:
        raise Failed(f"the terminal was left mute:\n{ran.text()}")
    return ran
