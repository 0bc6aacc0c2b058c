#!/usr/bin/env bash
# Install what is missing: Debian packages, the virtual environment, the locked Python packages.
# usage: tools/setup.sh demo|compile|check|kernel-lab    Quick and silent when nothing is missing; needs no network then.
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:?usage: tools/setup.sh demo|compile|check|kernel-lab}

fail() { echo "setup: $*" >&2; exit 1; }

# 1. Debian packages. A name with | is either of the two (Debian 12 | Debian 13).
packages="python3 python3-venv python3-dev gcc libc6-dev portaudio19-dev ca-certificates
          libspandsp2|libspandsp2t64 libspeexdsp1"
lock=requirements.lock
[ "$what" = compile ] && lock=requirements-compile.lock # its gcc and python3-dev are above
if [ "$what" = kernel-lab ]; then
    packages="$packages make flex bison bc xz-utils libelf-dev linux-source-6.12 busybox-static iproute2"
    what=check # and what the other checks need
fi
if [ "$what" = check ]; then
    packages="$packages kamailio kamailio-tls-modules openssl sip-tester baresip-core libbcg729-0 espeak-ng mosquitto tshark pulseaudio libasound2-plugins device-tree-compiler"
    lock=requirements-dev.lock
fi
installed() { dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }
missing=()
for name in $packages; do
    installed "${name%|*}" || installed "${name#*|}" || missing+=("$name")
done
if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" = 0 ]; then sudo=""; else
        sudo=sudo
        command -v sudo >/dev/null || fail "not root and no sudo; as root run: apt-get install ${missing[*]%%|*}"
    fi
    echo "setup: installing ${missing[*]}"
    $sudo apt-get update -q
    names=()
    for name in "${missing[@]}"; do
        if apt-cache show "${name%|*}" >/dev/null 2>&1; then names+=("${name%|*}"); else names+=("${name#*|}"); fi
    done
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${names[@]}" ||
        fail "apt-get could not install: ${names[*]}"
fi

# 2. The virtual environment, with the first Python that is new enough and has venv.
if [ ! -x .venv/bin/python ]; then
    for python in ${PYTHON:-python3 python3.13 python3.12 python3.11 /usr/bin/python3}; do
        command -v "$python" >/dev/null || continue
        "$python" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2])' 2>/dev/null && break
        python=""
    done
    [ -n "${python:-}" ] || fail "Python 3.11 or newer with venv is needed"
    "$python" -m venv .venv || fail "cannot make .venv with $python"
fi

# 3. The locked packages and tipring itself; a stamp of the lock says what is in place.
stamp=$(cat "$lock" pyproject.toml | sha256sum | cut -d' ' -f1)
if [ "$(cat ".venv/stamp-$what" 2>/dev/null)" = "$stamp" ]; then exit 0; fi
echo "setup: Python packages of $lock into .venv"
.venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r "$lock" ||
    fail "pip could not install $lock (is the package index reachable?)"
.venv/bin/python -m pip install -q --disable-pip-version-check --no-deps -e . ||
    fail "pip could not install tipring itself"
echo "$stamp" >".venv/stamp-$what"
