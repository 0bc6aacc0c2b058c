#!/usr/bin/env bash
# Build the kernel of the lab unless it is there already; the last line printed is its path.
# usage: tools/kernel-lab/build.sh [--where]
#   --where     only say where it is or would be; exit status 77 if it is not there
# It is kept outside the repository, in ${TIPRING_KERNEL_LAB:-~/.cache/tipring/kernel-lab}, under
# a name made of configuration and source version: a change of either makes another one.
# JOBS=1 is the number of compilers at a time. 10 to 25 minutes, 2 GB of disk meanwhile, 8 MB after.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${TIPRING_KERNEL_LAB:-${XDG_CACHE_HOME:-$HOME/.cache}/tipring/kernel-lab}
source=${LINUX_SOURCE:-/usr/src/linux-source-6.12.tar.xz}
fail() { echo "kernel-lab: $*" >&2; exit 1; }

# Debian 12 and 13 package the same upstream release: any kernel of this configuration will do.
key=$(sha256sum "$here/linux.config" | cut -c1-12)
kernel=$cache/linux-6.12-$key
if [ "${1:-}" = --where ]; then
    echo "$kernel"
    [ -x "$kernel" ] || exit 77
    exit 0
fi
if [ -x "$kernel" ]; then
    echo "$kernel"
    exit 0
fi

[ -f "$source" ] || fail "no kernel source at $source: apt-get install linux-source-6.12"
for tool in gcc make flex bison bc xz; do
    command -v "$tool" >/dev/null || fail "$tool is missing: apt-get install gcc make flex bison bc xz-utils libelf-dev"
done
mkdir -p "$cache"
exec 9>"$cache/lock"
flock -n 9 || fail "another build is at work in $cache"
tree=$(mktemp -d "$cache/build.XXXXXX")
trap 'rm -rf "$tree"' EXIT
log=$cache/build.log
: >"$log"
run() { "$@" >>"$log" 2>&1 || { tail -n 20 "$log" >&2; fail "$* failed; all of it: $log"; }; }

echo "kernel-lab: building into $cache, 10 to 25 minutes with one compiler (JOBS=${JOBS:-1})" >&2
run tar -xf "$source" -C "$tree" --strip-components=1
# Appended after allnoconfig: given to it as a seed, what lies under closed menus would be lost.
run make -C "$tree" ARCH=um allnoconfig
cat "$here/linux.config" >>"$tree/.config"
run make -C "$tree" ARCH=um olddefconfig
for option in $(grep -o '^CONFIG_[A-Z0-9_]*=y' "$here/linux.config"); do
    grep -qx "$option" "$tree/.config" || fail "this source does not give $option"
done
run nice -n 19 make -C "$tree" ARCH=um -j"${JOBS:-1}" linux
strip -o "$tree/stripped" "$tree/linux"
mv "$tree/stripped" "$kernel"
echo "$kernel"
