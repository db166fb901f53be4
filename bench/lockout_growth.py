#!/usr/bin/env python3
"""Growth of `postern check` and `postern lockout` with the number of accounts.   Usage: lockout_growth.py POSTERN CHECK_BENCH

200 people, 100 dependencies in three layers, 20 processes of 10 requesters and 2 tiers of 10 approvers each, 3 failure modes, from 20 to 1,000 accounts."""
import base64
import hashlib
import os
import struct
import subprocess
import sys
import tempfile
import time

PEOPLE, DEPENDENCIES, PROCESSES = 200, 100, 20


def key(number):
    """The public key's form is all that counts here."""
    parts = [b"ssh-ed25519", hashlib.sha256(str(number).encode()).digest()]
    return "ssh-ed25519 " + base64.b64encode(b"".join(struct.pack(">I", len(p)) + p for p in parts)).decode()


def group(name, first, count):
    return f"  {name}: [{', '.join(f'p{(first + i) % PEOPLE}' for i in range(count))}]\n"


def catalog(accounts):
    out = "version: 1\nowners: { people: [p0, p1, p2], quorum: 2 }\nmin_people: 2\n"
    out += 'organization: { name: Example, emergency_account: "100000000009", sts_regions: [eu-west-1, us-west-2, ap-northeast-1] }\naccounts:\n'
    for i in range(accounts):
        out += f'  - {{ id: "{300000000000 + i}", name: account-{i}, tags: [t{i % PROCESSES}, u{i % 7}] }}\n'
    out += "people:\n"
    for i in range(PEOPLE):
        out += f'  - {{ id: p{i}, name: Person {i}, email: p{i}@example.net, keys: [{{ ssh: "{key(i)}" }}], '
        out += f'iam_user: {{ name: p{i}, mfa_serial: "arn:aws:iam::100000000009:mfa/p{i}" }} }}\n'
    out += "groups:\n"
    for i in range(PROCESSES):
        out += group(f"requesters-{i}", 10 * i, 10) + group(f"first-{i}", 10 * i + 5, 10) + group(f"second-{i}", 10 * i + 50, 10)
    out += "dependencies:\n"
    for i in range(DEPENDENCIES):
        needs = "" if i < 40 else f"needs: {{ any: [d{i - 40}, d{(i * 7) % 40}] }}" if i < 70 else f"needs: {{ all: [d{i - 30}, d{i % 40}] }}"
        out += f"  d{i}: {{ {needs} }}\n"
    out += "probes:\n  uplink: { control: true, tcp: \"192.0.2.1:443\" }\n  idp: { dependency: d0, tcp: \"192.0.2.2:443\" }\nfailure_modes:\n"
    for i in range(3):
        out += f"  mode-{i}: {{ title: M, leads_to: X, takes_away: [d{99 - i}], confirm: {{ all: [{{ probe_down: {{ probe: idp }} }}, "
        out += f"{{ attested: {{ by: first-{i}, count: 1, statement: It is down. }} }}] }}, declared_by: [second-{i}], process: process-{i} }}\n"
    out += "processes:\n"
    for i in range(PROCESSES):
        others = ", ".join(f"process-{j}" for j in range(PROCESSES) if j != i)
        out += f"  process-{i}:\n    title: P\n    use_when: Y.\n    do_not_use_when: N.\n    alternatives: [{others}]\n    who_may_request: [requesters-{i}]\n"
        out += f"    access: {{ mechanism: iam-user, emergency_role: E{i}, target_role: T{i}, targets: {{ tags: [t{i}, u{i % 7}] }}, needs: {{ all: [d{70 + i}] }}, grant_max: 4h }}\n"
        out += f"    approval: {{ tiers: [{{ from: [first-{i}], count: 1, within: 5m }}, {{ from: [second-{i}], count: 2, within: 5m }}], when_nobody_answers: deny }}\n"
        out += "    playbook: playbooks/p.md\n"
    return out


def seconds(command, may_fail=False):
    start = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    spent = time.monotonic() - start
    if done.returncode != 0 and not may_fail:
        sys.exit(done.stdout[:3000] + done.stderr[:1000])
    return spent


def main():
    postern, check_bench = sys.argv[1:]
    before = None
    for accounts in (20, 100, 1000):
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(os.path.join(folder, "playbooks"))
            for name, text in (("catalog.yaml", catalog(accounts)), ("playbooks/p.md", "# Steps\n")):
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.write(text)
            path = os.path.join(folder, "catalog.yaml")
            check, lockout = seconds([postern, "check", path]), seconds([postern, "lockout", path])
            growth = "" if before is None else f"  ×{check / before[0]:.1f} ×{lockout / before[1]:.1f}"
            ratio = subprocess.run([check_bench, path], capture_output=True, text=True, check=True).stdout.strip()
            print(f"{accounts:5} accounts: check {check:.2f} s, lockout {lockout:.2f} s{growth}; {ratio}")
            before = check, lockout


if __name__ == "__main__":
    main()
