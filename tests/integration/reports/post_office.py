"""A mail server on this machine, for tests: it takes mail, refuses some or all, or wants a password."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from muster.core.settings import Settings
from muster.services.ports import free_port


class PostOffice:
    """What arrived, and what is refused."""

    def __init__(self, *, refused: frozenset[str] = frozenset(), answer: str | None = None) -> None:
        self.arrived: list[tuple[tuple[str, ...], EmailMessage]] = []
        self.signed_in: list[tuple[bytes, bytes]] = []
        self.port = free_port()
        self._refused = refused
        self._answer = answer

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self._refused:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        if self._answer is not None:
            return self._answer
        assert isinstance(envelope.content, bytes)
        mail = BytesParser(policy=default).parsebytes(envelope.content)
        self.arrived.append((tuple(envelope.rcpt_tos), mail))
        return "250 OK"

    def authenticator(self, _server: Any, _session: Any, _envelope: Any, _kind: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.signed_in.append((data.login, data.password))
        return AuthResult(success=data.password == b"korrekt-pferd", handled=False)

    @contextmanager
    def open(self, certificate: Path | None = None) -> Iterator["PostOffice"]:
        """Open until the end of the block; with a certificate it wants STARTTLS and a password."""
        wanted: dict[str, Any] = {}
        if certificate is not None:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate)
            wanted = {"tls_context": tls, "require_starttls": True}
            wanted |= {"authenticator": self.authenticator, "auth_required": True}
        desk = Controller(self, hostname="127.0.0.1", port=self.port, **wanted)
        desk.start()
        try:
            yield self
        finally:
            desk.stop()

    def settings(self, **more: Any) -> Settings:
        """Settings that send reviews through it."""
        named: dict[str, Any] = {"mail_host": "127.0.0.1", "mail_port": self.port, "mail_security": "none"}
        named |= {"mail_from": "muster@example.com", "review_recipients": "cfo@example.com, coo@example.com"}
        return Settings(**named | more)


def certificate_of(folder: Path) -> Path:
    """A certificate of this machine with its key, which nobody trusts yet."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "mail.pem"
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path
