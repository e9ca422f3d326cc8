"""Addresses and ports: where the web server listens, and whether it can."""

import socket


def addresses(host: str) -> list[str]:
    """Return the addresses that a `host` setting stands for, on this machine."""
    if host == "localhost":
        return ["127.0.0.1", "::1"] if has_ipv6() else ["127.0.0.1"]
    if host == "*":
        return ["::"] if has_ipv6() else ["0.0.0.0"]  # noqa: S104 - asked for; `::` takes IPv4 too
    return [host]


def taken_address(host: str, port: int) -> str | None:
    """Return the address on which the port cannot be had; None when it is free on all of them."""
    for address in addresses(host):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                return address
    return None


def has_ipv6() -> bool:
    """Tell whether this machine has the IPv6 loopback address."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
