"""What a browser and a stranger may do: headers, cookies, form tokens, request rates, proxies."""

import os
import secrets
from datetime import timedelta
from ipaddress import IPv6Address, ip_address
from pathlib import Path

from flask import Flask, Response, current_app, g, request
from flask_limiter import Limiter
from flask_talisman import Talisman
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from web.guards import access_of
from web.settings import Settings

CONTENT_SECURITY_POLICY = {
    "default-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
"""Nothing from another host, nothing inline: a citizen's words can never run."""

LARGEST_FORM_BYTES = 6_000_000

PERMISSIONS_POLICY = dict.fromkeys(("camera", "microphone", "payment", "usb", "browsing-topics"), "()")


def client_address() -> str:
    """Return whom a rate limit counts: an IPv4 address, or the /64 network an IPv6 client chooses from."""
    address = request.remote_addr or "unknown"
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else ":".join(parsed.exploded.split(":")[:4]) + "::/64"
    return address


limiter = Limiter(client_address, strategy="fixed-window", in_memory_fallback_enabled=True)
csrf = CSRFProtect()


def session_key(settings: Settings) -> str:
    """Return the key that signs sessions: the operator's, or the data folder's, made at first need."""
    given = settings.secret_key.get_secret_value()
    if given:
        return given
    file = settings.home / "secret-key"
    if not file.exists():
        _make_key(file)
    return file.read_text(encoding="ascii").strip()


def _make_key(file: Path) -> None:
    """Write a new key whole or not at all: several processes may start at the same moment."""
    draft = file.with_name(f".{file.name}-{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as made:
        made.write(secrets.token_urlsafe(48))
    try:
        os.link(draft, file)
    except FileExistsError:
        pass  # another process was quicker, and its key is the one
    finally:
        draft.unlink()


def rate_storage(settings: Settings) -> str:
    """Return where attempts are counted: in memory for one web process, in the queue server for several.

    Each process counts for itself while the queue server is away.
    """
    if settings.web_processes == 1:
        return "memory://"
    address = settings.queue_address
    return f"redis+{address}" if address.startswith("unix:") else address


def configure_security(app: Flask, settings: Settings) -> None:
    """Set the keys that the libraries read; done before any of them is started."""
    app.config.update(
        SECRET_KEY=session_key(settings),
        MAX_CONTENT_LENGTH=settings.max_upload_mb * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM_BYTES,
        SESSION_COOKIE_NAME="__Host-minhu" if settings.secure_cookies else "minhu",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_hours),
        WTF_CSRF_CHECK_DEFAULT=False,  # check_form_token asks, so that signed machine requests pass
        WTF_CSRF_TIME_LIMIT=None,  # a reply left open over lunch must not be lost
        RATELIMIT_STORAGE_URI=rate_storage(settings),
    )


def init_security(app: Flask, settings: Settings) -> None:
    """Start the headers, the form tokens and the rate limits."""
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    Talisman(
        app,
        force_https=False,  # the proxy in front redirects; the loopback address has no certificate
        strict_transport_security=settings.secure_cookies,
        strict_transport_security_include_subdomains=False,  # the county's other sites are not ours to decide
        session_cookie_secure=settings.secure_cookies,
        session_cookie_samesite="Lax",
        frame_options="DENY",
        content_security_policy=CONTENT_SECURITY_POLICY,
        permissions_policy=PERMISSIONS_POLICY,
        referrer_policy="same-origin",
    )
    csrf.init_app(app)
    limiter.init_app(app)
    app.after_request(_keep_pages_private)


def check_form_token() -> None:
    """Refuse a changing request that does not carry this session's form token; signed ones need none.

    Only an upload may be larger than what people type: everything else is read into memory at once.
    """
    if request.endpoint is None:
        return  # no view will run; the answer is 404 or 405
    if request.mimetype != "multipart/form-data":
        request.max_content_length = LARGEST_FORM_BYTES
    access = access_of(current_app, request.endpoint)
    if access is None or not access.machine:
        csrf.protect()


def _keep_pages_private(response: Response) -> Response:
    """Let no shared cache keep what an officer sees, and let a browser ask again before it shows it."""
    if (
        g.get("officer") is not None
        and "Cache-Control" not in response.headers
        and request.endpoint != "static"
    ):
        response.headers["Cache-Control"] = "private, no-cache"
    return response
