#!/usr/bin/env python3
"""The catalog's JSON Schema, by which editors complete and underline, says what the reader says.

Usage: schema_test.py POSTERN NPM SHARED

NPM is the folder that has node_modules, SHARED the folder of shared material, or "" where there is none. From sound catalogs, one that
has every key there is, mutants are made: at each place a key left out, one too many, each wrong type, each broken form. ajv's verdict
and that of `postern check` must agree on each, but for what KNOWN_DIFFERENCES explains. Exit code 0, 1, or 77 when a part is missing."""
import copy
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
SKIPPED = 77
THREADS = 2
SHOWN = 20
MUTANTS_MIN = 2500  # fewer, and the generator is what broke

# `check` gives up before reading when the path of a file that the catalog names leaves its folder.
NOT_LOADED = "not loaded"
# Faults of form, which a schema can see: unknown_key, missing_key, wrong_value (src/catalog/rules.h).
OF_FORM = {"PC002", "PC003", "PC004", NOT_LOADED}
# Here the schema may say either: not YAML, a name that nothing defines, something that stands twice. What has no form of its own
# (files beside the catalog, rules over all of it) it must let pass.
EITHER = {"PC001", "PC005", "PC006"}

@dataclass
class Mutant:
    what: str  # the mutation
    place: str  # the shape of its path: "people.*.email"
    text: str
    value: object = None  # what stands there now
    faults: list = field(default_factory=list)  # the reader's, of severity error
    accepted: bool = False  # by the schema
    said: list = field(default_factory=list)

    @property
    def codes(self):
        return {each["code"] for each in self.faults}


def is_bare(mutant):
    """A number or a boolean stands where text does."""
    return isinstance(mutant.value, (int, float)) and mutant.what.startswith("type ") and not mutant.accepted and not mutant.codes & OF_FORM


def by(sentence):
    """The reader has only this to say against its form, and the schema lets it pass."""
    return lambda mutant: mutant.accepted and all(sentence in each["what"] for each in mutant.faults if each["code"] in OF_FORM)


def where(what, end=""):
    return lambda mutant: mutant.accepted and mutant.what == what and mutant.place.endswith(end)


# What differs, and why it stays so. Each line must be met by a mutant, or it is out of date.
KNOWN_DIFFERENCES = [
    ("7 or true where text stands: the reader takes a scalar as it is written; the schema wants quotes, as other YAML readers do", is_bare),
    ("a timeout longer than the time between two checks: a schema compares nothing", by("is longer than the time between two probes")),
    ("slow later than the timeout: a schema compares nothing", by("is longer than the timeout")),
    ("k of fewer than k: a schema compares nothing", lambda mutant: mutant.accepted and mutant.place.endswith("k_of.k")),
    ("hours that end before they begin: a schema compares nothing", where("hours backwards")),
    ("a regular expression that RE2 does not read: no readable pattern", by("no regular expression that RE2 reads")),
    ("a duration of more than ten years: no readable pattern", by("at most ten years")),
    ("the 29th of February in a year that has none: no readable pattern", where("no leap year")),
    ("a whole number spelled 02, 0x2 or 2.0: for a schema it is 2, the reader wants it plain", where("odd number")),
    ("True for true: YAML has both, the reader one", where("odd boolean")),
    ("limits of text are bytes, and characters in a schema", by(" bytes. Shorten it.")),
]

KEYS = {"aiko": "IJIiuCGgdCDqUXQWeXUqKbWQvGR3kiiugjjRojzwrEEp", "ben": "IDaoC9987knh8nGArf8P09gTKrOA45A9PX7uT8/R5rV3",
        "chie": "IHDyfXsASSEUeE63i3ZzDJRvq7zgtpTTISQXktawReJl", "dana": "IJkj8JAnUuQtb0/1U6kP65MnSzyqNYBKd9TUOQDYgsfy",
        "emil": "ILpfyaAva+bGEPG2CSdbQrpohLfvhCaY7en2F2gtmlai"}  # fmt: skip
SECRET = {"env": "POSTERN_SECRET"}
CHANNELS = {
    "mail": {"smtp": {"url": "smtps://mail.example.net:465", "from": "postern@example.net", "username": "postern", "password": SECRET}},
    "relay": {"smtp": {"url": "smtp://192.0.2.25", "from": "postern@example.net"}},
    "page": {"pagerduty": {"routing_key": SECRET, "url": "https://events.eu.pagerduty.com"}, "needs": "pager"},
    "genie": {"opsgenie": {"api_key": {"file": "/etc/postern/opsgenie.key"}, "url": "https://api.eu.opsgenie.com"}},
    "chat": {"slack": {"webhook": SECRET}, "needs": {"any": ["corporate-dns", {"all": ["pager"]}]}},
    "alerts": {"alertmanager": {"url": "http://192.0.2.30:9093"}},
    "topic": {"sns": {"topic": "arn:aws:sns:eu-west-1:100000000009:emergency", "region": "eu-west-1"}},
    "text": {"sms": {"region": "eu-west-1", "sender": "Postern"}},
    "hook": {"webhook": {"url": "https://hook.example.net/postern", "secret": SECRET}},
    "program": {"command": {"program": "/usr/local/bin/page"}},
}
WARN_BEFORE = ["30d", "7d"]
PROBES = {
    "okta-signed": {"dependency": "corporate-idp", "saml_metadata": {"url": "https://example.okta.com/metadata", "entity_id": "https://example.okta.com",
                                                                     "signed_by": "0123456789abcdef" * 4, "warn_before": WARN_BEFORE}},
    "login-page": {"dependency": "corporate-idp", "http": {"url": "https://example.okta.com/", "expect": 200, "contains": "Sign in", "warn_before": WARN_BEFORE}},
    "handshake": {"control": True, "tls": {"address": "192.0.2.1:443", "warn_before": WARN_BEFORE}},
    "live": {"dependency": "idp-metadata", "saml_certificate": {"of": "okta", "iam_provider": {"account": "300000000001", "name": "okta"},
                                                                "role": "PosternRead", "warn_before": WARN_BEFORE}},
    "sign-in": {"dependency": "corporate-idp", "saml_login": {"of": "okta", "url": "http://localhost:8080/sso", "username": "synthetic", "password": SECRET,
                                                              "username_field": "user", "password_field": "pass"}},
    "issuer": {"dependency": "corporate-idp", "oidc_discovery": {"issuer": "https://example.okta.com"}},
    "name": {"dependency": "corporate-dns", "dns": {"name": "idp.example.net", "record": "cname", "server": "192.0.2.53:53", "expect": ["idp.dc.example.net"]}},
    "center": {"dependency": "identity-center", "identity_center": {"portal": "https://example.awsapps.com/start", "region": "us-east-1",
                                                                    "role": "arn:aws:iam::100000000002:role/PosternRead"}},
    "group-empty": {"dependency": "corporate-idp", "scim_group": {"url": "https://example.okta.com/scim/v2", "group": "Emergency", "token": {"file": "/etc/postern/scim"}}},
    "phone": {"dependency": "corporate-idp", "manual": {"by": "identity-admins", "valid_for": "30m"}},
    "vpn": {"dependency": "datacentre", "exec": {"program": "check_vpn", "arguments": ["-H", "192.0.2.9"]}},
}
TICKETS = [
    {"http": {"url": "https://itsm.example.net/api/{id}", "open_when": {"pointer": "/status", "equals": "open"}, "token": SECRET,
              "title": {"pointer": "/title"}, "link": {"pointer": "/links/self"}, "create": {"url": "https://itsm.example.net/api", "number": "/number"},
              "note": {"url": "https://itsm.example.net/api/{id}/notes"}, "close": {"url": "https://itsm.example.net/api/{id}/close"}}},
    {"pagerduty": {"api_key": SECRET, "url": "https://api.eu.pagerduty.com", "service": "PSERVICE1", "from": "postern@example.net"}},
    {"servicenow": {"url": "https://example.service-now.com", "username": "postern", "password": SECRET, "close_code": "Resolved by caller"}},
    {"servicenow": {"url": "https://example.service-now.com", "token": SECRET}},
    {"jira": {"url": "https://example.atlassian.net", "username": "postern@example.net", "token": SECRET, "project": "OPS", "issue_type": "Incident"}},
]  # fmt: skip
MOMENTS = ["on_suspicion", "on_declared", "on_escalation", "on_grant", "on_override", "on_finding", "on_close"]
FORM = [
    {"id": "ticket", "label": "Change ticket", "kind": "ticket", "required": True, "pattern": "CHG[0-9]{7}", "length_max": 10},
    {"id": "steps", "label": "What you are going to do", "kind": "text", "required": False, "pattern": "[^!]*", "length_max": 2000},
    {"id": "area", "label": "What is broken", "kind": "choice", "choices": ["database", "network"]},
    {"id": "second", "label": "A second account", "kind": "account"},
    {"id": "role", "label": "As what", "kind": "role"},
    {"id": "reading", "label": "How long you look", "kind": "duration", "longest": "2h"},
]
TEXT = {"title": "{{organization}}: a disturbance", "body": "We are looking into it.\nMore at {{link}}."}


# --- Sound catalogs


def with_every_key(example, provider):
    """The catalog of the design with what it leaves out."""
    catalog = copy.deepcopy(example)
    catalog.update(emergency_administrators_max=5, channels=copy.deepcopy(CHANNELS))
    catalog["playbook_store"] = {"title": "Printed, in the safe of Tokyo", "needs": {"any": ["datacentre", "colocation"]}}
    catalog["upkeep"] = {"root-mailbox": {"statement": "The root user's mailbox is answered.", "by": "security-leads", "every": "90d"}}
    catalog["incidents"] = {"provider": copy.deepcopy(provider), "required": "when_reachable", "link_within": "4h", "creates": True, "closes": False}
    catalog["organization"]["direct_alert"] = "arn:aws:sns:eu-west-1:100000000009:emergency-role-used"
    catalog["organization"]["language"] = "ja"
    catalog["federation"]["iam_saml"] = [{"account": "300000000001", "provider": "okta"}]
    catalog["people"][0].update(reached_by=["mail", "page"], language="ja")
    catalog["templates"] = {"disturbance": {"en": dict(TEXT), "ja": dict(TEXT)}, "request.waiting": {"en": dict(TEXT)}}
    up = {"probe_up": {"probe": "sts"}}
    catalog["probes"]["sts-here"] = {"dependency": "aws-sts", "sts": {"regions": ["eu-west-1"], "at_least": 1}, "slow_after": "2s"}
    catalog["probes"].update(copy.deepcopy(PROBES))
    catalog["failure_modes"]["idp-unavailable"].update(seen_by=1, lasts="8h")
    catalog["failure_modes"]["federation-broken"]["confirm"]["all"].append({"k_of": {"k": 1, "of": [up, {"all": [up]}]}})
    process = catalog["processes"]["operate-workload"]
    process.update(last_drill="2026-10-01", by_hand=False)
    process["access"].update(target_policies=["arn:aws:iam::aws:policy/ReadOnlyAccess"], needs="aws-sts", smaller_roles=["EmergencyReadOnly"])
    process.update(form=copy.deepcopy(FORM), limits={"grants_per_person": 1, "grants_per_account": 3, "grants": 10})
    ask_all = {"from": ["security-leads"], "people": [catalog["people"][0]["id"]], "managers": 1, "count": 1, "within": "10m", "remind_after": "5m",
               "and": [{"from": ["executives"], "people": [catalog["people"][1]["id"]], "managers": 2, "count": 1}]}  # fmt: skip
    process["approval"]["tiers"] = [*process["approval"]["tiers"], ask_all]
    telling = {"to": ["executives"], "channels": ["mail", "chat"]}
    process["communication"] = {moment: copy.deepcopy(telling) for moment in MOMENTS}
    process["communication"].update(customers={"template": "disturbance"}, partners={"template": "disturbance"}, status_page="hook")
    catalog["services"] = {"desk": {"title": "Service desk", "token_sha256": "0123456789abcdef" * 4, "processes": ["operate-workload"],
                                    "may_ask_for": list(process["who_may_request"]), "channel": "hook"}}  # fmt: skip
    catalog["approval_default"] = copy.deepcopy(process["approval"])
    del catalog["processes"]["operate-workload-standby"]["approval"]
    return catalog


def filled(demo):
    """The demonstration's catalog with its {{…}} places filled in."""
    for person, key in KEYS.items():
        demo = demo.replace("{{key:" + person + "}}", f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA{key}")
    demo = demo.replace("{{uplink}}", "127.0.0.1:4000")
    return re.sub(r"\{\{\w+_url\}\}", "http://127.0.0.1:4001/metadata", demo)


# --- Mutants

BY_NAME = {"groups", "calendars", "dependencies", "probes", "failure_modes", "processes", "channels", "upkeep", "templates", "services"}
RAW = "raw:"  # a text that begins so is written without quotes

# A value of this form, and what is not quite of it.
BROKEN = [
    (r"\d+[smhd]", ["5", "5w", "5 m", "-5m", "1.5h", "5M", "0s", "14m", "899s", "900s", "15m", "0h", "23h", "1439m", "86399s", "86400s",
                    "1d", "0000000090d", "00000000090d", "9m", "599s", "10m", "600s", "604800s", "604801s", "10080m", "10081m", "168h", "169h", "7d", "8d",
                    "0007d"]),
    (r"[0-9a-f]{64}", ["0" * 63, "f" * 64, "F" * 64, "g" * 64, "0" * 65]),
    (r"\d{12}", ["12345678901", "1234567890123", "12345678901x"]),
    (r"\d{4}-\d\d-\d\d", ["2026-13-01", "2026-02-30", "2026-04-31", "2026-2-3", "2026-10-01T00:00:00Z", "1969-12-31", "20261001"]),
    (r"\d\d:\d\d-\d\d:\d\d", ["9-18", "09:00", "09:00-24:01", "09:00-25:00", "09:60-18:00", "00:00-24:00", "09:00 - 18:00"]),
    (r"[a-z]+(-[a-z]+)+-\d", ["eu-west", "EU-WEST-1", "eu_west_1", "eu-west-1a", "global", "us-gov-west-1",
                              f"eu-{'x' * 27}-1", f"eu-{'x' * 28}-1"]),
    (r"https?://.*", ["ftp://example.net/", "https://me:secret@example.net/", "https://", "example.net", "https://a b/",
                      "https://example.net:0/", "https://example.net:65536/", "https://[2001:db8::1]:8443/x?y#z", "HTTPS://example.net",
                      "https:/example.net", "https://example.net/" + "x" * 236, "https://example.net/" + "x" * 237]),
    (r"https?://.*", ["http://localhost", "http://localhost.example.net/", "http://127.0.0.1:8080/x", "http://127.0.0.10/", "http://[::1]",
                      "http://[::1]:8080/?x", "http://[::2]/", "http://me@localhost/", "https://localhost"]),
    (r"smtps?://.*", ["mail.example.net", "https://mail.example.net", "smtp://", "smtps://me:secret@mail.example.net",
                      "smtps://mail.example.net:x", "smtps://mail.example.net/", "smtps://" + "x" * 249]),
    (r"[\w.]+:\d+", ["192.0.2.1", "192.0.2.1:0", ":443", "192.0.2.1:65536", "192.0.2.1:65535", "[2001:db8::1]:443", "2001:db8::1:443",
                      "a b:443", "x" * 252 + ":443", "x" * 253 + ":443"]),
    (r"192.0.2.53:\d+", ["192.0.2.53", "192.0.2.256", "192.0.2.053", "192.0.2.53.1", "192.0.2.53:053", "192.0.2.53:", "2001:db8::53", "::1",
                         "[2001:db8::53]", "[2001:db8::53]:53", "[2001:db8::53]:0", "[2001:db8::53", "[192.0.2.53]", "::ffff:192.0.2.53",
                         "fe80::1%eth0", ":53", "::", "1:2", ":" * 45, ":" * 46, "dns.example.net:53", "dns.example.net"]),
    (r"\w+\.[\w.]+", ["a b.example.net", "a_b.example.net", "x" * 253, "x" * 254, "-", "."]),
    (r"[\w.]+@[\w.]+", ["aiko", "aiko@", "@example.net", "ai ko@example.net", "aiko@exam_ple.net", "aiko@example.net@example.net",
                        "x" * 64 + "@" + "y" * 189, "x" * 65 + "@example.net", "x" * 64 + "@" + "y" * 190]),
    (r"arn:.*", ["arn:aws:iam::12345:mfa/x", "arn:aws:iam::100000000009:u2f/user/aiko/x", "arn:aws:iam::aws:policy/",
                 "arn:aws:iam::aws:role/x", "arn:aws-cn:iam::100000000009:mfa/aiko", "arn:aws:sns:eu-west-1:12345:x",
                 "arn:aws:sqs:eu-west-1:100000000009:x", "arn:aws:sns:eu-west-1:100000000009:",
                 "arn:aws:sns:eu-west-1:100000000009:" + "x" * 222,
                 "arn:aws:iam::100000000002:role/x", "arn:aws:iam::100000000002:role/a/b.c", "arn:aws:iam::100000000002:role/",
                 "arn:aws:iam::100000000002:role/a/", "arn:aws:iam::100000000002:role/a b", "arn:aws:iam::10000000000:role/x",
                 "arn:aws:iam::aws:policy/" + "x" * 233, "arn:aws-us-gov-and-longer:iam::100000000009:mfa/" + "x" * 200]),
    (r"(Emergency|Postern)\w+", ["role/Ops", "x" * 64, "x" * 65, "ops team"]),
    (r"[\w-]+/[\w./-]+\.\w+", ["/etc/x.md", "../x.md", "a/../x.md", "a//x.md", "./x.md", "a\\x.md", ".md", "x.txt",
                                 "a/..md", "a/\x1b.md", "a/\t.xml", "x" * 198 + ".md", "x" * 197 + ".xml"]),
    (r"/[\w/.-]+", ["relative/path", "path", "/", "/etc/../passwd", "/etc//x", "/a~0b/~1c", "/a~2", "/a~", "/\x1b", "/a\nb",
                       "/" + "x" * 200, "/" + "x" * 201, "/" + "x" * 256]),
    (r"\w+/\w+", ["Asia Tokyo", "9/Tokyo", "Asia/Tokyo!", "Asia/" + "o" * 60]),
    (r"ssh-.*", ["x" * 16384, "x" * 16385]),
]  # fmt: skip
TYPES = {"number": 7, "boolean": True, "nothing": None, "no text": "", "list": ["some text"], "mapping": {}}
TEXTS = {"two lines": "two\nlines", "escape": "\x1b[2J", "spaces": "no name!", "65 characters": "x" * 65, "257 characters": "x" * 257,
         "4097 characters": "x" * 4097, "wide characters": "長" * 200}  # fmt: skip
HIDDEN = {"tab": "a\ttab", "direction": "\u202ereversed", "zero": "\x00", "delete": "\x7f", "separator": "\u2028", "mark": "\ufeffx"}
SECRETS = [{"env": "A", "file": "/a"}, {"file": "relative"}, {"env": "two words"}, {"env": "9X"}, {"env": "A", "value": "x"},
           {"vault": "x"}, {"file": "/etc/postern/a key"}, {"env": 7}, {"env": "x" * 128}, {"env": "x" * 129}]  # fmt: skip

# What may not stand beside another of its kind, by a key that is there, or by where this is.
SECOND_KEYS = {
    "all": {"any": ["pager"], "probe_up": {"probe": "okta"}},
    "any": {"k_of": {"k": 1, "of": ["pager"]}},
    "probe_up": {"attested": {"by": "executives", "statement": "I looked."}},
    ("probes", "*"): {"tcp": "192.0.2.1:443", "dependency": "pager", "control": True},
    ("channels", "*"): {"smtp": CHANNELS["relay"]["smtp"], "command": CHANNELS["program"]["command"], "jira": TICKETS[4]["jira"]},
    ("incidents", "provider"): {"jira": TICKETS[4]["jira"], "smtp": CHANNELS["relay"]["smtp"]},
    "trusted_copy": {"role": "PosternRead", "iam_provider": {"account": "300000000001", "name": "okta"}},
    "mechanism": {"idp_group": "x"},
    "kind": {"choices": ["x"], "pattern": "x", "longest": "1h", "length_max": 7},
    "text": {"probe": "okta", "attest": True},
}


def spots(node, path=(), shape=()):
    """Everything in the catalog with where it stands: (path, shape of the path, value). The branches of a tree have one shape."""
    yield path, shape, node
    if isinstance(node, dict):
        free = len(path) == 1 and path[0] in BY_NAME
        for key, value in node.items():
            yield from spots(value, (*path, key), (*shape, "*" if free else key))
    elif isinstance(node, list):
        trunk = next((shape[:at] for at, key in enumerate(shape) if key in ("all", "any", "k_of", "branch")), None)
        for index, value in enumerate(node):
            yield from spots(value, (*path, index), (*trunk, "branch") if trunk else (*shape, "*"))


def changed(catalog, path, value, drop=False):
    """A copy in which `value` stands at `path`, or nothing does."""
    if not path:
        return value
    out = copy.copy(catalog)
    if len(path) == 1 and drop:
        del out[path[0]]
    else:
        out[path[0]] = changed(catalog[path[0]], path[1:], value, drop)
    return out


def others(value):
    """What may be written in place of `value`: (name of the mutation, the other value)."""
    yield from ((f"type {name}", other) for name, other in TYPES.items())
    if isinstance(value, str):
        yield from TEXTS.items()
        yield from (("form", other) for form, broken in BROKEN if re.fullmatch(form, value) for other in broken)
    else:
        yield "type text", "some text"
    if isinstance(value, dict):
        yield from (("one too many", {**value, "meaningless": 1}), ("another", {"meaningless": 1}))
        if set(value) <= {"env", "file"}:
            yield from (("secret", other) for other in SECRETS)
    if isinstance(value, list):
        yield from (("empty", []), ("twice", [*value[:1], *value]))
    if isinstance(value, int) and not isinstance(value, bool):
        yield from (("number", other) for other in (0, -1, 1, 101, 1001, 10**9, 2.5, str(value)))
        yield from (("odd number", RAW + other) for other in (f"0{value}", hex(value), f"{value}.0"))
    if isinstance(value, bool):
        yield from (("odd boolean" if other == "True" else "boolean", RAW + other) for other in ("yes", "True", '"true"', "on"))


def special(path, value):
    """Mutations that only make sense at one kind of place."""
    last = path[-1] if path else None
    if isinstance(value, str) and re.fullmatch(r"\d+[smhd]", value):
        yield "over ten years", "4000d"
    if isinstance(value, str) and re.fullmatch(r"\d{12}", value):
        yield "type unquoted", int(value)
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        yield from (("no leap year", "2027-02-29"), ("leap year", "2028-02-29"), ("unquoted", RAW + value))
    if last == "title":
        yield from HIDDEN.items()
    if last == "hours":
        yield "hours backwards", "18:00-09:00"
    if last == "timezone":
        yield "unknown", "Asia/Nowhere"
    if last == "warn_before":
        yield from (("times", [f"{days}d" for days in range(1, count + 1)]) for count in (10, 11))
    if last == "arguments":
        yield from (("arguments", ["-v"] * count) for count in (2, 20, 21))
    if last == "record":
        yield from (("word", each) for each in ("a", "aaaa", "cname", "mx", "A"))
    if last == "attest" or last == "control":
        yield "the other", not value
    if last == "mechanism":
        yield from (("word", each) for each in ("iam-user", "standby-saml", "root-vault", "idp-direct-saml", "iam_user"))
    if last == "required":
        yield from (("word", each) for each in ("never", "when_reachable", "always", "sometimes"))
    if last == "tiers":
        yield from (("tiers", [value[-1]] * count) for count in (20, 21))
    if last == "and":
        yield from (("circles", [value[-1]] * count) for count in (10, 11))
    if last == "form":
        yield from (("fields", [{**value[-1], "id": f"f{number}"} for number in range(count)]) for count in (20, 21))
    if last == "choices":
        yield from (("choices", [f"choice {number}" for number in range(count)]) for count in (50, 51))
    if last == "pattern":
        yield from (("expression", each) for each in ("(", "a{1001}", "(?=x)", r"\\1", "x*"))
    if last == "kind":
        yield from (("word", each) for each in ("text", "choice", "account", "role", "duration", "ticket", "Text"))
    if last == "language":
        yield from (("word", each) for each in ("en", "ja", "fr", "EN"))
    if path and path[0] in ("templates", "services") and len(path) == 1:
        first = next(iter(value.values()))
        most = 100 if last == "templates" else 20
        yield from (("many", {f"n{number}": first for number in range(count)}) for count in (most, most + 1))


def members(path, shape, value):
    """Mutations of what stands in a mapping: its names, and a second key where one may stand or that goes with others only."""
    if len(path) == 1 and path[0] in BY_NAME:
        first, *rest = value
        for name in ("two words", "x" * 64, "x" * 65, "", "\x1b[2J", "-x"):
            yield "renamed", {name: value[first], **{each: value[each] for each in rest}}
    for near, extra in SECOND_KEYS.items():
        if near in value or near == shape:
            yield from ((f"and {key}", {**value, key: other}) for key, other in extra.items() if key not in value)


def written(catalog):
    text = json.dumps(catalog)
    return re.sub(f'"{RAW}((?:[^"\\\\]|\\\\.)*)"', lambda found: json.loads(f'"{found[1]}"'), text)


def edits(path, shape, value):
    """What may stand there instead: (name of the mutation, the other value)."""
    yield from others(value)
    yield from special(path, value)
    if isinstance(value, dict):
        yield from members(path, shape, value)


def mutants_of(catalogs):
    """Each mutation once for each shape of place; of mappings, once for each set of keys."""
    seen = set()
    for catalog in catalogs:
        keys = {}
        for path, shape, value in spots(catalog):
            name = ".".join(map(str, shape)) or "the file"
            free = len(path) == 1 and path[0] in BY_NAME
            keys[path] = frozenset(value) if isinstance(value, dict) and not free else None
            around = (shape, "left out", keys.get(path[:-1]))
            if path and isinstance(path[-1], str) and around not in seen:
                seen.add(around)
                yield Mutant("left out", name, written(changed(catalog, path, None, drop=True)))
            here = (shape, type(value), keys[path])
            if here not in seen:
                seen.add(here)
                for what, other in edits(path, shape, value):
                    if other != value or type(other) is not type(value):
                        yield Mutant(what, name, written(changed(catalog, path, other)), other)


# --- Verdicts


def skip(missing):
    print(f"Skipped: {missing} is missing. Run tests/real/parts.sh build/real", file=sys.stderr)
    raise SystemExit(SKIPPED)


class Schema:
    def __init__(self, npm, path):
        self._node = shutil.which("node") or skip("node")
        for part in ("ajv", "yaml"):
            if not (Path(npm) / "node_modules" / part).is_dir():
                skip(f"{npm}/node_modules/{part}")
        self._environment = {**os.environ, "NODE_PATH": str(Path(npm).resolve() / "node_modules")}
        self._path = path

    def judge(self, texts, give=False):
        questions = "".join(json.dumps({"text": text, "give": give}) + "\n" for text in texts)
        done = subprocess.run([self._node, HERE / "schema_validate.cjs", self._path], input=questions, env=self._environment,
                              capture_output=True, encoding="utf-8", timeout=120)  # fmt: skip
        assert done.returncode == 0, done.stderr
        # A text may hold U+2028, which str.splitlines() takes for the end of a line.
        answers = [json.loads(line) for line in done.stdout.split("\n") if line]
        assert len(answers) == len(texts)
        return answers


class Reader:
    """`postern check` on texts, beside the playbooks that the sound catalogs name."""

    def __init__(self, postern, folder, playbooks):
        self._postern, self._folder = postern, folder
        for playbook in playbooks:
            path = folder / playbook
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("# What to do\n", encoding="utf-8")

    def faults(self, number, text):
        """Those of severity error."""
        path = self._folder / f"{number}.yaml"
        path.write_text(text, encoding="utf-8")
        done = subprocess.run([self._postern, "--json", "check", path], capture_output=True, encoding="utf-8", timeout=30)
        assert done.returncode >= 0, f"{path} ended postern with signal {-done.returncode}"
        path.unlink()
        answer = json.loads(done.stdout or done.stderr)
        faults = answer.get("faults", [{"code": NOT_LOADED, "what": str(answer), "severity": "error"}])
        return [each for each in faults if each["severity"] == "error"]


def disagree(mutant):
    if mutant.codes & OF_FORM:
        return mutant.accepted
    return not mutant.accepted and not mutant.codes & EITHER


def compare(schema, reader, mutants):
    """The mutants on which the two differ for no known reason, and how often each known reason was met."""
    with ThreadPoolExecutor(THREADS) as threads:
        faults = threads.map(reader.faults, range(len(mutants)), [mutant.text for mutant in mutants])
        for mutant, verdict in zip(mutants, schema.judge([mutant.text for mutant in mutants])):
            mutant.accepted, mutant.said = verdict["good"], verdict["faults"]
        for mutant, each in zip(mutants, faults):
            mutant.faults = each
    met, unexplained = Counter(), []
    for mutant in filter(disagree, mutants):
        reasons = [reason for reason, explains in KNOWN_DIFFERENCES if explains(mutant)]
        met.update(reasons[:1])
        if not reasons:
            unexplained.append(mutant)
    return unexplained, met


def sound_catalogs(schema, shared):
    """The design's (it is among the vectors) with every key and each ticket system, as it is, and the demonstration's."""
    example = (REPOSITORY / "tests/vectors/catalog/example.yaml").read_text(encoding="utf-8")
    demo = filled((REPOSITORY / "examples/demo/catalog.yaml").read_text(encoding="utf-8"))
    texts = {"example.yaml": example, "examples/demo/catalog.yaml": demo}
    design = Path(shared) / "design/catalog-example.yaml"
    if shared and design.exists():
        texts["design/catalog-example.yaml"] = design.read_text(encoding="utf-8")
    else:
        print("The shared example is not here: not judged.")
    answers = dict(zip(texts, schema.judge(list(texts.values()), give=True)))
    for name, answer in answers.items():
        assert answer["good"], f"{name}: {answer['faults']}"
    example = answers["example.yaml"]["value"]
    full = [with_every_key(example, provider) for provider in TICKETS]
    for catalog, answer in zip(full, schema.judge([written(catalog) for catalog in full])):
        assert answer["good"], f"{catalog['incidents']}: {answer['faults']}"
    return [*full, example, answers["examples/demo/catalog.yaml"]["value"]]


def printed_schema(postern, folder):
    done = subprocess.run([postern, "schema"], capture_output=True, encoding="utf-8", timeout=30)
    assert done.returncode == 0, done.stderr
    source = (REPOSITORY / "src/catalog_file/catalog.schema.json").read_text(encoding="utf-8")
    assert json.loads(done.stdout) == json.loads(source), "`postern schema` prints another schema than the one in the sources"
    path = folder / "catalog.schema.json"
    path.write_text(done.stdout, encoding="utf-8")
    return path


def main():
    postern, npm, shared = sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else ""
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        schema = Schema(npm, printed_schema(postern, folder))
        sound = sound_catalogs(schema, shared)
        reader = Reader(postern, folder, {each["playbook"] for catalog in sound for each in catalog["processes"].values()})
        for number, catalog in enumerate(sound):
            faults = reader.faults(number, written(catalog))
            assert not faults, f"a catalog that should be sound: {faults}"
        mutants = list({mutant.text: mutant for mutant in mutants_of(sound)}.values())
        assert len(mutants) >= MUTANTS_MIN, f"only {len(mutants)} mutants"
        unexplained, met = compare(schema, reader, mutants)
    for each in unexplained[:SHOWN]:
        said = "schema accepts" if each.accepted else f"schema: {'; '.join(each.said)}"
        reader_said = "; ".join(f"{fault['code']} {fault['what']}" for fault in each.faults) or "accepts"
        print(f"{each.place}, {each.what} -> {json.dumps(each.value)[:80]}\n    reader: {reader_said}\n    {said}")
    assert not unexplained, f"schema and reader differ on {len(unexplained)} of {len(mutants)} mutants"
    stale = [reason for reason, _ in KNOWN_DIFFERENCES if reason not in met]
    assert not stale, f"known differences that no mutant meets any more: {stale}"
    rejected = sum(not each.accepted for each in mutants)
    print(f"{len(mutants)} mutants, {rejected} of them rejected: schema and reader agree, but for {sum(met.values())} known differences; "
          f"{time.monotonic() - start:.1f} s")  # fmt: skip


if __name__ == "__main__":
    main()
