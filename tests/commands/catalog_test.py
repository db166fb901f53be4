#!/usr/bin/env python3
"""What a security engineer does on a calm day, with the built program: init, check, explain, schema, lockout.   Usage: catalog_test.py POSTERN"""
import datetime
import json
import os
import pty
import re
import subprocess
import sys
import tempfile
import time
import xml.dom.minidom

POSTERN = os.path.abspath(sys.argv[1])
ACCOUNTS = {"--emergency-account": "100000000009", "--management-account": "100000000001", "--log-archive-account": "100000000003", "--identity-center-account": "100000000002"}
PEOPLE = {"--emergency-admin": ["aiko Aiko Tanaka <aiko@example.net>", "ben Ben Ito <ben@example.net>"], "--identity-admin": ["chie Chie Mori <chie@example.net>", "emil Emil Kato <emil@example.net>"],
          "--security-lead": ["dana Dana Sato <dana@example.net>", "gina Gina Abe <gina@example.net>"], "--executive": ["fumi Fumi Abe <fumi@example.net>", "hiro Hiro Ono <hiro@example.net>"]}  # fmt: skip
INIT = ["--organization", "Example Corp", "--access-portal", "https://example.awsapps.com/start", "--idp-metadata", "https://idp.example.net/metadata", "--timezone", "Asia/Tokyo", "--account", "200000000001 prod-web"]
INIT += [word for option, value in ACCOUNTS.items() for word in (option, value)]
INIT += [word for option, values in PEOPLE.items() for value in values for word in (option, value)]


def run(*words, code=0, **more):
    done = subprocess.run([POSTERN, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, **more)
    assert done.returncode == code, f"{words} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done


def initialised(folder, *more):
    run("init", folder, *INIT, *more)
    return folder


def init_writes_a_catalog_that_may_be_put_in_force(folder):
    catalog = initialised(folder)
    done = run("check", catalog, "--today", "2026-12-01")
    assert "This catalog may be put in force." in done.stdout, done.stdout
    assert set(re.findall(r"\[(PC\d+)\]", done.stdout)) == {"PC212", "PC301", "PC601", "PC605"}, done.stdout


def init_replaces_nothing(folder):
    initialised(folder)
    path = os.path.join(folder, "playbooks", "contain-idp.md")
    with open(path, "w", encoding="utf-8") as file:
        file.write("ours\n")
    os.remove(os.path.join(folder, "catalog.yaml"))
    assert "is there already" in run("init", folder, *INIT, code=3).stderr
    assert not os.path.exists(os.path.join(folder, "catalog.yaml"))
    with open(path, encoding="utf-8") as file:
        assert file.read() == "ours\n"


def init_says_what_it_could_not_ask(folder):
    stderr = run("init", folder, "--organization", "X", code=2).stderr
    assert "--emergency-account" in stderr and "--executive" in stderr and "--organization" not in stderr, stderr
    assert not os.path.exists(os.path.join(folder, "catalog.yaml"))


def init_asks_a_person_at_a_terminal(folder):
    answers = ["Example Corp", "100000000009", "100000000001", "100000000003", "100000000002", "", "https://example.awsapps.com/start", "https://idp.example.net/metadata", "", "", "Asia/Tokyo", "200000000001 prod-web", ""]
    for people in PEOPLE.values():
        answers += [*people, ""]
    answers[-2:-1] = ["hiro Hiro Ono <hiro@example.net>"]
    child, terminal = pty.fork()
    if child == 0:
        os.execv(POSTERN, [POSTERN, "init", folder])
    os.write(terminal, ("\n".join(answers) + "\n").encode())
    said = b""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            break
        if not part:
            break
        said += part
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, said.decode()
    assert b"The company's name" in said and b"Security leads" in said, said.decode()
    with open(os.path.join(folder, "catalog.yaml"), encoding="utf-8") as file:
        text = file.read()
    assert "sts_regions: [eu-west-1, us-west-2, ap-northeast-1]" in text and "standby-idp" not in text
    run("check", folder)


def init_takes_keys_from_files(folder):
    key = folder + ".pub"
    with open(key, "w", encoding="utf-8") as file:
        file.write("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJIiuCGgdCDqUXQWeXUqKbWQvGR3kiiugjjRojzwrEEp aiko\n")
    initialised(folder, "--ssh-key", "aiko=" + key)
    assert "aiko has no key" not in run("check", folder).stdout
    assert "for somebody named here" in run("init", folder + "-2", *INIT, "--ssh-key", "zoe=" + key, code=2).stderr


def check_shows_each_fault_in_three_forms(folder):
    catalog = os.path.join(initialised(folder), "catalog.yaml")
    with open(catalog, encoding="utf-8") as file:
        text = file.read()
    with open(catalog, "w", encoding="utf-8") as file:
        file.write(text.replace("min_people: 2", "min_poeple: 2"))
    line = text[: text.index("min_people")].count("\n") + 1
    assert f'catalog.yaml:{line}:1: error: "min_poeple" means nothing here. Did you mean "min_people"? [PC002]' in run("check", catalog, code=6).stdout
    [fault] = [each for each in json.loads(run("check", catalog, "--json", code=6).stdout)["faults"] if each["severity"] == "error"]
    assert (fault["code"], fault["line"], fault["column"], fault["file"]) == ("PC002", line, 1, "catalog.yaml") and fault["fix"], fault
    sarif = json.loads(run("check", "catalog.yaml", "--format", "sarif", code=6, cwd=folder).stdout)
    [run_of] = sarif["runs"]
    [result] = [each for each in run_of["results"] if each["level"] == "error"]
    rules = run_of["tool"]["driver"]["rules"]
    place = result["locations"][0]["physicalLocation"]
    assert sarif["version"] == "2.1.0" and result["ruleId"] == "PC002" == rules[result["ruleIndex"]]["id"], result
    assert place == {"artifactLocation": {"uri": "catalog.yaml"}, "region": {"startLine": line, "startColumn": 1}}, place


def every_code_is_explained(_folder):
    listed = re.findall(r"^(PC\d{3}) (?:error|warning) ", run("explain").stdout, re.M)
    assert len(listed) > 50 and listed == sorted(set(listed)), listed
    for code in listed:
        text = run("explain", code).stdout
        assert text.startswith(code) and "Why: " in text and "What to do: " in text, text
    assert 'Did you mean "PC204"' in run("explain", "PC2O4", code=2).stderr
    run("explain", "PC999", code=2)
    assert "{{account.id}}" in run("explain", "placeholders").stdout


def a_misspelt_placeholder_is_found_at_its_place(folder):
    path = os.path.join(initialised(folder), "playbooks", "contain-idp.md")
    with open(path, "a", encoding="utf-8") as file:
        file.write("\nlast {{acount.id}}\n")
    with open(path, encoding="utf-8") as file:
        line = file.read().count("\n")
    done = run("check", folder, code=6)
    assert f"playbooks/contain-idp.md:{line}:6: error: There is no placeholder {{{{acount.id}}}}." in done.stdout and "[PC009]" in done.stdout, done.stdout


def lockout_draws_what_it_says(folder):
    pictures = os.path.join(folder, "pictures")
    said = run("lockout", initialised(os.path.join(folder, "catalog")), "--pictures", pictures).stdout
    assert "Single point of failure: the emergency account is closed" in said, said
    drawn = sorted(os.listdir(pictures))
    assert "index.html" in drawn and len([each for each in drawn if each.endswith(".svg")]) == 10, drawn
    for each in drawn:
        with open(os.path.join(pictures, each), encoding="utf-8") as file:
            text = file.read()
        assert "<script" not in text and "emergency account" in text or "No process" in text or "no way" in text.lower(), each
        if each.endswith(".svg"):
            xml.dom.minidom.parseString(text)


def a_playbook_that_cannot_be_laid_out_is_found_now(folder):
    path = os.path.join(initialised(folder), "playbooks", "contain-idp.md")
    with open(path, "a", encoding="utf-8") as file:
        file.write("\n" + ">" * 200 + " deep\n")
    done = run("check", folder, code=6)
    assert "playbooks/contain-idp.md: error: " in done.stdout and "[PC007]" in done.stdout, done.stdout


def metadata(folder, days):
    """A file as an IdP serves it, with a signing certificate that lasts so many days."""
    pem, key = os.path.join(folder, "idp.pem"), os.path.join(folder, "idp.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=idp", "-days", str(days), "-keyout", key, "-out", pem], check=True, capture_output=True)
    with open(pem, encoding="ascii") as file:
        certificate = "".join(line.strip() for line in file if "CERTIFICATE" not in line)
    return f"""<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="https://idp.example.net">
  <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>
    <SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.net/sso"/>
  </IDPSSODescriptor>
</EntityDescriptor>
"""


def a_certificate_is_warned_of_before_it_expires(folder):
    catalog = initialised(folder)
    os.mkdir(os.path.join(catalog, "metadata"))
    path = os.path.join(catalog, "metadata", "idp-in-aws.xml")
    today = datetime.date.today()
    with open(path, "w", encoding="utf-8") as file:
        file.write(metadata(catalog, 100))
    assert "PC604" not in run("check", catalog).stdout and "PC605" not in run("check", catalog).stdout
    soon = run("check", catalog, "--today", str(today + datetime.timedelta(days=50))).stdout
    assert "metadata/idp-in-aws.xml: warning: The certificate of https://idp.example.net that AWS trusts expires in" in soon and "PC604" in soon, soon
    assert "expired on" in run("check", catalog, "--today", str(today + datetime.timedelta(days=101))).stdout
    with open(path, "w", encoding="utf-8") as file:
        file.write("<html/>\n")
    assert "PC605" in run("check", catalog).stdout


def playbooks_are_read_on_a_terminal_and_printed_for_the_safe(folder):
    catalog = initialised(folder)
    text = run("playbook", "idp-unavailable", "--catalog", catalog).stdout
    assert "Operate a production workload without the IdP\n====" in text and "‹grant.id›" in text and "eu-west-1, us-west-2" in text, text
    assert max(len(line) for line in text.splitlines() if not line.startswith("   ")) <= 80
    assert "\x1b" not in text
    japanese = run("playbook", "operate-workload", "--catalog", catalog, "--language", "ja").stdout
    assert "IdP なしで本番ワークロードを操作する" in japanese and "Postern なしで" in japanese, japanese
    assert run("playbook", "operate-workload", "--catalog", catalog, "--format", "markdown").stdout.startswith("# Operate")
    page = run("playbook", "--catalog", catalog, "--print").stdout
    assert page.count("<article") == 5 and page.count("<hr") == 5 and "Content-Security-Policy" in page and "<script" not in page, page[:2000]
    assert 'Did you mean "idp-unavailable"?' in run("playbook", "idp-unavailble", "--catalog", catalog, code=3).stderr


def people_come_and_go_by_guides_that_change_nothing(folder):
    catalog = initialised(folder)
    with open(os.path.join(catalog, "catalog.yaml"), encoding="utf-8") as file:
        before = file.read()
    line = before[: before.index("emergency-admins: [")].count("\n") + 1
    left = run("people", "leave", "aiko", "--catalog", catalog).stdout
    assert f"catalog.yaml:{line}: emergency-admins" in left and "deactivate-mfa-device --user-name aiko" in left, left
    assert "Aiko Tanaka (aiko) leaves the catalog" in left and "postern catalog propose" in left, left
    gone = json.loads(run("people", "leave", "dana", "--catalog", catalog, "--json").stdout)
    assert any("would say" in each["step"] and any("PC2" in line for line in each["lines"]) for each in gone["steps"]), gone
    joined = run("people", "join", "zoe Zoe Abe <zoe@example.net>", "--group", "security-leads", "--catalog", catalog).stdout
    assert "Zoe Abe (zoe) joins the catalog" in joined and "iam_user" not in joined, joined
    assert "iam_user: { name: zoe" in run("people", "join", "zoe Zoe Abe <zoe@example.net>", "--group", "emergency-admins", "--catalog", catalog).stdout
    run("people", "join", "zoe Zoe Abe <zoe@example.net>", "--group", "admirals", "--catalog", catalog, code=3)
    run("people", "join", "aiko Aiko <a@example.net>", "--group", "executives", "--catalog", catalog, code=3)
    order = [left.index(each) for each in ("--policy-name Stopped", "delete-login-profile", "delete-access-key", "deactivate-mfa-device", "AWSRevokeOlderSessions", "delete-user --user-name aiko")]
    assert order == sorted(order), left
    assert "EmergencyAccess_Ops in 1 account: 200000000001" in left, left
    assert "AWSRevokeOlderSessions" not in run("people", "leave", "fumi", "--catalog", catalog).stdout
    assert "delete-virtual-mfa-device" in run("people", "lost-device", "aiko", "--catalog", catalog).stdout
    assert "me check --aws-profile new" in run("people", "rotate-access-key", "aiko", "--catalog", catalog).stdout
    run("people", "rotate-access-key", "dana", "--catalog", catalog, code=3)
    run("people", "new-key", "dana", "--catalog", catalog, code=2)
    with open(os.path.join(catalog, "catalog.yaml"), encoding="utf-8") as file:
        assert file.read() == before


TESTS = [init_writes_a_catalog_that_may_be_put_in_force, init_replaces_nothing, init_says_what_it_could_not_ask, init_asks_a_person_at_a_terminal, init_takes_keys_from_files,
         check_shows_each_fault_in_three_forms, every_code_is_explained, a_misspelt_placeholder_is_found_at_its_place, a_playbook_that_cannot_be_laid_out_is_found_now, a_certificate_is_warned_of_before_it_expires, people_come_and_go_by_guides_that_change_nothing, playbooks_are_read_on_a_terminal_and_printed_for_the_safe,
         lockout_draws_what_it_says]  # fmt: skip


def main():
    for test in TESTS:
        with tempfile.TemporaryDirectory() as folder:
            test(os.path.join(folder, "work"))
        print("ok", test.__name__.replace("_", " "))


if __name__ == "__main__":
    main()
