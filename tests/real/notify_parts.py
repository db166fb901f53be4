"""Whom notify_test.py's company is told by: a mail server (aiosmtpd), Alertmanager, other people's webhooks in Node, a ticket
system, and a program of the host. Each keeps what it got, and can fail in its own way.
"""
import asyncio
import contextlib
import email
import email.message
import email.policy
import importlib.util
import json
import shutil
import ssl
import sys
import threading
import time
import urllib.request
from dataclasses import dataclass

import certificates
import world
from company import Failed
from processes import Process, free_port, http

try:
    from aiosmtpd.controller import Controller
except ImportError as _error:
    world.skip(f"python3-aiosmtpd ({_error})")

LOOKED_AGAIN_EVERY_SECONDS = 0.05
CERTIFICATE_DAYS = 30
ANSWERS_WITHIN_SECONDS = 5.0
GREYLISTED = "451 4.7.1 Greylisted, please try again"
MAILBOX_FULL = "552 5.2.2 Mailbox full"
UNKNOWN_USER = "550 5.1.1 User unknown"


def wait_for(what, look, seconds=15):
    """What `look()` gives as soon as that is something. `what` says what has not come in time."""
    give_up_at = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > give_up_at:
            raise Failed(f"{what}: not within {seconds} s")
        time.sleep(LOOKED_AGAIN_EVERY_SECONDS)


class Authority:
    """Certificates for this machine that nobody else believes. `authority` is the PEM file of whoever does."""

    def __init__(self, work):
        folder = work / "certificates"
        folder.mkdir()
        self.authority = certificates.self_signed(folder, "authority").certificate
        self.pair = certificates.issue(folder, "server", "authority", CERTIFICATE_DAYS, "IP:127.0.0.1")


@dataclass(frozen=True)
class Mail:
    """One mail as the server took it over; its fields are decoded as a mail program does."""

    via: str  # "mail" or "mail-tls"
    to: str
    at: float
    message: email.message.EmailMessage

    def __getitem__(self, name):
        return self.message[name]

    @property
    def id(self):
        return str(self.message["Message-ID"]).strip()

    @property
    def thread(self):
        return str(self.message["References"]).strip()

    @property
    def kind(self):
        return str(self.message["X-Postern-Kind"])

    @property
    def text(self):
        return self.message.get_content()


class _Door:
    """aiosmtpd's handler for one port."""

    def __init__(self, sink, via):
        self._sink, self._via = sink, via

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        reply = self._sink.reply_to(address)
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, _server, _session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self._sink.mails.extend(Mail(self._via, to, time.time(), message) for to in envelope.rcpt_tos)
        while self._sink.keeps_silent.is_set():
            await asyncio.sleep(LOOKED_AGAIN_EVERY_SECONDS)
        return "250 OK"


class MailServer:
    """A mail server with two doors: `port` in the clear, `tls_port` with TLS from the first byte. Mails are in `mails`."""

    def __init__(self, authority):
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(authority.pair.certificate, authority.pair.key)
        self.port, self.tls_port = free_port(), free_port()
        self.mails = []
        self.attempts = []  # (recipient, our reply)
        self.keeps_silent = threading.Event()  # after it took a mail over: nobody hears that it did
        self._once, self._always = {}, {}
        self._doors = []

    def __enter__(self):
        self.come_back()
        return self

    def __exit__(self, *_):
        self.go_away()

    def come_back(self):
        self._doors = [
            Controller(_Door(self, "mail"), hostname="127.0.0.1", port=self.port),
            Controller(_Door(self, "mail-tls"), hostname="127.0.0.1", port=self.tls_port, ssl_context=self._context),
        ]
        for each in self._doors:
            each.start()

    def go_away(self):
        """From now on connections are refused."""
        self.keeps_silent.clear()
        for each in self._doors:
            with contextlib.suppress(AssertionError):  # it has not started
                each.stop()
        self._doors = []

    def answer_once(self, person, reply):
        self._once[f"{person}@example.net"] = reply

    def answer(self, person, reply):
        """Until works() is called."""
        self._always[f"{person}@example.net"] = reply

    def works(self, person):
        self._always.pop(f"{person}@example.net")

    def reply_to(self, address):
        reply = self._once.pop(address, None) or self._always.get(address, "250 OK")
        self.attempts.append((address, reply))
        return reply

    def to(self, person, kind=None, about=None):
        """The mails that somebody got, of that kind and about that."""
        wanted = None if about is None else f"<about.{about}@example.net>"
        return [
            each for each in list(self.mails)
            if each.to == f"{person}@example.net" and kind in (None, each.kind) and wanted in (None, each.thread)
        ]  # fmt: skip


class Alertmanager(Process):
    """Prometheus Alertmanager, which passes on what it gets to /alerts of `receiver`."""

    def __init__(self, work, authority, receiver):
        super().__init__(work, "alertmanager")
        self._program = shutil.which("prometheus-alertmanager") or world.skip("prometheus-alertmanager")
        self.folder = work / "alertmanager"
        self.folder.mkdir()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        to = f"url: '{receiver.url}/alerts', http_config: {{tls_config: {{ca_file: '{authority.authority}'}}}}, send_resolved: true"
        pace = "group_wait: 100ms, group_interval: 300ms, repeat_interval: 1h"
        (self.folder / "configuration.yml").write_text(
            f"route: {{receiver: all, {pace}, group_by: [about]}}\nreceivers: [{{name: all, webhook_configs: [{{{to}}}]}}]\n"
        )

    def command(self):
        return [
            self._program, f"--config.file={self.folder}/configuration.yml", f"--storage.path={self.folder}/data",
            f"--web.listen-address=127.0.0.1:{self.port}", "--cluster.listen-address=",
        ]  # fmt: skip

    def answers(self):
        return http(f"{self.url}/-/ready")[0] == 200

    def firing(self, about):
        """Its active alerts about something."""
        alerts = json.loads(http(f"{self.url}/api/v2/alerts")[1])
        return [each for each in alerts if each["labels"].get("about") == about]


class Receiver(Process):
    """webhook_receiver.cjs. `secrets` are those of its signed addresses, by name."""

    def __init__(self, work, authority, secrets):
        super().__init__(work, "receiver")
        self._command = world.node_command("webhook_receiver.cjs")
        if not (world.HERE / "node_modules" / "standardwebhooks").is_dir():
            world.skip("standardwebhooks of npm")
        self._pair, self._secrets = authority.pair, secrets
        self._trust = ssl.create_default_context(cafile=authority.authority)
        self.port = free_port()
        self.url = f"https://127.0.0.1:{self.port}"

    def command(self):
        files = ["--key", str(self._pair.key), "--certificate", str(self._pair.certificate)]
        return [*self._command, "--port", str(self.port), *files]

    def variables(self):
        return {"SECRETS": json.dumps(self._secrets)}

    def _ask(self, path, body=None):
        with urllib.request.urlopen(
            urllib.request.Request(f"{self.url}{path}", data=body), timeout=ANSWERS_WITHIN_SECONDS, context=self._trust
        ) as answer:
            return answer.read()

    def answers(self):
        return self._ask("/_log") is not None

    def set_mode(self, name, mode):
        self._ask(f"/_mode/{name}/{mode}", b"")

    def got(self, name):
        """All that came to an address, the body read as JSON, oldest first."""
        came = [each for each in json.loads(self._ask("/_log")) if each["path"] == f"/{name}"]
        return [{**each, "body": json.loads(each["body"])} for each in came]

    def events(self, name, kind, about=None):
        """The CloudEvents that its library believed, of that kind and about that."""
        return [
            each for each in self.got(name)
            if each["status"] == 204 and each["body"]["type"] == f"postern.{kind}" and about in (None, each["body"].get("subject"))
        ]  # fmt: skip

    def not_believed(self):
        """What came without a signature that holds."""
        return [each for each in json.loads(self._ask("/_log")) if each["status"] == 400]


class Tickets(Process):
    """ticket_stub.py as Jira."""

    def __init__(self, work):
        super().__init__(work, "tickets")
        if importlib.util.find_spec("jsonschema") is None:
            world.skip("python3-jsonschema")

    def command(self):
        return [sys.executable, str(world.HERE / "ticket_stub.py"), "jira"]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.log_path.read_text().split()[0]}"

    def answers(self):
        if not self.log_path.read_text().endswith("\n"):
            return False
        return http(f"{self.url}/_log")[0] == 200

    def set_mode(self, mode):
        http(f"{self.url}/_mode/{mode}", b"")

    def open(self, number):
        """Somebody opens a ticket by hand."""
        http(f"{self.url}/_open/{number}", b"")

    def all(self):
        return json.loads(http(f"{self.url}/_tickets")[1])

    def misfits(self):
        """Requests that do not fit Jira's description, with the reason."""
        return [each for each in json.loads(http(f"{self.url}/_log")[1]) if each["status"] in (400, 500)]


class Notebook:
    """A program of the host for a channel of kind `command`: it writes each message into a file."""

    def __init__(self, work):
        self.folder = work / "programs"
        self.folder.mkdir(mode=0o755)
        self.program = self.folder / "write_down"
        self._file = work / "written-down"
        self._file.touch()
        self.program.write_text(f'#!/bin/sh\n{{ cat; echo; }} >>"{self._file}"\n')
        self.program.chmod(0o755)

    def messages(self, kind, about=None):
        all_of_them = [json.loads(line) for line in self._file.read_text().split("\n")[:-1] if line]
        return [each for each in all_of_them if each["kind"] == kind and about in (None, each["about"])]
