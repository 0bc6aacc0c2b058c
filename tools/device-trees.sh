#!/usr/bin/env bash
# Debian's device trees of the Raspberry Pi 3, 4 and Zero 2 W, taken out of the arm64 kernel
# package; the last line printed is the folder. Needs no root and leaves apt's own state alone.
# usage: tools/device-trees.sh [--where]
#   --where     only say where they are or would be; exit status 77 if they are not there
# Once: 70 MB to fetch, 200 kB to keep, in ${TIPRING_DEVICE_TREES:-~/.cache/tipring/device-trees}.
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

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial" "$work/trees"
: >"$work/status"
cat >"$work/apt.conf" <<CONFIG
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
Dir::State "$work/state";
Dir::State::status "$work/status";
Dir::Cache "$work/cache";
APT::Sandbox::User "$(id -un)";
Acquire::Languages "none";
CONFIG
export APT_CONFIG=$work/apt.conf
apt-get update -qq >"$work/log" 2>&1 || fail "no package lists: $(tail -n 1 "$work/log")"
# 6.12 is the first whose trees have labels to merge with, and whose spidev knows the chip.
package=$(apt-cache pkgnames linux-image- | grep -E '^linux-image-[0-9.]+(\+deb[0-9]+)?-arm64(-unsigned)?$' |
    sort -V | tail -n 1)
lowest=$(printf '%s\n' linux-image-6.12 "${package:-none}" | sort -V | head -n 1)
[ "$lowest" = linux-image-6.12 ] || fail "Debian has no arm64 kernel from 6.12 on for this release"
(cd "$work" && apt-get download -qq "$package" >>"$work/log" 2>&1) || fail "cannot fetch $package"
dpkg-deb --fsys-tarfile "$work"/*.deb |
    tar -x -C "$work/trees" --wildcards --transform 's,.*/,,' \
        '*/broadcom/bcm2711-rpi-*.dtb' '*/broadcom/bcm2837-rpi-*.dtb'
mkdir -p "$cache"
echo "$package" >"$work/trees/FROM"
mv "$work"/trees/* "$cache/"
echo "$cache"
