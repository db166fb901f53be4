"""What stands in front of an identity provider, and fails in its own ways: nginx, with HTTP for what is behind it and TLS.

502 is what it says of a dead backend, 504 of one that hangs, 503 while somebody works on it; and it can hang itself.
"""
import getpass
import os
import shutil
import signal
import socket

import certificates
import world
from processes import Process, free_port

# Less than a probe's time-out: a backend that hangs is then known by a status, and not only by silence.
BACKEND_SECONDS_MAX = "800ms"


class NginxFront(Process):
    """`url` leads to `backend` (a URL), `tls_port` shakes hands. The certificate's authority is `authority`, a PEM file."""

    def __init__(self, work, backend, name="front"):
        super().__init__(work, name)
        # Debian has it where the PATH of ordinary people does not lead.
        self._nginx = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or world.skip("nginx-light")
        self.folder = work / name
        self.folder.mkdir()
        self.port, self.tls_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._maintenance = self.folder / "maintenance"
        self._issue_certificates()
        (self.folder / "nginx.conf").write_text(self._configuration(backend))

    def _issue_certificates(self):
        self.authority = certificates.self_signed(self.folder, "authority").certificate
        for name, days in (("good", 30), ("expired", -1)):
            certificates.issue(self.folder, name, "authority", days, "IP:127.0.0.1")
        self._use("good")

    def _use(self, name):
        for kind in ("crt", "key"):
            fresh = self.folder / f"tls.{kind}.new"
            shutil.copy(self.folder / f"{name}.{kind}", fresh)
            fresh.replace(self.folder / f"tls.{kind}")

    def _configuration(self, backend):
        here = self.folder
        temporary = " ".join(f"{kind}_temp_path {here}/t;" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        # Started by root, its workers would become somebody who may not read a test's folders.
        return f"""
user {getpass.getuser()}; daemon off; worker_processes 1; pid {here}/pid; error_log {here}/error.log; events {{}}
http {{
  access_log off; {temporary}
  server {{
    listen 127.0.0.1:{self.port};
    listen 127.0.0.1:{self.tls_port} ssl; ssl_certificate {here}/tls.crt; ssl_certificate_key {here}/tls.key;
    if (-f {self._maintenance}) {{ return 503; }}
    location / {{
      proxy_pass {backend}; proxy_set_header X-Through-Front yes;
      proxy_connect_timeout {BACKEND_SECONDS_MAX}; proxy_read_timeout {BACKEND_SECONDS_MAX};
    }}
  }}
}}
"""

    def command(self):
        here = self.folder
        return [self._nginx, "-p", str(here), "-c", str(here / "nginx.conf"), "-e", str(here / "error.log")]

    def answers(self):
        with socket.create_connection(("127.0.0.1", self.tls_port), timeout=1):
            return True

    def close_for_maintenance(self):
        self._maintenance.touch()

    def open_again(self):
        self._maintenance.unlink()

    def let_certificate_expire(self):
        self._use("expired")
        os.kill(self.pid, signal.SIGHUP)

    def renew_certificate(self):
        self._use("good")
        os.kill(self.pid, signal.SIGHUP)
