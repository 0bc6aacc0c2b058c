#!/usr/bin/env bash
# Debian's device trees of the Raspberry Pi 3, 4 and Zero 2 W, taken out of the arm64 kernel
# package; the last line printed is the folder. Needs no root and leaves apt's own state alone.
# usage: tools/device-trees.sh [--where]
#   --where     only say where they are or would be; exit status 77 if they are not there
# Once: 100 MB to fetch, 200 kB to keep, in ${TIPRING_DEVICE_TREES:-~/.cache/tipring/device-trees}.
set -euo pipefail
cache=${TIPRING_DEVICE_TREES:-${XDG_CACHE_HOME:-$HOME/.cache}/tipring/device-trees}
fail() { echo "device-trees: $*" >&2; exit 77; }
if ls "$cache"/bcm2711-*.dtb >/dev/null 2>&1; then
    echo "$cache"
    exit 0
fi
if [ "${1:-}" = --where ]; then
    echo "$cache"
    exit 77
fi

. "$(dirname "$0")/arm64-apt.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/trees"
arm64_apt "$work" || fail "no package lists"
package=$(arm64_kernel) || fail "Debian has no arm64 kernel from 6.12 on for this release"
(cd "$work" && apt-get download -qq "$package" >>"$work/log" 2>&1) || fail "cannot fetch $package"
dpkg-deb --fsys-tarfile "$work"/*.deb |
    tar -x -C "$work/trees" --wildcards --transform 's,.*/,,' \
        '*/broadcom/bcm2711-rpi-*.dtb' '*/broadcom/bcm2837-rpi-*.dtb'
mkdir -p "$cache"
echo "$package" >"$work/trees/FROM"
mv "$work"/trees/* "$cache/"
echo "$cache"
