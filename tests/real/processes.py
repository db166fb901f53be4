"""Running the real parts: each is one process in a group of its own, on a free port of loopback, and it dies with us.

A part is stopped by its process id, when its `with` block ends, however that ends. Should this process be killed
outright, the kernel kills the part (prctl(2), PR_SET_PDEATHSIG); for that the part must be started by a thread that
lives as long as the test does, best the main one.
"""
import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

PR_SET_PDEATHSIG = 1
START_SECONDS_MAX = 20
_libc = ctypes.CDLL(None, use_errno=True)
# Proxies are for other machines, and every part is on this one.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_port():
    """A port of loopback that nobody listens on. Whoever gets it should bind it soon."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def http(url, body=None, headers=None, timeout=5.0):
    """(status, bytes) of a GET, or of a POST of `body` (bytes)."""
    request = urllib.request.Request(url, data=body, headers=headers or {})
    try:
        with _opener.open(request, timeout=timeout) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@contextlib.contextmanager
def work_folder():
    """A folder for keys, logs and a private home. Removed at the end; after a failure it stays, and stderr names it."""
    folder = Path(tempfile.mkdtemp(prefix="postern-real-"))
    for name in ("home", "logs"):
        (folder / name).mkdir()
    try:
        yield folder
    except BaseException as error:
        if isinstance(error, SystemExit) and error.code in (None, 0, 77):
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f"Logs and state are kept in {folder}", file=sys.stderr)
        raise
    shutil.rmtree(folder, ignore_errors=True)


def environment(work, **extra):
    """The whole environment of a part or a client. Nothing is inherited that could lead it to a real account."""
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": str(work / "home"),
        "LANG": "C.UTF-8",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_PAGER": "",
        **{name: str(value) for name, value in extra.items()},
    }


def _die_with(parent):
    """For the child, between fork and exec: be killed when `parent` is gone, even if it is gone already."""

    def arrange():
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return arrange


class Process:
    """One running part. Subclasses give the command and say how they know that it answers."""

    def __init__(self, work, name):
        self.work = work
        self.name = name
        self.log_path = work / "logs" / f"{name}.log"
        self._process = None

    def command(self):
        raise NotImplementedError

    def variables(self):
        """What the part's environment has beside the common one."""
        return {}

    def answers(self):
        """Whether it does its work already. May raise OSError for no."""
        raise NotImplementedError

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def pid(self):
        return self._process.pid

    def start(self):
        with open(self.log_path, "ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                env=environment(self.work, **self.variables()),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.work,
                start_new_session=True,
                preexec_fn=_die_with(os.getpid()),
            )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise

    def _wait_until_it_answers(self):
        give_up_at = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < give_up_at:
            if self._process.poll() is not None:
                raise RuntimeError(f"{self.name} ended at once, see {self.log_path}:\n{self.log_end()}")
            with contextlib.suppress(OSError):
                if self.answers():
                    return
            time.sleep(0.05)
        raise RuntimeError(f"{self.name} does not answer after {START_SECONDS_MAX} s, see {self.log_path}:\n{self.log_end()}")

    def stop(self):
        """Kills the whole group and waits for its leader. Doing it twice is fine."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def hang(self):
        """From now on connections are accepted by the kernel and never answered."""
        os.killpg(self._process.pid, signal.SIGSTOP)

    def resume(self):
        os.killpg(self._process.pid, signal.SIGCONT)

    def log_end(self):
        return self.log_path.read_text(errors="replace")[-2000:]
