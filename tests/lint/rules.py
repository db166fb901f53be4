#!/usr/bin/env python3
"""Rules of this house that no compiler knows. Prints what breaks them, one line each."""
import re
import subprocess
import sys

PURE = "emergency ledger signature catalog iam pattern lockout playbook correlation blueprint".split()
IMPURE = re.compile(
    r"system_clock|steady_clock|clock_gettime|random_device|std::thread|std::mutex|std::cout|fopen|[io]fstream|getenv|spdlog|"
    r"<iostream>|<thread>|<mutex>|<unistd.h>"
)
# g++ 12 destroys these temporaries twice (facts: tremotesf2#551): name them first.
CO_AWAIT_TEMPORARY = re.compile(r"co_await[^;]*\([^;]*(\w+\{|\[[^\]]*\]\s*[({])")
LEFT_OPEN = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
LINES_MAX = 600


def files():
    out = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], capture_output=True, text=True, check=True)
    return [f for f in out.stdout.splitlines() if f.endswith((".h", ".cc", ".py", ".sh")) or f == "dev"]


def faults_in(path, text):
    lines = text.splitlines()
    parts = path.split("/")
    is_test = path.endswith(("_test.cc", "_for_test.h", "testing.h"))
    if len(lines) > LINES_MAX:
        yield 1, f"has {len(lines)} lines, over {LINES_MAX}: a noun is missing"
    if path.endswith(".h") and "#pragma once" not in text:
        yield 1, "has no #pragma once"
    for number, line in enumerate(lines, 1):
        if LEFT_OPEN.search(line) and "LEFT_OPEN" not in line:
            yield number, "leaves something open"
        if parts[0] == "src" and parts[1] in PURE and not is_test and IMPURE.search(line):
            yield number, f"{parts[1]} is pure, and this is not"
        if path.endswith(".cc") and CO_AWAIT_TEMPORARY.search(line):
            yield number, "a temporary inside co_await: g++ 12 miscompiles it"
        if parts[0] == "src" and re.search(r"\bcatch\s*\(\s*\.\.\.\s*\)\s*\{\s*\}", line):
            yield number, "swallows every exception"


def main():
    found = 0
    for path in files():
        try:
            text = open(path, encoding="utf-8").read()
        except FileNotFoundError:  # removed, not yet committed
            continue
        for number, what in faults_in(path, text):
            print(f"{path}:{number}: {what}")
            found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
