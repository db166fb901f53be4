#!/usr/bin/env python3
"""What people wait for: the steps from declaring to an open grant, through the HTTP API of a real server; and what 64 clients get done.

Part 1, one client: each step of declare, request, approve, grant open, with the approver's `ssh-keygen` told apart.
Part 2, 64 clients that command without pause, in turns with raw write + fdatasync of as many bytes in the same folder. The ratio
counts, since the machine is shared: 1.0 would be commands as fast as entries can be synced in batches of 64.
"""
import argparse
import base64
import itertools
import json
import os
import pathlib
import selectors
import shutil
import socket
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "durability"))

from api import Api
from server import Server
from world import ACCOUNT, MODE, PROCESS, STATEMENT, WARNINGS, World

REQUESTER, APPROVER, WITNESS = "operator-01", "dana", "chie"
STEPS = ["declare", "request", "look at it", "ssh-keygen", "approve", "grant open"]
RAW_BATCHES = [1, 4, 64]
ANSWER_WITHIN_SECONDS = 20
WARM_UP_ROUNDS = 3


def quantile(values, share):
    return sorted(values)[round(share * (len(values) - 1))]


class Line:
    """One client that walks the line again and again."""

    def __init__(self, world, tokens):
        self.world, self.tokens = world, tokens
        self.api = Api(world.socket)
        self.seconds = {step: [] for step in STEPS}
        self.keys = (f"line-{count}" for count in itertools.count())

    def post(self, person, path, body):
        status, answer = self.api.once("POST", "/api/v1/" + path, self.tokens[person], body, next(self.keys))
        if status != 200:
            raise RuntimeError(f"{path}: {answer}")
        return answer

    def timed(self, step, work):
        started = time.perf_counter()
        result = work()
        self.seconds[step].append(time.perf_counter() - started)
        return result

    def walk(self):
        # What was said before the last emergency ended says nothing of the next one.
        self.post(WITNESS, "attestations", {"mode": MODE, "statement": STATEMENT})
        emergency = self.timed("declare", lambda: self.post(APPROVER, "emergencies", {"mode": MODE, "incident": ""}))["resource"]
        terms = {"emergency": emergency, "process": PROCESS, "account": ACCOUNT, "duration": "1h", "reason": "A figure", "acknowledge": WARNINGS}
        request = self.timed("request", lambda: self.post(REQUESTER, "requests", terms))["resource"]
        shown = self.timed("look at it", lambda: self.api.get(f"/api/v1/requests/{request}", self.tokens[APPROVER]))
        statement = shown["to_sign"]["approve"]
        signature = self.timed("ssh-keygen", lambda: self.world.sign(APPROVER, "postern-approval", statement))
        answer = {"decision": "approve", "statement": statement, "signature": signature}
        approved = self.timed("approve", lambda: self.post(APPROVER, f"requests/{request}/answer", answer))
        grant = self.timed("grant open", lambda: self.api.get(f"/api/v1/grants/{approved['now']['grant']}", self.tokens[REQUESTER]))
        if grant["end"] is not None:
            raise RuntimeError(f"the grant is not open: {grant}")
        # A mode has one open emergency at most, so each round ends its own; that is not part of the line.
        self.post(APPROVER, f"emergencies/{emergency}/close", {"reason": "A figure"})

    def figures(self):
        whole = [sum(each) for each in zip(*self.seconds.values())]
        without_ssh = [sum(each) for each in zip(*(self.seconds[step] for step in STEPS if step != "ssh-keygen"))]
        rows = {**self.seconds, "whole line": whole, "without ssh-keygen": without_ssh}
        return [{"step": name, "p50_ms": 1e3 * quantile(values, 0.5), "p99_ms": 1e3 * quantile(values, 0.99)}
                for name, values in rows.items()]


@dataclass
class Caller:
    """One of the clients of part 2: a connection with one command under way."""
    socket: socket.socket
    sent_at: float = 0.0
    received: bytes = b""


@dataclass
class Load:
    """Many clients on one thread, so that the measuring costs little beside what is measured; requests are made beforehand, but for the key."""
    path: str
    token: str
    clients: int
    count: int = 0
    seconds: list = field(default_factory=list)

    def __post_init__(self):
        body = json.dumps({"mode": MODE, "statement": STATEMENT})
        self.head = (f"POST /api/v1/attestations HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.token}\r\n"
                     f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nIdempotency-Key: load-").encode()
        self.tail = f"\r\n\r\n{body}".encode()
        self.selector = selectors.DefaultSelector()
        for _ in range(self.clients):
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(ANSWER_WITHIN_SECONDS)
            connection.connect(self.path)
            self.selector.register(connection, selectors.EVENT_READ, Caller(connection))

    def run(self, turn_seconds):
        """Commands a second in one turn. The last answers are waited for, so that nothing of a turn is left for the next one."""
        started, done = time.perf_counter(), 0
        for key in self.selector.get_map().values():
            self.send(key.data)
        waiting = self.clients
        while waiting:
            ready = self.selector.select(ANSWER_WITHIN_SECONDS)
            if not ready:
                raise RuntimeError(f"no answer within {ANSWER_WITHIN_SECONDS} s")
            for key, _ in ready:
                if not self.answered(key.data):
                    continue
                done += 1
                if time.perf_counter() - started < turn_seconds:
                    self.send(key.data)
                else:
                    waiting -= 1
        return done / (time.perf_counter() - started)

    def send(self, caller):
        self.count += 1
        caller.received, caller.sent_at = b"", time.perf_counter()
        caller.socket.sendall(self.head + str(self.count).encode() + self.tail)

    def answered(self, caller):
        caller.received += caller.socket.recv(65536)
        head, end, body = caller.received.partition(b"\r\n\r\n")
        if not end:
            return False
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        if len(body) < length:
            return False
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(caller.received.decode())
        self.seconds.append(time.perf_counter() - caller.sent_at)
        return True

    def close(self):
        for key in list(self.selector.get_map().values()):
            key.data.socket.close()
        self.selector.close()


def raw_batches_per_second(path, batch_bytes, turn_seconds):
    """Appends of one batch each, synced one by one, to a file that grows: the simplest log there can be."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    content, started, batches = b"x" * batch_bytes, time.perf_counter(), 0
    while time.perf_counter() - started < turn_seconds:
        os.write(descriptor, content)
        os.fdatasync(descriptor)
        batches += 1
    seconds = time.perf_counter() - started
    os.close(descriptor)
    return batches / seconds


def measure_throughput(world, token, options):
    load = Load(world.socket, token, options.clients)
    api = Api(world.socket)
    first = api.get("/api/v1/ledger/entries?count=1", token)["size"]
    load.run(options.turn_ms / 1000)  # warm-up, whose entries also say how long an entry is
    sample = [base64.b64decode(each["bytes"]) for each in api.get(f"/api/v1/ledger/entries?from={first}", token)["entries"]]
    entry_bytes = round(statistics.mean(len(each) for each in sample))
    load.seconds.clear()
    commands, raw = [], {batch: [] for batch in RAW_BATCHES}
    before = api.get("/api/v1/ledger/entries?count=1", token)["size"]
    for _ in range(options.turns):
        commands.append(load.run(options.turn_ms / 1000))
        for batch in RAW_BATCHES:
            path = str(world.folder / f"raw-{batch}")
            raw[batch].append(batch * raw_batches_per_second(path, batch * entry_bytes, options.turn_ms / 1000 / len(RAW_BATCHES)))
    # All entries of one append carry the same time, to a millisecond; so appends that share one count as one here.
    page = [json.loads(base64.b64decode(each["bytes"]))["at"] for each in api.get(f"/api/v1/ledger/entries?from={before}", token)["entries"]]
    load.close()
    api.close()
    rate = statistics.median(commands)
    return {"clients": options.clients, "entry_bytes": entry_bytes, "commands_per_second": rate, "turns": options.turns,
            "entries_with_one_time": len(page) / len(set(page)),
            "p50_ms": 1e3 * quantile(load.seconds, 0.5), "p99_ms": 1e3 * quantile(load.seconds, 0.99),
            "raw": [{"batch": batch, "entries_per_second": statistics.median(rates), "ratio": rate / statistics.median(rates)}
                    for batch, rates in raw.items()]}


def print_table(line, throughput, rounds):
    print(f"{'one client, ' + str(rounds) + ' rounds':<24}{'p50 ms':>10}{'p99 ms':>10}")
    for row in line:
        print(f"{row['step']:<24}{row['p50_ms']:>10.2f}{row['p99_ms']:>10.2f}")
    print(f"\n{throughput['clients']} clients: {throughput['commands_per_second']:.0f} commands/s (median of {throughput['turns']} turns), "
          f"answer p50 {throughput['p50_ms']:.1f} ms, p99 {throughput['p99_ms']:.1f} ms; "
          f"{throughput['entries_with_one_time']:.1f} entries of {throughput['entry_bytes']} bytes with the same time")
    print(f"{'raw write + fdatasync':<24}{'entries/s':>10}{'commands : this':>18}")
    for row in throughput["raw"]:
        print(f"{'batches of ' + str(row['batch']):<24}{row['entries_per_second']:>10.0f}{row['ratio']:>18.2f}")


def measure(world, options):
    api = Api(world.socket)
    tokens = {person: world.login(api, person)[0] for person in (REQUESTER, APPROVER, WITNESS)}
    line = Line(world, tokens)
    for _ in range(WARM_UP_ROUNDS):
        line.walk()
    for values in line.seconds.values():
        values.clear()
    for _ in range(options.rounds):
        line.walk()
    return line.figures(), measure_throughput(world, tokens[WITNESS], options)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("postern")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--turns", type=int, default=12)
    parser.add_argument("--turn-ms", type=int, default=500)
    parser.add_argument("--dir", default=None, help="where to make the temporary folder: the disk that is measured")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="postern-line-", dir=options.dir)
    world = World(folder, options.postern)
    server = Server(world.serve_command())
    try:
        world.make()
        server.start()
        server.wait_until_serving()
        line, throughput = measure(world, options)
        server.stop()
    except BaseException:
        print(f"everything is kept in {folder}", file=sys.stderr)
        raise
    finally:
        server.end()
    shutil.rmtree(folder)
    if options.json:
        print(json.dumps({"rounds": options.rounds, "line": line, "throughput": throughput}, indent=2))
    else:
        print_table(line, throughput, options.rounds)


if __name__ == "__main__":
    main()
