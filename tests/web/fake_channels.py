"""Fakes of other people's platforms: chat robots that enforce signature and limit as documented, and a mail server."""

import base64
import hashlib
import hmac
import json
import socketserver
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TOKEN = "feed0123456789abcdef"
SECRET = "SEC" + "a1b2c3d4" * 8


class Robots:
    """DingTalk's, WeCom's and Feishu's addresses on one server; `limit` messages a minute for each."""

    def __init__(self, limit: int = 20) -> None:
        self.limit = limit
        self.got: dict[str, list[str]] = {"dingtalk": [], "wecom": [], "feishu": []}
        self.at: dict[str, list[float]] = {"dingtalk": [], "wecom": [], "feishu": []}
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.status = 200
        robots = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                answer = robots.take(self.path, body)
                robots.may_answer.wait(30)
                if robots.status in (302, 307):
                    self.send_response(robots.status)
                    self.send_header("Location", "/elsewhere")
                    self.end_headers()
                    return
                content = json.dumps(answer).encode()
                self.send_response(robots.status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def url(self, kind: str) -> str:
        """Return the address as the platform would show it."""
        return {
            "dingtalk": f"{self.origin}/robot/send?access_token={TOKEN}",
            "wecom": f"{self.origin}/cgi-bin/webhook/send?key={TOKEN}",
            "feishu": f"{self.origin}/open-apis/bot/v2/hook/{TOKEN}",
        }[kind]

    def take(self, path: str, body: dict) -> dict:
        """Judge one request as the platform does: 200 with a code, whatever is wrong."""
        parts, query = urlsplit(path), parse_qs(urlsplit(path).query)
        if parts.path == "/robot/send":
            if query.get("access_token") != [TOKEN]:
                return {"errcode": 300001, "errmsg": "token is not exist"}
            at = query.get("timestamp", [""])[0]
            fresh = at.isdigit() and abs(time.time() * 1000 - int(at)) < 3_600_000
            if not fresh or query.get("sign") != [_digest(SECRET, f"{at}\n{SECRET}")]:
                return {"errcode": 310000, "errmsg": "sign not match"}
            return self._keep("dingtalk", body["text"]["content"], {"errcode": 130101, "errmsg": "too fast"})
        if parts.path == "/cgi-bin/webhook/send":
            if query.get("key") != [TOKEN]:
                return {"errcode": 93000, "errmsg": "invalid webhook url"}
            return self._keep("wecom", body["text"]["content"], {"errcode": 45009, "errmsg": "freq limit"})
        at = body.get("timestamp", "")
        fresh = str(at).isdigit() and abs(time.time() - int(at)) < 3600
        if not fresh or body.get("sign") != _digest(f"{at}\n{SECRET}", ""):
            return {"code": 19021, "msg": "sign match fail"}
        return self._keep("feishu", body["content"]["text"], {"code": 11232, "msg": "frequency limited"})

    def _keep(self, kind: str, text: str, too_often: dict) -> dict:
        now = time.monotonic()
        if len([at for at in self.at[kind] if at > now - 60]) >= self.limit:
            return too_often
        self.at[kind].append(now)
        self.got[kind].append(text)
        return {"code": 0, "msg": "success"} if kind == "feishu" else {"errcode": 0, "errmsg": "ok"}

    def close(self) -> None:
        self.may_answer.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class _Mailbox(socketserver.StreamRequestHandler):
    """One conversation with the fake mail server."""

    def handle(self) -> None:
        """Answer line by line until the other side says goodbye or we break off."""
        try:
            if self.server.owner.security == "tls":
                self.protect()
            self.talk()
        except OSError:
            return  # the other side did not like our certificate
        finally:
            self.connection.close()

    def talk(self) -> None:
        """Go through the conversation."""
        self.say("220 fake")
        while line := self.rfile.readline().decode().strip():
            self.server.owner.heard.append(
                f"{'private' if self.is_private else 'open'} {line.split()[0].upper()}"
            )
            if line.upper() == "STARTTLS":
                self.say("220 go ahead")
                self.protect()
            elif line.upper() == "DATA":
                self.take()
                if self.server.owner.breaks_off:
                    return
            else:
                self.say(self.answer(line))
            if line.upper() == "QUIT":
                return

    @property
    def is_private(self) -> bool:
        """Tell whether nobody on the way can read along."""
        return isinstance(self.connection, ssl.SSLSocket)

    def protect(self) -> None:
        """Begin to speak TLS."""
        self.connection = self.server.owner.context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", 0)

    def answer(self, line: str) -> str:
        """Return what is said to one line."""
        if line.upper().startswith("EHLO"):
            offers_tls = self.server.owner.security == "starttls" and not self.is_private
            return f"250-fake\r\n250 {'STARTTLS' if offers_tls else 'AUTH PLAIN'}"
        if line.upper().startswith("AUTH"):
            return "235 welcome"
        if line.upper().startswith("RCPT") and "nowhere.example" in line:
            return "550 no such user"
        return "221 bye" if line.upper() == "QUIT" else "250 ok"

    def take(self) -> None:
        """Read a message; break off after it when told to."""
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline().decode().rstrip("\r\n")) != ".":
            lines.append(line)
        self.server.owner.mails.append("\n".join(lines))
        if not self.server.owner.breaks_off:
            self.say("250 taken")

    def say(self, text: str) -> None:
        """Write one line."""
        self.wfile.write(f"{text}\r\n".encode())


class MailServer:
    """Just enough of SMTP; refuses recipients at nowhere.example, breaks off after a message when told to.

    `security` is none, tls or starttls, as the settings call it; `heard` are the commands, open or private.
    """

    def __init__(self, security: str = "none", context: ssl.SSLContext | None = None) -> None:
        self.security, self.context = security, context
        self.mails: list[str] = []
        self.heard: list[str] = []
        self.breaks_off = False
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Mailbox)
        self.server.owner = self
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def _digest(key: str, message: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()).decode()
