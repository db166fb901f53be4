#!/usr/bin/env python3
"""How long a clean build takes without ccache, and a rebuild after a change of one file of the core.

Works in build/time, away from everything else. The change is a touch of src/emergency/decide_request.cc and of
src/base/result.h (the worst one), made on a copy of nothing: only the time stamps of build products matter to ninja, so the
file is rewritten with its own contents.
"""
import os
import pathlib
import shutil
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "time"


def timed(what, *command):
    start = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "CCACHE_DISABLE": "1"}, cwd=ROOT)
    print(f"{what}: {time.monotonic() - start:.0f} s", flush=True)


def main():
    shutil.rmtree(BUILD, ignore_errors=True)
    subprocess.run(["cmake", "--preset", "release", "-B", str(BUILD)], check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    timed("clean build, everything", "ninja", "-C", str(BUILD))
    for path in ("src/emergency/decide_request.cc", "src/server/api_read.cc"):
        (ROOT / path).touch()
        timed(f"rebuild of postern after a change of {path}", "ninja", "-C", str(BUILD), "postern")
    shutil.rmtree(BUILD)


if __name__ == "__main__":
    main()
