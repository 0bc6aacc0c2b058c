#!/usr/bin/env bash
# Boot Debian's arm64 kernel on QEMU's Raspberry Pi 3 with an overlay of hardware/overlays merged
# in, and see which devices appear. QEMU has neither the chips nor the I2S block, so no sample
# flows; drivers bind, device files appear, PCM opens, and the PCM clock is asked for its rate.
# usage: tools/overlay-boot.sh [fxs2|fxs8]...     exit status 0 if all was as it should be, 77 if
#                                                 something to do it with is missing
# Needs qemu-system-arm, device-tree-compiler, cpio, kmod, xz-utils. Fetches 100 MB once, into
# ${TIPRING_OVERLAY_BOOT:-~/.cache/tipring/overlay-boot}. A minute a board.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
cache=${TIPRING_OVERLAY_BOOT:-${XDG_CACHE_HOME:-$HOME/.cache}/tipring/overlay-boot}
fail() { echo "overlay-boot: $*" >&2; exit 77; }
export PATH=$PATH:/usr/sbin:/sbin
for tool in qemu-system-aarch64 dtc fdtoverlay cpio depmod xz; do
    command -v "$tool" >/dev/null ||
        fail "$tool is missing: apt-get install qemu-system-arm device-tree-compiler cpio kmod xz-utils"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# 1. The kernel, its modules and device trees, and a shell with ALSA's tools.
if [ ! -e "$cache/complete" ]; then
    . "$here/arm64-apt.sh"
    rm -rf "$cache" && mkdir -p "$cache/debian" "$work/debs"
    arm64_apt "$work" || fail "no package lists"
    kernel=$(arm64_kernel) || fail "Debian has no arm64 kernel from 6.12 on for this release"
    sound=libasound2
    apt-cache show libasound2t64 >/dev/null 2>&1 && sound=libasound2t64
    (cd "$work/debs" && apt-get download -qq "$kernel" busybox-static alsa-utils "$sound" \
        libasound2-data libatopology2 libc6 >>"$work/log" 2>&1) || fail "cannot fetch the packages"
    for package in "$work"/debs/*.deb; do dpkg-deb -x "$package" "$cache/debian"; done
    touch "$cache/complete"
fi
debian=$cache/debian
modules=$(find "$debian" -path '*lib/modules/*' -prune -type d | head -n 1)
version=$(basename "$modules")
[ -e "$modules/modules.dep" ] || depmod -b "${modules%/lib/modules/*}" "$version"

# 2. A root in memory: the tools, and the modules that the overlays need, in their order.
mkdir -p "$work/root"/{bin,proc,sys,dev,lib,usr/share,modules}
install -m 755 "$(find "$debian" -path '*bin/busybox' -type f | head -n 1)" "$work/root/bin/busybox"
install -m 755 "$debian/usr/bin/aplay" "$work/root/bin/aplay"
ln -s aplay "$work/root/bin/arecord"
cp -r "$debian/usr/share/alsa" "$work/root/usr/share/alsa"
find "$debian" \( -name 'ld-linux-aarch64.so.1' -o -name 'libasound.so.2*' -o -name 'libatopology.so.2*' \
    -o -name 'libc.so.6' -o -name 'libm.so.6' -o -name 'libdl.so.2' -o -name 'libpthread.so.0' -o -name 'librt.so.1' \) \
    -exec cp -L {} "$work/root/lib/" \; 2>/dev/null || true
needed() { # MODULE: what it needs, deepest first, then itself
    local line
    line=$(grep -m 1 -E "(^|/)${1//[-_]/[-_]}\.ko[^:]*:" "$modules/modules.dep") || return 0 # built in
    tr ' ' '\n' <<<"${line#*:}" | tac
    echo "${line%%:*}"
}
for module in spi-bcm2835 snd-soc-bcm2835-i2s snd-soc-spdif-tx snd-soc-spdif-rx snd-soc-simple-card; do
    needed "$module"
done | awk 'NF && !seen[$0]++' >"$work/order"
while read -r module; do
    name=$(basename "${module%.xz}")
    case $module in *.xz) xz -dc "$modules/$module" ;; *) cat "$modules/$module" ;; esac >"$work/root/modules/$name"
    echo "$name"
done <"$work/order" >"$work/root/modules/order"
cat >"$work/root/init" <<'INIT'
#!/bin/busybox sh
export PATH=/bin LD_LIBRARY_PATH=/lib
busybox mount -t proc proc /proc
busybox --install -s /bin
mount -t sysfs sys /sys; mount -t devtmpfs dev /dev; mount -t debugfs debug /sys/kernel/debug
while read -r module; do insmod "/modules/$module" || echo "insmod $module failed"; done </modules/order
sleep 3
stty -F /dev/console -echo 2>/dev/null
echo "FACT kernel $(uname -r)"
echo "FACT model $(tr -d '\0' </proc/device-tree/model)"
for file in /dev/spidev*; do [ -c "$file" ] && echo "FACT spi $file"; done
echo "FACT card $(cat /proc/asound/card0/id)"
for pcm in /proc/asound/card0/pcm*; do echo "FACT pcm ${pcm##*/}"; done
# A stream is never started: without a PCM block that takes samples, QEMU's DMA would never end.
# aplay sets format, rate and clock, and then waits for more samples than it gets.
for format in S16_LE S32_LE; do
    for pcm in /proc/asound/card0/pcm*p; do
        number=${pcm##*/pcm}
        (head -c 64 /dev/zero; sleep 3) | aplay -q -D "hw:0,${number%p}" -t raw -f $format -c 2 -r 8000 - &
        sleep 2
        if pidof aplay >/dev/null; then
            echo "FACT plays $format clock $(cat /sys/kernel/debug/clk/pcm/clk_rate)"
        else
            echo "FACT refuses $format"
        fi
        killall -9 aplay 2>/dev/null
        sleep 2
    done
done
echo "FACT wires $(ls /proc/device-tree/fxs-card | tr '\n' ' ')"
echo "FACT end"
sleep 60
INIT
chmod 755 "$work/root/init"
(cd "$work/root" && find . | LC_ALL=C sort | cpio -o -H newc --quiet | gzip -1) >"$work/initrd"

# 3. Each board.
kernel=$(ls "$debian"/boot/vmlinuz-* | head -n 1)
tree=$(find "$debian" -name bcm2837-rpi-3-b.dtb | head -n 1)
wrong=0
boot() { # BOARD
    dtc -q -@ -Wno-unique_unit_address -I dts -O dtb -o "$work/$1.dtbo" "$root/hardware/overlays/$1.dts"
    fdtoverlay -i "$tree" -o "$work/$1.dtb" "$work/$1.dtbo"
    : >"$work/$1.log"
    timeout -k 5 "${LIMIT:-300}" qemu-system-aarch64 -M raspi3b -display none -monitor none -no-reboot -net none \
        -kernel "$kernel" -initrd "$work/initrd" -dtb "$work/$1.dtb" -serial null -serial "file:$work/$1.log" \
        -append "console=ttyS1,115200 rdinit=/init loglevel=4" </dev/null >"$work/qemu.log" 2>&1 &
    local qemu=$!
    while kill -0 "$qemu" 2>/dev/null && ! grep -qE 'FACT end|Kernel panic' "$work/$1.log"; do sleep 1; done
    kill "$qemu" 2>/dev/null || true # timeout passes it on
    wait "$qemu" 2>/dev/null || true
    tr -d '\r' <"$work/$1.log" >"$work/$1.console"
}
expect() { # BOARD WORDS
    if grep -qx "FACT $2" "$work/$1.console"; then echo "  ok  $1: $2"; else
        echo "  NOT SO  $1: $2"
        wrong=1
    fi
}
[ $# -gt 0 ] || set -- fxs2 fxs8
for board in "$@"; do
    boot "$board"
    sed -n 's/.*FACT \(kernel\|model\) /        /p' "$work/$board.console"
    expect "$board" "spi /dev/spidev0.0"
    expect "$board" "card fxs"
    expect "$board" "pcm pcm[01]p"
    expect "$board" "pcm pcm[01]c"
    case $board in
    fxs2)
        expect "$board" "spi /dev/spidev0.1"
        expect "$board" "plays S16_LE clock 512000"
        expect "$board" "refuses S32_LE"
        ;;
    fxs8)
        expect "$board" "plays S32_LE clock 1024000"
        ;;
    esac
    [ "$wrong" = 0 ] || { echo "--- the console of $board"; tail -n 40 "$work/$board.console"; }
done
exit "$wrong"
