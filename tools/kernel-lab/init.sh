#!/bin/sh
# The first process in the lab's kernel. Its root is the host's, read-only; what it writes goes
# to memory. LAB_ROOT, LAB_PYTHON, LAB_RUN and LAB_CARDS come from the kernel's command line.
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2>/dev/null
mkdir -p /dev/shm /dev/pts
mount -t devpts pts /dev/pts
mount -t tmpfs memory /dev/shm
mount -t tmpfs memory /run
mount -t tmpfs memory /tmp
export HOME=/dev/shm TMPDIR=/dev/shm LG_WD=/dev/shm PYTHONDONTWRITEBYTECODE=1 LC_ALL=C.UTF-8
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
ip link set lo up
cd "$LAB_ROOT" && "$LAB_PYTHON" -X faulthandler -m "$LAB_RUN"
echo "LAB-ENDED $?"
busybox poweroff -f
