"""Emails on their way to the mail server: private on request, and only to a server whose certificate is good."""

import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from inbox.channels import email
from inbox.channels.email import Mail, send_mail
from tests.web.fake_channels import MailServer

MAIL = Mail("batch1", "alice@lanting.example", "催办", "请尽快办理。")
Certificate = Callable[[str], Path]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Make a self-signed certificate for an address, its key in the same file."""

    def make(address: str) -> Path:
        folder = tmp_path_factory.mktemp("certificate")
        both = folder / "both.pem"
        what = (
            f"-subj /CN=mail -addext subjectAltName={address} -keyout {folder}/key.pem -out {folder}/it.pem"
        )
        kind = "-x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
        subprocess.run(f"openssl req {kind} {what}".split(), check=True, capture_output=True)
        both.write_text((folder / "key.pem").read_text() + (folder / "it.pem").read_text())
        return both

    return make


@contextmanager
def server(security: str, certificate: Path | None = None) -> Iterator[MailServer]:
    """Run a mail server."""
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    opened = MailServer(security, context)
    yield opened
    opened.close()


def asked(opened: MailServer, security: str) -> email.MailServer:
    """Return what the settings say of the server."""
    return email.MailServer("127.0.0.1", opened.port, security, "minhu", "geheim", "minhu@lanting.example")


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_mail_goes_privately_to_a_server_whose_certificate_is_trusted(
    security: str, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted = certificate("IP:127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))

    with server(security, trusted) as opened:
        outcome = send_mail(asked(opened, security), MAIL)

        assert outcome.error == ""
        assert "To: alice@lanting.example" in opened.mails[0]
        assert {line for line in opened.heard if line.startswith("open")} <= {"open EHLO", "open STARTTLS"}
        assert "private AUTH" in opened.heard


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_that_nobody_vouches_for_is_refused_before_anything_is_said(
    security: str, certificate: Certificate
) -> None:
    with server(security, certificate("IP:127.0.0.1")) as opened:
        outcome = send_mail(asked(opened, security), MAIL)

        assert outcome.error == "SSLCertVerificationError"
        assert not outcome.unknown  # nothing was handed over, so it is tried again
        assert opened.mails == []
        assert set(opened.heard) <= {"open EHLO", "open STARTTLS"}


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_of_another_server_is_refused(
    security: str, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = certificate("DNS:mail.elsewhere.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(other))

    with server(security, other) as opened:
        assert send_mail(asked(opened, security), MAIL).error == "SSLCertVerificationError"
        assert opened.mails == []


def test_a_server_that_will_not_speak_privately_gets_neither_password_nor_mail() -> None:
    with server("none") as opened:
        outcome = send_mail(asked(opened, "starttls"), MAIL)

        assert (outcome.error, outcome.final) == ("SMTPNotSupportedError", True)
        assert opened.heard == ["open EHLO"]
        assert opened.mails == []
