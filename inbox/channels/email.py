"""Email: one plain-text message by SMTP, and what is known of it afterwards."""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate

from inbox.notice_sending import Outcome

TIMEOUT_SECONDS = 20


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where emails are handed over; `security` is starttls, tls or none."""

    host: str
    port: int
    security: str
    user: str
    password: str
    sender: str


@dataclass(frozen=True, slots=True)
class Mail:
    """One message; `key` makes its Message-ID, the same for every attempt at the same batch."""

    key: str
    to: str
    subject: str
    text: str


def send_mail(server: MailServer, mail: Mail) -> Outcome:
    """Hand a message over to the mail server. What it may have taken is never handed over again by itself."""
    try:
        connection = _connect(server)
    except (OSError, smtplib.SMTPException) as error:
        refused = isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPNotSupportedError)
        return Outcome(type(error).__name__, final=refused)
    try:
        connection.send_message(_message(server, mail))
    except smtplib.SMTPRecipientsRefused as error:
        code = next(iter(error.recipients.values()))[0]
        return Outcome(f"SMTP {code}", final=code >= 500)
    except smtplib.SMTPResponseException as error:
        return Outcome(f"SMTP {error.smtp_code}", final=error.smtp_code >= 500)
    except (OSError, smtplib.SMTPException) as error:
        return Outcome(type(error).__name__, unknown=True)
    finally:
        connection.close()
    return Outcome()


def _connect(server: MailServer) -> smtplib.SMTP:
    if server.security == "tls":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
        )
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
    try:
        if server.security == "starttls":
            connection.starttls(context=ssl.create_default_context())
        if server.user:
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def _message(server: MailServer, mail: Mail) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = server.sender, mail.to, mail.subject
    message["Date"] = formatdate()
    message["Message-ID"] = f"<{mail.key}@{server.sender.rpartition('@')[2] or 'minhu'}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    return message
