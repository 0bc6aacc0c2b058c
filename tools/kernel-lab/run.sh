#!/usr/bin/env bash
# Boot the lab's kernel and run a Python module of this repository as its only work.
# usage: tools/kernel-lab/run.sh [MODULE]      default: tests.kernel_lab.inside
# Exit status: that of the module; 77 if there is no kernel (tools/kernel-lab/build.sh).
# The kernel is an ordinary process: no root, no container. It sees this machine's files, read-only.
# CARDS=si3210,ag1171 are the boards to call over; chain, eight ports, takes minutes.
# PYTHON, MEMORY=768M, LIMIT=900 (seconds) and KERNEL_ARGS may be set.
#
# Inside, waiting and computing take no time (time-travel=inf-cpu): the clock jumps from timer to
# timer, so a busy machine changes nothing, and nothing in there can be late. CLOCK=real for the
# other way; a lone processor without vdso is too slow for two ports and their voice then.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
kernel=$("$here/build.sh" --where) || { echo "kernel-lab: no kernel yet: make kernel-lab" >&2; exit 77; }
for tool in dtc busybox ip; do
    command -v "$tool" >/dev/null || PATH=$PATH:/usr/sbin:/sbin command -v "$tool" >/dev/null ||
        { echo "kernel-lab: $tool is missing: apt-get install device-tree-compiler busybox-static iproute2" >&2; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dtc -q -I dts -O dtb -o "$work/board.dtb" "$here/board.dts"
clock=time-travel=inf-cpu
[ "${CLOCK:-}" = real ] && clock=
# shellcheck disable=SC2086 # they are words
timeout "${LIMIT:-900}" "$kernel" mem="${MEMORY:-768M}" \
    root=/dev/root rootfstype=hostfs rootflags=/ ro init="$here/init.sh" dtb="$work/board.dtb" \
    LAB_ROOT="$root" LAB_PYTHON="${PYTHON:-$root/.venv/bin/python}" LAB_RUN="${1:-tests.kernel_lab.inside}" \
    LAB_CARDS="${CARDS:-si3210,ag1171}" \
    snd_aloop.id=fxs snd_aloop.pcm_substreams=1 \
    con=null con0=fd:0,fd:1 ssl=null quiet loglevel=3 $clock ${KERNEL_ARGS:-} \
    </dev/null 2>&1 | tr -d '\r' | tee "$work/console" || true
# The kernel's own status says nothing of what ran in it.
status=$(sed -n 's/^LAB-ENDED \([0-9]*\).*/\1/p' "$work/console" | tail -n 1)
[ -n "$status" ] || { echo "kernel-lab: the kernel ended before its work did" >&2; exit 1; }
exit "$status"
