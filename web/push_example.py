"""Programs one can copy to push a message to an account: the protocol of docs/push.md in two languages."""

from dataclasses import dataclass
from string import Template

from inbox.channels.push import KEY_HEADER, NONCE_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER


@dataclass(frozen=True, slots=True)
class PushExample:
    """A program with the name of its language."""

    language: str
    text: str


_SHELL = Template("""\
SECRET='…'
URL='$url'
BODY='{"messages": [{"id": "1001", "text": "人民路的路灯不亮"}]}'
AT=$$(date +%s)
NONCE=$$(openssl rand -hex 16)
SIGNATURE=$$(printf '%s\\n%s\\n%s' "$$AT" "$$NONCE" "$$BODY" \\
  | openssl dgst -sha256 -hmac "$$SECRET" | sed 's/.* //')
curl -sS "$$URL" -H 'Content-Type: application/json' \\
  -H "$timestamp: $$AT" -H "$nonce: $$NONCE" \\
  -H "$signature: $$SIGNATURE" -H "$key: 1001" --data-binary "$$BODY"
""")

_PYTHON = Template("""\
import hashlib, hmac, json, secrets, time, urllib.request

SECRET = "…"
body = json.dumps({"messages": [{"id": "1001", "text": "人民路的路灯不亮"}]}).encode()
at, nonce = str(int(time.time())), secrets.token_hex(16)
covered = at.encode() + b"\\n" + nonce.encode() + b"\\n" + body
request = urllib.request.Request("$url", body, {
    "Content-Type": "application/json",
    "$timestamp": at,
    "$nonce": nonce,
    "$signature": hmac.new(SECRET.encode(), covered, hashlib.sha256).hexdigest(),
    "$key": "1001",
})
print(urllib.request.urlopen(request).read().decode())
""")


def push_examples(address: str, code: str) -> list[PushExample]:
    """Return the programs with this site's address and the account's code filled in; the secret is left open."""
    gaps = {
        "url": f"{address}/api/push/{code}",
        "timestamp": TIMESTAMP_HEADER,
        "nonce": NONCE_HEADER,
        "signature": SIGNATURE_HEADER,
        "key": KEY_HEADER,
    }
    return [
        PushExample("Shell", _SHELL.substitute(gaps)),
        PushExample("Python", _PYTHON.substitute(gaps)),
    ]
