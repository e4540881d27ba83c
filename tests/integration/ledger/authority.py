"""A time stamping authority of one's own: `openssl ts` behind HTTP."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_CONFIG = """
[tsa]
default_tsa = own
[own]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
{chain}
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
ess_cert_id_alg = sha256
[stamping]
extendedKeyUsage = critical,timeStamping
[req]
distinguished_name = dn
[dn]
[ca]
basicConstraints = critical,CA:true
"""


class Authority:
    """Answers time stamp requests while it is up; what it does can be changed from outside."""

    def __init__(self, folder: Path, *, sends_chain: bool = False) -> None:
        self.folder = folder
        self.asked = 0
        self.replies: list[bytes] = []
        """Sent in place of an answer of its own, first come first served."""
        folder.mkdir()
        (folder / "tsa.cnf").write_text(
            _CONFIG.format(folder=folder, chain=f"certs = {folder}/ca.pem" if sends_chain else "")
        )
        (folder / "serial").write_text("01\n")
        self._certificates()

    def answer(self, request: bytes) -> bytes:
        self.asked += 1
        if self.replies:
            return self.replies.pop(0)
        (self.folder / "request.tsq").write_bytes(request)
        self.openssl("ts -reply -config tsa.cnf -queryfile request.tsq -out answer.tsr")
        return (self.folder / "answer.tsr").read_bytes()

    def openssl(self, arguments: str) -> str:
        """Run openssl in the authority's folder and give what it prints."""
        done = subprocess.run(
            ["openssl", *arguments.split()], cwd=self.folder, check=True, capture_output=True, text=True
        )
        return done.stdout + done.stderr

    @contextmanager
    def serving(self, port: int = 0) -> Iterator[str]:
        """The authority's address while it is up."""
        authority = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Content-Type"] == "application/timestamp-query"
                answer = authority.answer(request)
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:
                """Keep quiet."""

        with ThreadingHTTPServer(("127.0.0.1", port), Door) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_address[1]}/"
            finally:
                server.shutdown()
                thread.join()

    def _certificates(self) -> None:
        self.openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem "
            "-days 30 -subj /CN=ca -config tsa.cnf -extensions ca"
        )
        self.openssl(
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout tsa.key -out tsa.csr "
            "-subj /CN=tsa -config tsa.cnf"
        )
        self.openssl(
            "x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out tsa.pem -days 30 "
            "-extfile tsa.cnf -extensions stamping"
        )
