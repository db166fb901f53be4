#!/usr/bin/env python3
"""Plays a ticket system: python3 ticket_stub.py KIND, where KIND is pagerduty, servicenow, jira or http.

Prints its port (on 127.0.0.1) as its first line. Every request is held against incident_shapes.json; one that
does not fit is answered with 400 and the reason, and so is an answer of ours that does not fit (500).
For the http kind: url http://127.0.0.1:PORT/tickets/{id}, create.url …/tickets with create.number /number,
note.url …/tickets/{id}/notes, close.url …/tickets/{id}/close, open_when /state equals "open".

  GET  /_log          what came so far: [{method, path, query, headers, body, status}]; no credentials
  GET  /_tickets      the tickets as they are
  POST /_mode/MODE    up, down (503), hung (no answer for a minute), hijacked (a login page in HTML)
  POST /_open/NUMBER  makes an open ticket with that number (PagerDuty: any letters and digits; Jira: OPS-7)
"""

import hashlib
import json
import pathlib
import re
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jsonschema

SHAPES = json.loads((pathlib.Path(__file__).parent / "incident_shapes.json").read_text())
LIMIT = 1 << 20


class Ticket:
    def __init__(self, number, title="", key=""):
        self.number, self.title, self.key = number, title, key
        self.is_open, self.notes = True, []
        self.record = hashlib.md5(number.encode()).hexdigest()


class System:
    """One ticket system. Each kind answers (status, body), where a body of None is empty."""

    prefix = "T"

    def __init__(self):
        self.tickets = []

    def new(self, title="", key="", number=None):
        ticket = Ticket(number or f"{self.prefix}{len(self.tickets) + 1}", title, key)
        self.tickets.append(ticket)
        return ticket

    def by(self, **wanted):
        for ticket in self.tickets:
            if all(getattr(ticket, name) == value for name, value in wanted.items()):
                return ticket
        return None


class PagerDuty(System):
    prefix = "PINC"

    def shown(self, ticket):
        return {"id": ticket.number, "type": "incident", "status": "triggered" if ticket.is_open else "resolved",
                "title": ticket.title, "incident_key": ticket.key,
                "html_url": f"https://acme.pagerduty.com/incidents/{ticket.number}"}

    def answer(self, name, path, query, body, headers):
        if name == "look up by key":
            return 200, {"incidents": [self.shown(t) for t in self.tickets if t.key == query["incident_key"]]}
        if name == "create":
            new = body["incident"]
            if self.by(key=new.get("incident_key", ""), is_open=True):
                return 400, {"error": {"message": "Invalid Input Provided", "code": 2001,
                                       "errors": ["Open incident with matching dedup key already exists"]}}
            return 201, {"incident": self.shown(self.new(new["title"], new.get("incident_key", "")))}
        ticket = self.by(number=path.split("/")[2])
        if ticket is None:
            return 404, {"error": {"message": "Not Found", "code": 2100}}
        if name == "append":
            ticket.notes.append(body["note"]["content"])
            return 201, {"note": {"id": f"PNOTE{len(ticket.notes)}", "content": ticket.notes[-1]}}
        if name == "close":
            ticket.is_open = body["incident"].get("status") != "resolved"
            ticket.notes.append(body["incident"].get("resolution", ""))
        return 200, {"incident": self.shown(ticket)}


class ServiceNow(System):
    prefix = "INC001000"

    def shown(self, ticket):
        return {"sys_id": ticket.record, "number": ticket.number, "short_description": ticket.title,
                "state": "1" if ticket.is_open else "7", "correlation_id": ticket.key}

    def answer(self, name, path, query, body, headers):
        if name == "find":
            field, value = query["sysparm_query"].split("=", 1)
            rows = [self.shown(t) for t in self.tickets if self.shown(t)[field] == value]
            return 200, {"result": rows[: int(query["sysparm_limit"])]}
        if name == "create":
            return 201, {"result": self.shown(self.new(body["short_description"], body["correlation_id"]))}
        ticket = self.by(record=path.rsplit("/", 1)[1])
        if ticket is None:
            return 404, {"error": {"message": "No Record found"}, "status": "failure"}
        ticket.notes.append(body.get("work_notes") or body.get("close_notes"))
        ticket.is_open = ticket.is_open and body.get("state") != "7"
        return 200, {"result": self.shown(ticket)}


class Jira(System):
    prefix = "OPS-"
    OPEN = {"id": "11", "name": "Start", "to": {"name": "Open", "statusCategory": {"key": "indeterminate"}}}
    DONE = {"id": "31", "name": "Resolve", "to": {"name": "Done", "statusCategory": {"key": "done"}}}

    def shown(self, ticket):
        status = self.OPEN["to"] if ticket.is_open else self.DONE["to"]
        return {"id": ticket.record[:8], "key": ticket.number,
                "fields": {"summary": ticket.title, "status": status, "labels": [ticket.key] if ticket.key else []}}

    def answer(self, name, path, query, body, headers):
        if name == "look up by label":
            label = body["jql"].split('"')[1]
            return 200, {"issues": [self.shown(t) for t in self.tickets if t.key == label], "isLast": True}
        if name == "create":
            fields = body["fields"]
            ticket = self.new(fields["summary"], fields.get("labels", [""])[0])
            return 201, {"id": ticket.record[:8], "key": ticket.number, "self": f"https://x/{ticket.number}"}
        ticket = self.by(number=path.split("/")[5])
        if ticket is None:
            return 404, {"errorMessages": ["Issue does not exist or you do not have permission to see it."]}
        if name == "append":
            lines = ["".join(t["text"] for t in p.get("content", [])) for p in body["body"]["content"]]
            ticket.notes.append("\n".join(lines))
            return 201, {"id": str(10000 + len(ticket.notes)), "body": body["body"]}
        if name == "list transitions":
            return 200, {"transitions": [self.OPEN, self.DONE]}
        if name == "close":
            if body["transition"]["id"] not in ("11", "31"):
                return 400, {"errorMessages": ["It seems that you have tried to perform an illegal transition."]}
            ticket.is_open = body["transition"]["id"] != "31"
            return 204, None
        return 200, self.shown(ticket)


class Http(System):
    prefix = "T-"

    def __init__(self):
        super().__init__()
        self.done = {}

    def shown(self, ticket):
        return {"number": ticket.number, "title": ticket.title, "state": "open" if ticket.is_open else "closed",
                "link": f"https://tickets.example.net/{ticket.number}"}

    def answer(self, name, path, query, body, headers):
        key = headers.get("idempotency-key")
        if key in self.done:
            return self.done[key]
        answer = self.first_answer(name, path, body)
        if key and answer[0] < 300:
            self.done[key] = answer
        return answer

    def first_answer(self, name, path, body):
        if name == "create":
            return 201, self.shown(self.new(body["title"], body["key"]))
        ticket = self.by(number=urllib.parse.unquote(path.split("/")[2]))
        if ticket is None:
            return 404, {"error": "no such ticket"}
        if name in ("append", "close"):
            ticket.notes.append(body["text"])
            ticket.is_open = ticket.is_open and name != "close"
        return 200, self.shown(ticket)


def fault_of(shape, query, headers, body):
    """Why a request does not fit its description; None when it does."""
    if set(query) != set(shape.get("query", {})):
        return f"the query has {sorted(query)}, not {sorted(shape.get('query', {}))}"
    for where, wanted, got in (("query", shape.get("query", {}), query), ("header", shape["headers"], headers)):
        for name, pattern in wanted.items():
            if not re.fullmatch(pattern, got.get(name, "")):
                return f"{where} {name} is missing or does not match {pattern}"
    if "body" not in shape:
        return None if body is None else "there is a body"
    errors = jsonschema.Draft202012Validator(shape["body"]).iter_errors(body)
    return next((f"body at {error.json_path}: {error.message}"[:500] for error in errors), None)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, body, kind="application/json"):
        data = b"" if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(data)

    def serve(self):
        url = urllib.parse.urlsplit(self.path)
        size = int(self.headers.get("Content-Length") or 0)
        if size > LIMIT:
            self.close_connection = True
            return self.reply(413, {"error": "too large"})
        raw = self.rfile.read(size)
        if url.path.startswith("/_"):
            return self.steer(url.path)
        if self.server.mode == "hung":
            self.server.woken.wait(60)
            self.close_connection = True
            return None
        if self.server.mode == "down":
            return self.reply(503, {"error": "down for maintenance"})
        if self.server.mode == "hijacked":
            return self.reply(200, "<!doctype html><title>Log in</title>", "text/html")
        with self.server.lock:
            status, body = self.judge(url, raw)
        return self.reply(status, body)

    def judge(self, url, raw):
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            return 400, {"error": "the body is not JSON"}
        status, answer = self.answer(url.path, query, headers, body)
        kept = {name: value for name, value in headers.items() if name != "authorization"}
        self.server.log.append({"at": time.time(), "method": self.command, "path": url.path, "query": query,
                                "headers": kept, "body": body, "status": status,
                                "reason": answer if status == 400 else None})
        return status, answer

    def answer(self, path, query, headers, body):
        fitting = [s for s in self.server.shapes if s["method"] == self.command and re.fullmatch(s["path"], path)]
        if not fitting:
            return 400, {"error": f"no such request: {self.command} {path}"}
        fault = fault_of(fitting[0], query, headers, body)
        if fault:
            return 400, {"error": f"{fitting[0]['name']}: {fault}"}
        status, answer = self.server.system.answer(fitting[0]["name"], path, query, body, headers)
        if status < 300 and "answer" in fitting[0]:
            errors = list(jsonschema.Draft202012Validator(fitting[0]["answer"]).iter_errors(answer))
            if errors:
                return 500, {"error": f"the stub's own answer: {errors[0].message}"}
        return status, answer

    def steer(self, path):
        with self.server.lock:
            if path == "/_log":
                return self.reply(200, self.server.log)
            if path == "/_tickets":
                return self.reply(200, [vars(ticket) for ticket in self.server.system.tickets])
            word, _, value = path[2:].partition("/")
            if word == "mode" and value in ("up", "down", "hung", "hijacked"):
                self.server.woken.set()
                self.server.woken = threading.Event()
                self.server.mode = value
                return self.reply(200, {"mode": value})
            if word == "open" and value:
                self.server.system.new("Opened by hand", number=urllib.parse.unquote(value))
                return self.reply(201, {"number": value})
        return self.reply(404, {"error": "unknown"})

    do_GET = do_POST = do_PUT = do_PATCH = serve


def main():
    kinds = {"pagerduty": PagerDuty, "servicenow": ServiceNow, "jira": Jira, "http": Http}
    if len(sys.argv) != 2 or sys.argv[1] not in kinds:
        sys.exit(__doc__)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.system, server.shapes = kinds[sys.argv[1]](), SHAPES[sys.argv[1]]["requests"]
    server.mode, server.log, server.lock, server.woken = "up", [], threading.Lock(), threading.Event()
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
