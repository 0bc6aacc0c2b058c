#!/usr/bin/env bash
# The fresh-machine claim, proved: in a bare Debian root (debootstrap --variant=minbase) with
# nothing but make and git added, `make demo` and `make check` pass from a clone.
# usage: tools/fresh.sh [--demo-only] [--ordinary] SUITE...     for example: tools/fresh.sh bookworm trixie
# With --ordinary an ordinary user does it, who has sudo for packages.
# Needs root, debootstrap, a network. MIRROR names another Debian mirror; KEEP=1 keeps the roots.
# What is proxied or certified specially here is passed on: *_proxy, PIP_*, SSL_CERT_FILE.
set -euo pipefail
cd "$(dirname "$0")/.."
here=$PWD
targets="demo demo check" user=root
while [[ "${1:-}" == --* ]]; do
    case $1 in
        --demo-only) targets="demo demo" ;;
        --ordinary) user=somebody ;;
        *) echo "fresh: $1?" >&2; exit 2 ;;
    esac
    shift
done
[ $# -gt 0 ] || { echo "usage: tools/fresh.sh [--demo-only] [--ordinary] SUITE..." >&2; exit 2; }
[ "$(id -u)" = 0 ] || { echo "fresh: must be root (debootstrap, chroot)" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "fresh: apt-get install debootstrap" >&2; exit 1; }

root=""
leave() {
    [ -n "$root" ] || return 0
    for part in sys dev proc; do umount -R -l "$root/$part" 2>/dev/null || true; done
    [ -n "${KEEP:-}" ] && echo "fresh: kept $root" || rm -rf --one-file-system "$root"
}
trap leave EXIT

for suite in "$@"; do
    began=$SECONDS
    root=$(mktemp -d /var/tmp/tipring-fresh.XXXXXX)
    chmod 755 "$root" # it is everybody's /
    echo "fresh: $suite: debootstrap into $root"
    debootstrap --variant=minbase "$suite" "$root" ${MIRROR:+"$MIRROR"} \
        >"$root.log" 2>&1 || { tail -n 20 "$root.log" >&2; exit 1; }
    rm -f "$root.log"
    for part in proc sys dev; do mount --rbind "/$part" "$root/$part" && mount --make-rslave "$root/$part"; done
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts" # as the installer writes it
    inside() { chroot "$root" env -i HOME="$home" TERM="${TERM:-dumb}" LANG=C.UTF-8 \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${passed[@]}" "$@"; }
    passed=(CI="${CI:-}") home=/root
    for name in http_proxy https_proxy no_proxy PIP_CERT PIP_INDEX_URL PIP_DEFAULT_TIMEOUT SSL_CERT_FILE; do
        [ -n "${!name:-}" ] && passed+=("$name=${!name}")
    done
    for name in PIP_CERT SSL_CERT_FILE; do
        file=${!name:-}
        [ -f "$file" ] && install -D -m 0644 "$file" "$root$file.host" && passed+=("$name=$file.host")
    done
    inside apt-get update -q >/dev/null
    inside env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends make git ca-certificates >/dev/null
    as=()
    if [ "$user" != root ]; then
        inside env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends sudo >/dev/null
        inside useradd --create-home --shell /bin/bash "$user"
        echo "$user ALL=(root) NOPASSWD: ALL" >"$root/etc/sudoers.d/$user"
        home=/home/$user as=(setpriv --reuid="$user" --regid="$user" --init-groups)
    fi
    git -c advice.detachedHead=false clone -q --no-local "$here" "$root$home/tipring"
    inside chown -R "$user:" "$home/tipring"
    for target in $targets; do
        from=$SECONDS
        echo "fresh: $suite: make $target as $user"
        inside "${as[@]}" make -C "$home/tipring" "$target"
        echo "fresh: $suite: make $target passed in $((SECONDS - from)) s"
    done
    echo "fresh: $suite as $user passed in $((SECONDS - began)) s: $(inside python3 --version), Debian $(cat "$root/etc/debian_version")"
    leave
    root=""
done
