#!/usr/bin/env python3
"""Kills `postern serve` again and again with SIGKILL while clients command it, and then holds every receipt against the ledger.

What must hold: each restart by the same command line and nothing else serves again; every receipt that a client holds is found by
inclusion proof with the content of its command; no command happened twice or came from nowhere; no checkpoint that was ever shown
is of another history.
"""
import argparse
import base64
import collections
import os
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import audit
from api import Api, Command, Violation
from clients import Client
from note import Verifier, read_export, read_proof
from server import Server
from world import MODE, STATEMENT, World

# So many kills come before the server listens, at any moment of its start.
START_UP_SHARE = 0.25
SERVING_MEAN_SECONDS, SERVING_MAX_SECONDS = 0.25, 1.0
REPEATS_MAX = 500
VIOLATIONS_SHOWN = 20


class Run:
    def __init__(self, options, folder):
        self.options = options
        self.dice = random.Random(options.seed)
        self.world = World(folder, options.postern)
        self.server = Server(self.world.serve_command())
        self.clients, self.tokens, self.first_commands = [], {}, []
        self.start_seconds, self.during_start, self.took = [], 0, {}

    def timed(self, what, work):
        started = time.monotonic()
        result = work()
        self.took[what] = time.monotonic() - started
        return result

    def whole(self):
        """All of it; a list of violations."""
        self.timed("set-up", self.set_up)
        self.timed("kills", self.kill_many)
        self.timed("clients' end", self.end_clients)
        commands = self.first_commands + [each for client in self.clients for each in client.commands]
        self.commands = commands
        self.notes = {each for client in self.clients for each in client.checkpoints}
        nonces = [each for client in self.clients for each in client.nonces] + self.first_nonces
        repeated = self.timed("repeating", lambda: list(self.repeat(commands)))
        proofs = self.timed("fetching proofs", lambda: self.fetch_proofs(commands))
        self.server.stop()
        exported = self.timed("verify and export", self.verify_and_export)
        verifier = Verifier(self.world.state.joinpath("ledger.vkey").read_text(encoding="ascii"))
        self.entries = len(exported)
        found = self.timed("checking", lambda: list(audit.violations(commands, nonces, self.notes, proofs, exported, verifier)))
        return repeated + found

    def set_up(self):
        self.world.make()
        self.server.start()
        self.server.wait_until_serving()
        api = Api(self.world.socket, self.dice)
        self.first_nonces = []
        for person in self.world.people:
            self.tokens[person], nonce = self.world.login(api, person)
            self.first_nonces.append((person, nonce))
        attest = Command("chie", "/api/v1/attestations", {"mode": MODE, "statement": STATEMENT}, "first-1", ["attestation.made"], {})
        declare = Command("dana", "/api/v1/emergencies", {"mode": MODE, "incident": ""}, "first-2", ["emergency.declared"], {})
        self.first_commands = [attest, declare]
        for command in self.first_commands:
            api.carry_out(command, self.tokens[command.person])
        api.close()
        pause = self.options.pause_ms / 1000
        self.clients = [Client(number, self.options.seed, self.world, self.tokens, declare.resource, pause)
                        for number in range(self.options.clients)]
        for client in self.clients:
            client.start()

    def kill_many(self):
        self.pause(SERVING_MEAN_SECONDS)
        for _ in range(self.options.kills):
            self.server.kill()
            self.check_clients()
            self.server.start()
            if self.dice.random() < START_UP_SHARE:
                self.during_start += 1
                typical = statistics.median(self.start_seconds[-5:]) if self.start_seconds else 0.1
                time.sleep(self.dice.uniform(0, typical))
                continue
            self.start_seconds.append(self.server.wait_until_serving())
            self.pause(SERVING_MEAN_SECONDS)
        # The last restart must serve as every other.
        self.start_seconds.append(self.server.wait_until_serving())

    def pause(self, mean_seconds):
        time.sleep(min(self.dice.expovariate(1 / mean_seconds), SERVING_MAX_SECONDS))

    def check_clients(self):
        for client in self.clients:
            if client.failure:
                raise Violation(f"{client.name}: {client.failure}")

    def end_clients(self):
        for client in self.clients:
            client.ending.set()
        for client in self.clients:
            client.join(timeout=120)
            if client.is_alive():
                raise Violation(f"{client.name} does not come to an end")
        self.check_clients()

    def repeat(self, commands):
        """The same commands once more, after all crashes: each must get its first answer."""
        api = Api(self.world.socket, self.dice)
        for command in self.dice.sample(commands, min(len(commands), REPEATS_MAX)):
            # The way in is given only as long as it is open, so a session that is over is refused when asked for again.
            if command.types == ["session.intended"]:
                continue
            status, answer = api.until_known("POST", command.path, self.tokens[command.person], command.body, command.key)
            if status == 200 and command.receipt and answer["receipt"] == {**command.receipt, "repeated": True}:
                continue
            if command.problem and answer.get("code") == command.problem["code"]:
                continue
            yield f"{command.cause()}: repeated, it got {answer}, not {command.receipt or command.problem}"
        api.close()

    def fetch_proofs(self, commands):
        """index -> (entry, proof), for every entry that a receipt names. Several connections: the server has several workers."""
        indexes = sorted({index for command in commands if command.receipt for index in audit.held(command)})
        near = threading.local()

        def fetch(index):
            near.api = getattr(near, "api", None) or Api(self.world.socket)
            status, answer = near.api.until_known("GET", f"/api/v1/ledger/proof?index={index}", self.tokens["emil"])
            return index, (base64.b64decode(answer["entry"]), read_proof(answer["proof"])) if status == 200 else None

        with ThreadPoolExecutor(4) as pool:
            return {index: found for index, found in pool.map(fetch, indexes) if found}

    def verify_and_export(self):
        self.world.run("ledger", "verify", "--state", str(self.world.state))
        folder = str(self.world.folder / "export")
        self.world.run("ledger", "export", folder, "--state", str(self.world.state))
        independent = World(self.world.folder, self.options.ledger_verify)
        independent.run(folder, "--key-file", str(self.world.state / "ledger.vkey"))
        return read_export(folder)

    def report(self):
        receipts = [each for each in self.commands if each.receipt]
        types = collections.Counter(kind for each in receipts for kind in each.types)
        print(f"{self.options.kills} kills, {self.during_start} of them before the server listened; as many restarts, none by hand")
        print(f"{len(receipts)} receipts held by {self.options.clients} clients, {len(self.commands) - len(receipts)} refusals; "
              f"{sum(each.receipt['repeated'] for each in receipts)} learnt by asking again after a crash; "
              f"{sum(client.api.breaks for client in self.clients)} attempts without an answer")
        print(f"{self.entries} entries; " + ", ".join(f"{kind} {count}" for kind, count in types.most_common()))
        print(f"{len(self.notes)} checkpoints seen on the way; from restart to serving: "
              f"median {statistics.median(self.start_seconds):.3f} s, max {max(self.start_seconds):.3f} s")
        print("time: " + ", ".join(f"{what} {seconds:.1f} s" for what, seconds in self.took.items()), flush=True)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("postern")
    parser.add_argument("ledger_verify", metavar="postern-ledger-verify")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--pause-ms", type=int, default=400, help="mean pause of a client between two rounds of commands")
    options = parser.parse_args()
    options.seed = random.SystemRandom().randrange(1 << 32) if options.seed is None else options.seed
    return options


def main():
    options = parse_options()
    started = time.monotonic()
    print(f"seed {options.seed}", flush=True)
    folder = tempfile.mkdtemp(prefix="postern-kill-")
    run = Run(options, folder)
    try:
        found = run.whole()
        run.report()
    except Exception as fault:  # whatever it was, the evidence is kept
        found = [f"{type(fault).__name__}: {fault}"]
    finally:
        run.server.end()
    print(f"{time.monotonic() - started:.1f} s in total")
    if found:
        print(f"{len(found)} VIOLATIONS, seed {options.seed}, everything is kept in {folder}")
        print("\n".join(found[:VIOLATIONS_SHOWN]), flush=True)
        # Clients may still wait for a server that is gone; they are not waited for.
        os._exit(1)
    shutil.rmtree(folder)
    print("every receipt is in the ledger, once")


if __name__ == "__main__":
    sys.exit(main())
