#!/usr/bin/env bash
# make uninstall: everything that make install laid down, but not /etc/tipring.
set -euo pipefail
root=${DESTDIR:-}
if [ -z "$root" ] && [ "$(id -u)" != 0 ]; then
    echo "uninstall: must be root (sudo make uninstall)" >&2
    exit 1
fi
[ -z "$root" ] && [ -d /run/systemd/system ] && systemctl disable --now tipring 2>/dev/null || true
rm -f "$root/etc/systemd/system/tipring.service" "$root/usr/lib/sysusers.d/tipring.conf" \
    "$root/usr/lib/udev/rules.d/60-tipring.rules" "$root/usr/lib/modules-load.d/tipring.conf" \
    "$root/usr/local/bin/tipring" "$root/usr/local/share/man/man1/tipring.1"
rm -rf "$root/opt/tipring"
[ -z "$root" ] && [ -d /run/systemd/system ] && systemctl daemon-reload || true
echo "removed; the configuration in /etc/tipring stays"
