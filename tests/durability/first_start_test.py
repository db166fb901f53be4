#!/usr/bin/env python3
"""A first start, killed before each thing that it does to the disk: first_start_test.py POSTERN. The next start must need no hand.

Random kills hardly ever fall between making a file and filling it; strace puts one before every call that changes the disk, in turn.
Ends with 77 where strace is missing.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from api import Violation
from server import SERVING_WITHIN_SECONDS, Server
from world import World

# A kill before the next of these is the same, on the disk, as one after the last.
# Machines differ in which of each pair they have; "?" lets strace pass over those that are not there.
CALLS = (
    "write pwrite64 fsync fdatasync ftruncate ?rename,?renameat,?renameat2 ?link,?linkat ?unlink,?unlinkat"
    " ?mkdir,?mkdirat ?chmod,?fchmodat bind listen"
).split()
MOMENTS_MAX = 400  # of each call


def start_killed_before(call, moment, world):
    """Starts the server, killed before the call of that number. False when it serves without having come that far."""
    log = world.folder / "strace"
    command = ["strace", "-f", "-o", str(log), "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={moment}"]
    tracer = subprocess.Popen([*command, *world.serve_command()], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        give_up_at = time.monotonic() + SERVING_WITHIN_SECONDS
        # The line about serving is itself a write; nothing that the server does at its start comes after it.
        said = b""
        while b'"event":"started"' not in said and time.monotonic() < give_up_at:
            line = tracer.stderr.readline()
            if not line:
                return True
            said += line
        return False
    finally:
        # Killing the tracer would let the traced server go on, so the server is ended first.
        children = pathlib.Path(f"/proc/{tracer.pid}/task/{tracer.pid}/children").read_text(encoding="ascii").split()
        for child in children:
            subprocess.run(["kill", "-KILL", child], check=False)
        tracer.wait()
        tracer.stderr.close()


def starts_again(world):
    """Nothing when the same command line serves, or what was wrong."""
    server = Server(world.serve_command())
    server.start()
    try:
        server.wait_until_serving()
        return None
    except Violation as fault:
        return str(fault)
    finally:
        server.end()
        server.process.stderr.close()


def faults_after(call, world):
    """(moments, faults) of a first start that is killed before its first `call`, before its second, and so on."""
    faults = []
    for moment in range(1, MOMENTS_MAX + 1):
        shutil.rmtree(world.state, ignore_errors=True)
        pathlib.Path(world.socket).unlink(missing_ok=True)
        if not start_killed_before(call, moment, world):
            return moment - 1, faults
        left = {path.name: path.stat().st_size for path in world.state.iterdir()} if world.state.exists() else {}
        fault = starts_again(world)
        if fault:
            faults.append(f"killed before {call} number {moment}, with {left} on the disk: {fault.strip()}")
    return MOMENTS_MAX, faults + [f"{MOMENTS_MAX} moments of {call} were not enough"]


def main():
    if shutil.which("strace") is None:
        print("strace is missing")
        return 77
    folder = tempfile.mkdtemp(prefix="postern-first-")
    world = World(folder, sys.argv[1])
    world.make()
    moments, faults = {}, []
    for call in CALLS:
        moments[call], found = faults_after(call, world)
        faults += found
    print(f"a first start killed at {sum(moments.values())} moments ({moments}): {len(faults)} times it did not start again")
    if not faults:
        shutil.rmtree(folder)
        return 0
    print("\n".join(faults) + f"\nThe last one's files are in {folder}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
