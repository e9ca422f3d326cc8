#!/bin/sh
# Make sure that the tests find PostgreSQL, Chromium, OpenSSL and a Chinese font: install them on Debian as root,
# elsewhere say what to install.
set -eu

missing=""
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v chromium-headless-shell >/dev/null 2>&1 || command -v chromium >/dev/null 2>&1 \
	|| command -v google-chrome >/dev/null 2>&1 || missing="$missing chromium-headless-shell"
command -v openssl >/dev/null 2>&1 || missing="$missing openssl"
[ -n "$(fc-list :lang=zh 2>/dev/null | head -n 1)" ] || ls /usr/share/fonts/truetype/wqy/* >/dev/null 2>&1 \
	|| missing="$missing fonts-wqy-microhei"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
	echo "Installing for the tests:$missing"
	export DEBIAN_FRONTEND=noninteractive
	apt-get -qq update
	apt-cache show chromium-headless-shell >/dev/null 2>&1 \
		|| missing="$(echo "$missing" | sed 's/chromium-headless-shell/chromium/')"
	# shellcheck disable=SC2086 # several words on purpose
	apt-get -qq install -y --no-install-recommends $missing >/dev/null
else
	echo "The tests need these Debian packages, or what they are called on this system:$missing" >&2
	echo "Install them (on Debian: sudo apt-get install$missing) and run make test again." >&2
	exit 1
fi
