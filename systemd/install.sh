#!/usr/bin/env bash
# make install: tipring into /opt/tipring with an environment of its own, and the service.
# DESTDIR=DIR lays the files under DIR instead and touches nothing else (for packages and tests).
set -euo pipefail
cd "$(dirname "$0")/.."
root=${DESTDIR:-}
if [ -z "$root" ] && [ "$(id -u)" != 0 ]; then
    echo "install: must be root (sudo make install)" >&2
    exit 1
fi

install -d "$root/opt/tipring" "$root/etc/tipring" "$root/usr/lib/sysusers.d" \
    "$root/usr/lib/udev/rules.d" "$root/usr/lib/modules-load.d" "$root/etc/systemd/system" \
    "$root/usr/local/share/man/man1"
install -m 0644 systemd/tipring.sysusers "$root/usr/lib/sysusers.d/tipring.conf"
install -m 0644 systemd/60-tipring.rules "$root/usr/lib/udev/rules.d/60-tipring.rules"
install -m 0644 systemd/tipring.modules "$root/usr/lib/modules-load.d/tipring.conf"
install -m 0644 docs/reference/tipring.1 "$root/usr/local/share/man/man1/tipring.1"
install -m 0644 systemd/tipring.service "$root/etc/systemd/system/tipring.service"
# A configuration that is there already is the operator's: never overwritten.
if [ ! -e "$root/etc/tipring/tipring.toml" ]; then
    install -m 0640 systemd/tipring.toml "$root/etc/tipring/tipring.toml"
fi
[ -n "$root" ] && exit 0

tools/setup.sh demo # the Debian packages
[ -x /opt/tipring/.venv/bin/python ] || python3 -m venv /opt/tipring/.venv
# The service may write nowhere that Python could keep byte code: without it each start would compile
# all that it imports.
/opt/tipring/.venv/bin/python -m pip install -q --compile --require-hashes -r requirements.lock
/opt/tipring/.venv/bin/python -m pip install -q --compile --no-deps .
# The SIP core as machine code. Where that cannot be made, the interpreter does the same work.
compiled() {
    tool=$(mktemp -d) && trap 'rm -rf "$tool"' EXIT
    where=$(/opt/tipring/.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    /opt/tipring/.venv/bin/python -m pip install -q --target "$tool" --require-hashes -r requirements-compile.lock &&
        PYTHONPATH=$tool /opt/tipring/.venv/bin/python -W ignore tools/compile.py "$where"
}
if ! command -v gcc >/dev/null; then
    echo "install: no gcc, so the SIP core is interpreted"
elif ! said=$(compiled 2>&1); then
    echo "install: the SIP core is interpreted: ${said##*$'\n'}"
else
    echo "install: the SIP core is compiled"
fi
systemd-sysusers tipring.conf
chown -R root:tipring /etc/tipring
udevadm control --reload && udevadm trigger --subsystem-match=spidev --subsystem-match=gpio || true
ln -sfn /opt/tipring/.venv/bin/tipring /usr/local/bin/tipring
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    echo "installed; edit /etc/tipring/tipring.toml, then: tipring config check && systemctl enable --now tipring"
else
    echo "installed; systemd does not run here, so nothing was started"
fi
