"""What a browser and a stranger may do: headers, cookies, form tokens, request rates, proxies."""

import os
import secrets
from datetime import timedelta
from ipaddress import IPv6Address, ip_address

from flask import Flask, current_app, request
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
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as made:
        made.write(key := secrets.token_urlsafe(48))
    return key


def configure_security(app: Flask, settings: Settings) -> None:
    """Set the keys that the libraries read; done before any of them is started."""
    app.config.update(
        SECRET_KEY=session_key(settings),
        MAX_CONTENT_LENGTH=settings.max_upload_mb * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        SESSION_COOKIE_NAME="__Host-minhu" if settings.secure_cookies else "minhu",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_hours),
        WTF_CSRF_CHECK_DEFAULT=False,  # check_form_token asks, so that signed machine requests pass
        WTF_CSRF_TIME_LIMIT=None,  # a reply left open over lunch must not be lost
        RATELIMIT_STORAGE_URI="memory://",
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
        session_cookie_secure=settings.secure_cookies,
        session_cookie_samesite="Lax",
        frame_options="DENY",
        content_security_policy=CONTENT_SECURITY_POLICY,
        permissions_policy=PERMISSIONS_POLICY,
        referrer_policy="same-origin",
    )
    csrf.init_app(app)
    limiter.init_app(app)


def check_form_token() -> None:
    """Refuse a changing request that does not carry this session's form token; signed ones need none."""
    if request.endpoint is None:
        return  # no view will run; the answer is 404 or 405
    access = access_of(current_app, request.endpoint)
    if access is None or not access.machine:
        csrf.protect()
