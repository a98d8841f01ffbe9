#!/bin/sh
# Brings the Debian packages that a make target needs: debian.sh PYTHON NEED...
# Installs with apt when root (or where sudo asks for no password), else prints the one command and fails.
set -eu
python=$1; shift
PATH=$PATH:/usr/sbin:/sbin

have() {
  case $1 in
    python3-venv) "$python" -c 'import ensurepip, venv' 2>/dev/null ;;
    qemu-system-x86) command -v qemu-system-x86_64 >/dev/null ;;
    bluez) command -v bluetoothctl >/dev/null ;;
    busybox-static) command -v busybox >/dev/null ;;
    libfaketime) ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1 ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

command -v "$python" >/dev/null || { echo "anju: no $python here; install python3 or say PYTHON=/path/to/python" >&2; exit 1; }
missing=
for need in "$@"; do have "$need" || missing="$missing $need"; done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then as_root=
elif sudo -n true 2>/dev/null; then as_root=sudo
else
  echo "anju: this needs Debian packages that aren't here. Run, then try again:" >&2
  echo "    sudo apt-get install --no-install-recommends$missing" >&2
  exit 1
fi
command -v apt-get >/dev/null || { echo "anju: please install$missing; there is no apt here" >&2; exit 1; }
echo "anju: installing Debian packages:$missing"
export DEBIAN_FRONTEND=noninteractive
# The lists may be older than the archive, or never fetched: try without, then with a refresh.
install="$as_root apt-get install -y -q --no-install-recommends"
# shellcheck disable=SC2086  # both are lists of words
$install $missing || { $as_root apt-get update -q && $install $missing; }
case $missing in
  *mosquitto*)
    # The tests start brokers of their own; the one that Debian starts with the package is left off.
    if [ -d /run/systemd/system ]; then $as_root systemctl disable --now mosquitto; fi ;;
esac
for need in $missing; do
  have "$need" || { echo "anju: $need is installed, but not found by $python; say PYTHON=python3" >&2; exit 1; }
done
