#!/bin/sh
# Installs what the browser tests need, or says in one sentence what is missing.
set -eu
have() { command -v chromium >/dev/null 2>&1 && [ -n "$(find /usr/share/fonts -iname '*cjk*' 2>/dev/null | head -n 1)" ]; }
if have; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk >/dev/null
	exit 0
fi
echo "The browser tests need Chromium and Chinese fonts: install the packages chromium and fonts-noto-cjk (sudo apt-get install chromium fonts-noto-cjk) and run make test again."
