"""In front of an enforcing moto: its refusals in the XML that STS itself writes.

moto answers a wrong signature with <ErrorResponse><Errors><Error>…, which no service of AWS's query protocol does. Everything
else goes through as it is, the Host field too, so that a signature stays what the client has made of it.
"""
import http.client
import http.server
import threading

HOP_BY_HOP = {"connection", "content-length", "transfer-encoding"}
SECONDS_MAX = 30


class StsErrors:
    """A `with` block; `url` is where clients go."""

    def __init__(self, moto):
        handler = type("Handler", (_Handler,), {"moto_port": moto.port})
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    moto_port = 0

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        moto = http.client.HTTPConnection("127.0.0.1", self.moto_port, timeout=SECONDS_MAX)
        try:
            moto.request("POST", self.path, body, dict(self.headers.items()))
            answer = moto.getresponse()
            text = answer.read().replace(b"<Errors>", b"").replace(b"</Errors>", b"")
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
        finally:
            moto.close()

    def log_message(self, *_):
        """moto has a log of its own."""
