"""One `postern serve`, started, killed and started again by exactly the same command line."""
import os
import select
import signal
import subprocess
import time

from api import Violation

SERVING_WITHIN_SECONDS = 30
STOPPED_WITHIN_SECONDS = 30


class Server:
    """The process. Its log is a pipe that is read while it starts and after it ended; in between it says far less than a pipe holds."""

    def __init__(self, command):
        self.command = command
        self.process = None
        self.started_at = 0.0
        self.log = b""

    def start(self):
        self.log = b""
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        os.set_blocking(self.process.stderr.fileno(), False)

    def wait_until_serving(self):
        """Seconds from start to the line that says it listens."""
        give_up_at = self.started_at + SERVING_WITHIN_SECONDS
        while b'"event":"started"' not in self.log:
            left = give_up_at - time.monotonic()
            if left <= 0:
                raise Violation(f"not serving within {SERVING_WITHIN_SECONDS} s after a restart: {self.log.decode()}")
            select.select([self.process.stderr], [], [], left)
            said = self.process.stderr.read()
            if said == b"":  # the other end is closed: it ended by itself
                raise Violation(f"did not restart; exit code {self.process.wait()}: {self.log.decode()}")
            self.log += said or b""
        return time.monotonic() - self.started_at

    def kill(self):
        """SIGKILL; it must have been alive until then."""
        self.process.send_signal(signal.SIGKILL)
        code = self.process.wait()
        self.log += self.process.stderr.read() or b""
        self.process.stderr.close()
        if code != -signal.SIGKILL:
            raise Violation(f"the server had ended by itself before it was killed; exit code {code}: {self.log.decode()}")
        # Declared emergencies are said aloud, too; anything else that alarms is a fault.
        if any(b'"level":"alarm"' in line and b'"event":"emergency ' not in line for line in self.log.splitlines()):
            raise Violation("the server raised an alarm: " + self.log.decode())

    def stop(self):
        """SIGTERM; a clean end is part of the promise."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(STOPPED_WITHIN_SECONDS)
        self.log += self.process.stderr.read() or b""
        self.process.stderr.close()
        if code != 0:
            raise Violation(f"SIGTERM ended the server with exit code {code}: {self.log.decode()}")

    def end(self):
        """Leaves nothing running, whatever went wrong before."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
