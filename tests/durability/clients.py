"""Clients: threads that command without end, through every crash, and remember every receipt and some checkpoints."""
import itertools
import random
import threading
import time
import traceback

from api import Api, Command
from world import ACCOUNT, MODE, PROCESS, REQUESTERS_MAX, SECOND_MODE, STATEMENT, WARNINGS, requester_ids

CHECKPOINT_SHARE, LOGIN_SHARE, REFUSED_SHARE = 0.02, 0.005, 0.03
NEVER_SAID = "Nobody is asked to state this."


class Client(threading.Thread):
    """One client. A requester for its own person, whose requests dana or emil answer; or one who attests; the first one declares."""

    def __init__(self, number, seed, world, tokens, emergency, pause_seconds):
        super().__init__(name=f"client-{number}", daemon=True)
        self.dice = random.Random(f"{seed}/{number}")
        self.api = Api(world.socket, self.dice)
        self.world, self.tokens, self.emergency, self.pause_seconds = world, tokens, emergency, pause_seconds
        self.requester = requester_ids()[number - 1] if 1 <= number <= REQUESTERS_MAX else None
        self.declares = number == 0
        self.keys = (f"c{number}-{count}" for count in itertools.count())
        self.commands, self.checkpoints, self.nonces = [], set(), []
        self.failure = None
        self.ending = threading.Event()

    def run(self):
        try:
            while not self.ending.is_set():
                self._step()
                time.sleep(self.dice.uniform(0, 2 * self.pause_seconds))
        except Exception:  # reported by whoever joins this thread
            self.failure = traceback.format_exc()
        self.api.close()

    def _step(self):
        if self.dice.random() < CHECKPOINT_SHARE:
            self.checkpoints.add(self.api.get("/api/v1/ledger/checkpoint", self.tokens["chie"])["checkpoint"])
        if self.dice.random() < LOGIN_SHARE:
            person = self.requester or "chie"
            self.tokens[person], nonce = self.world.login(self.api, person)
            self.nonces.append((person, nonce))
        if self.dice.random() < REFUSED_SHARE:
            self._attest(NEVER_SAID, ["command.refused"], {"code": "invalid", "command": "attestation.make"})
        if self.declares:
            self._declare_and_close()
        elif self.requester:
            self._request_and_end()
        else:
            self._attest(STATEMENT, ["attestation.made"], {"mode": MODE, "statement": STATEMENT})

    def do(self, person, path, body, types, data):
        """Carries out one command under a new key, and remembers it; its resource."""
        command = Command(person, "/api/v1/" + path, body, next(self.keys), types, data)
        self.commands.append(command)
        self.api.carry_out(command, self.tokens[person])
        if (command.receipt is None) != (types == ["command.refused"]):
            raise RuntimeError(f"{path} under key {command.key} by {person} should have left {types}: {command.problem}")
        return command.resource

    def _attest(self, statement, types, data):
        person = self.dice.choice(["chie", "emil"])
        # Only "command" and "code" tell a refusal apart; what it says is for people.
        self.do(person, "attestations", {"mode": MODE, "statement": statement}, types, data)

    def _declare_and_close(self):
        incident = f"INC-{len(self.commands)}"
        self.do("chie", "attestations", {"mode": SECOND_MODE, "statement": STATEMENT}, ["attestation.made"], {"mode": SECOND_MODE})
        emergency = self.do("dana", "emergencies", {"mode": SECOND_MODE, "incident": incident}, ["emergency.declared"],
                            {"mode": SECOND_MODE, "incident": incident})
        self.do("dana", f"emergencies/{emergency}/close", {"reason": "Durability"}, ["emergency.closed"], {"emergency": emergency})

    def _request_and_end(self):
        me = self.requester
        body = {"emergency": self.emergency, "process": PROCESS, "account": ACCOUNT, "duration": "1h",
                "reason": f"Durability, {len(self.commands)}", "acknowledge": WARNINGS}
        request = self.do(me, "requests", body, ["request.submitted", "request.checked"],
                          {"terms.requester": me, "terms.emergency": self.emergency, "terms.account": ACCOUNT})
        end = self.dice.choices(["withdraw", "deny", "approve"], [8, 1, 1])[0]
        if end == "withdraw":
            self.do(me, f"requests/{request}/withdraw", {}, ["request.withdrawn"], {"request": request})
        else:
            self._answer(request, end)

    def _answer(self, request, decision):
        approver = self.dice.choice(["dana", "emil"])
        statement = self.api.get(f"/api/v1/requests/{request}", self.tokens[approver])["to_sign"][decision]
        body = {"decision": decision, "statement": statement, "signature": self.world.sign(approver, "postern-approval", statement)}
        if decision == "deny":
            body["reason"] = "Not now."
        types = ["request.approved", "grant.opened"] if decision == "approve" else ["request.denied"]
        self.do(approver, f"requests/{request}/answer", body, types, {"request": request, "person": approver, "statement": statement})
        if decision == "approve":
            grant = self.api.get(f"/api/v1/requests/{request}", self.tokens[approver])["grant"]
            self._use(grant)

    def _use(self, grant):
        me, reason = self.requester, "nothing was asked of AWS"
        session = self.do(me, f"grants/{grant}/sessions", {}, ["session.intended"], {"grant": grant, "source_identity": me})
        self.do(me, f"sessions/{session}/report", {"failure": reason}, ["session.failed"], {"session": session, "reason": reason})
        self.do(me, f"grants/{grant}/close", {}, ["grant.closed"], {"grant": grant, "cause": "closed"})
