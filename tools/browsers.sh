#!/bin/sh
# Sees to it that the browsers of the tests are there: installs what is missing
# where it may, and says what to run where it may not.
set -eu

packages=
[ -x /usr/bin/chromium ] || packages="chromium"
[ -x /usr/bin/firefox-esr ] || packages="$packages firefox-esr"
[ -n "$packages" ] || exit 0

install="apt-get update && apt-get install -y --no-install-recommends $packages"
if ! command -v apt-get >/dev/null; then
	echo "The tests need /usr/bin/chromium and /usr/bin/firefox-esr; missing: $packages." >&2
	exit 1
fi
if [ "$(id -u)" = 0 ]; then
	sudo=
elif sudo -n true 2>/dev/null; then
	sudo="sudo -n"
else
	echo "The tests need browsers. Run this once:" >&2
	echo "  sudo sh -c '$install'" >&2
	exit 1
fi
echo "installing $packages"
$sudo sh -c "export DEBIAN_FRONTEND=noninteractive; $install"
