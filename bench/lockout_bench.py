#!/usr/bin/env python3
"""The cut-set engine beside `scram --bdd`, on the same models in one run.   Usage: lockout_bench.py POSTERN MODELS

Whole processes are timed, the median of three: reading, all minimal cut sets, probability; SCRAM writes every set, so `postern --json`
is timed too, which writes up to 100,000 of them."""
import glob
import os
import statistics
import subprocess
import sys
import time


def seconds(command, times=3):
    spent = []
    for _ in range(times):
        start = time.monotonic()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        spent.append(time.monotonic() - start)
    return statistics.median(spent)


def main():
    postern, folder = sys.argv[1], sys.argv[2]
    sums = [0.0, 0.0, 0.0]
    slower = []
    for path in sorted(glob.glob(os.path.join(folder, "*.xml"))):
        times = 1 if path.endswith("isp9602.xml") else 3
        text = seconds([postern, "lockout", path], times)
        listing = seconds([postern, "--json", "lockout", path], times)
        scram = seconds(["scram", "--bdd", "--probability", "1", "-l", "1000", path], times)
        sums = [a + b for a, b in zip(sums, (text, listing, scram))]
        if text > scram:
            slower.append(os.path.basename(path))
        print(f"{os.path.basename(path):16} {text:8.3f} s {listing:8.3f} s  SCRAM {scram:8.3f} s  ratio {text / scram:.3f} {listing / scram:.3f}")
    print(f"total            {sums[0]:8.3f} s {sums[1]:8.3f} s  SCRAM {sums[2]:8.3f} s  ratio {sums[0] / sums[2]:.3f} {sums[1] / sums[2]:.3f}")
    print("slower than SCRAM:", ", ".join(slower) or "none")


if __name__ == "__main__":
    main()
