#!/usr/bin/env python3
"""How long AWS's tools wait for postern-credentials when the wallet has what they need, beside the start of /bin/true in the same run.

    credentials_bench.py FOLDER_OF_PROGRAMS [ROUNDS]
"""
import base64
import datetime
import os
import statistics
import subprocess
import sys
import tempfile
import time

SERVER = "unix:/run/postern/postern.sock"


def write_wallet(folder):
    """As docs/formats.md describes it; good for an hour."""
    until = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    server = base64.urlsafe_b64encode(SERVER.encode()).decode().rstrip("=")
    keys = lambda whose: [  # noqa: E731
        f"{whose}.access_key_id ASIAEXAMPLE000000000",
        f"{whose}.secret_access_key {'s' * 40}",
        f"{whose}.session_token {'t' * 900}",
        f"{whose}.expires_at {until}",
    ]
    lines = ["format postern-wallet/1", f"server {server}", "person aiko", "grant G-1", f"grant_until {until}",
             "emergency_role arn:aws:iam::100000000009:role/EmergencyAccess_Ops",
             "target_role arn:aws:iam::200000000001:role/EmergencyAccess_Ops", "region eu-west-1", *keys("emergency"),
             "session S-1", f"renew_at {until}", *keys("target")]  # fmt: skip
    os.mkdir(f"{folder}/postern", 0o700)
    path = f"{folder}/postern/aiko@{server}.G-1.wallet"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")


def milliseconds(command, environment):
    before = time.perf_counter()
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    return (time.perf_counter() - before) * 1000, done.stdout


def main():
    programs, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 300
    with tempfile.TemporaryDirectory() as folder:
        write_wallet(folder)
        environment = {"XDG_RUNTIME_DIR": folder, "PATH": "/usr/bin:/bin"}
        commands = {
            "/bin/true": ["/bin/true"],
            "postern-credentials": [f"{programs}/postern-credentials", "G-1", "--server", SERVER, "--person", "aiko"],
            "postern access --credential-process": [f"{programs}/postern", "access", "G-1", "--credential-process",
                                                    "--server", SERVER, "--person", "aiko"],
        }  # fmt: skip
        times = {name: [] for name in commands}
        for _ in range(rounds):
            for name, command in commands.items():
                spent, output = milliseconds(command, environment)
                times[name].append(spent)
                if name != "/bin/true" and b'"Version":1' not in output:
                    sys.exit(f"{name} gave no credentials: {output!r}")
    base = statistics.median(times["/bin/true"])
    print(f"{'median of ' + str(rounds) + ' starts':40}{'ms':>8}{'÷ /bin/true':>14}")
    for name, all_times in times.items():
        median = statistics.median(all_times)
        print(f"{name:40}{median:8.2f}{median / base:14.2f}")


if __name__ == "__main__":
    main()
