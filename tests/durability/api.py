"""The HTTP API over its Unix socket, and what a client that must not lose a command does about a broken connection."""
import hashlib
import http.client
import json
import random
import socket
import time
from dataclasses import dataclass, field

ANSWER_WITHIN_SECONDS = 20
KNOWN_WITHIN_SECONDS = 60
# Problems that say nothing about the command itself: asking again is right, and safe because of the idempotency key.
PASSING = {"unavailable", "outcome_unknown"}
# How long a client waits before it tries again to reach a server that is away; drawn anew each time, so that they do not march in step.
AWAY_SECONDS = (0.03, 0.1)


class Violation(Exception):
    """The server broke a promise."""


class Connection(http.client.HTTPConnection):
    """http.client over AF_UNIX."""

    def __init__(self, path):
        super().__init__("localhost", timeout=ANSWER_WITHIN_SECONDS)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        try:
            self.sock.connect(self.path)
        except OSError:
            self.sock.close()
            self.sock = None
            raise


@dataclass
class Command:
    """One command and what became of it: a receipt, or the problem it was refused with."""
    person: str
    path: str
    body: dict
    key: str
    types: list  # of the entries it must leave
    data: dict  # members that its first entry must have, dots lead inwards
    receipt: dict = None
    resource: str = ""
    problem: dict = None
    attempts: int = 0

    def cause(self):
        """As docs/formats.md says: the key, and 16 digits of the fingerprint of what was asked."""
        text = json.dumps(self.body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest = hashlib.sha256(f"postern-command/1\nPOST {self.path}\n{text}".encode()).hexdigest()
        return f"command:{self.person}/{self.key}#{digest[:16]}"


@dataclass
class Api:
    """One client's way to the server. Not for two threads at once."""
    path: str
    dice: random.Random = field(default_factory=random.Random)
    connection: Connection = None
    breaks: int = 0

    def once(self, method, target, token="", body=None, key=""):
        """One attempt: (status, answer). OSError or HTTPException when there is no whole answer."""
        self.connection = self.connection or Connection(self.path)
        headers = {"Authorization": "Bearer " + token} if token else {}
        if key:
            headers["Idempotency-Key"] = key
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            self.connection.request(method, target, None if body is None else json.dumps(body), headers)
            response = self.connection.getresponse()
            return response.status, json.loads(response.read())
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def until_known(self, method, target, token="", body=None, key=""):
        """The same attempt again and again, until there is an answer that says what became of it."""
        give_up_at = time.monotonic() + KNOWN_WITHIN_SECONDS
        while time.monotonic() < give_up_at:
            try:
                status, answer = self.once(method, target, token, body, key)
                if status == 200 or answer.get("code") not in PASSING:
                    return status, answer
            except (OSError, http.client.HTTPException):
                self.breaks += 1
            time.sleep(self.dice.uniform(*AWAY_SECONDS))
        raise Violation(f"{method} {target} had no answer within {KNOWN_WITHIN_SECONDS} s")

    def get(self, target, token):
        status, answer = self.until_known("GET", target, token)
        if status != 200:
            raise Violation(f"GET {target}: {answer}")
        return answer

    def carry_out(self, command, token):
        """Sends `command` until its outcome is known, and notes it."""
        status, answer = self.until_known("POST", command.path, token, command.body, command.key)
        command.attempts += 1
        if status == 200:
            command.receipt, command.resource = answer["receipt"], answer["resource"]
        elif answer.get("code") in ("unauthenticated", "internal", "damaged"):
            raise Violation(f"{command.path} under key {command.key} as {command.person}: {answer}")
        else:
            command.problem = answer
        return answer
