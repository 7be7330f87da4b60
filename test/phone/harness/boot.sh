#!/bin/sh
# The first process of a virtual phone, in mount, network, pid, uts and ipc namespaces of its own: makes the phone's
# file system, says "ready PID" (its pid as the machine sees it), waits for a line, and then is init.
# Nothing that it mounts is seen outside, and all of it goes when this process ends.
#
# PHONE_FOLDER   lower -> the common root folder; upper/ is this phone's own layer
# PHONE_COPY     1: a copy of the root folder instead of an overlay, or empty
# PHONE_STORAGE  size in bytes of /data/local/tmp, or empty: as large as the disk
# PHONE_DISK     size in bytes of a disk for PHONE_DISK_AT (relative to the root folder), or empty: it has none
# PHONE_STATE    where binfmt users are counted, or empty: no arm64 programs
# PHONE_BINFMT   the script that registers qemu
set -eu
read -r pid _ </proc/self/stat # before /proc is mounted anew: the machine's pid
mount --make-rprivate /
echo phone >/proc/sys/kernel/hostname
cd "$PHONE_FOLDER"

# A copy where the disk's file system cannot carry an overlay (a container's own overlay).
if [ -n "$PHONE_COPY" ] || ! mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged 2>/dev/null; then
  [ -e merged/usr ] || cp -a --reflink=auto lower/. merged
  mount --bind merged merged
fi
cd merged

mount -t proc proc proc
if [ -n "$PHONE_STATE" ]; then
  mount -t binfmt_misc binfmt_misc proc/sys/fs/binfmt_misc
  flock "$PHONE_STATE" sh "$PHONE_BINFMT" register "$PWD/proc/sys/fs/binfmt_misc" "$PHONE_STATE"
fi
mount -t tmpfs -o mode=755 tmpfs sys
mount -t tmpfs -o mode=755 tmpfs dev
mknod -m 666 dev/null c 1 3
mknod -m 666 dev/zero c 1 5
mknod -m 666 dev/full c 1 7
mknod -m 666 dev/random c 1 8
mknod -m 666 dev/urandom c 1 9
mknod -m 666 dev/tty c 5 0
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
mount -t tmpfs tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir -p data/local/tmp old
chmod 771 data/local/tmp
if [ -n "$PHONE_STORAGE" ]; then mount -t tmpfs -o "mode=771,size=$PHONE_STORAGE" tmpfs data/local/tmp; fi

# Mounted like this, the loop device goes with its mount.
if [ -n "$PHONE_DISK" ]; then
  image=$PHONE_FOLDER/packs.img
  if [ ! -e "$image" ]; then
    truncate -s "$PHONE_DISK" "$image"
    mkfs.ext4 -q -b 4096 -m 0 -O ^has_journal "$image"
  fi
  mkdir -p "$PHONE_DISK_AT"
  mount -o loop "$image" "$PHONE_DISK_AT"
fi

pivot_root . old
cd /
umount -l /old
echo "ready $pid"
read -r _ # the machine has written the phone's files and given it its network

if [ -f /etc/phone/cpuinfo ]; then mount --bind /etc/phone/cpuinfo /proc/cpuinfo; fi
mount --bind /etc/phone/boot_id /proc/sys/kernel/random/boot_id
exec </dev/null >/dev/null 2>&1
# `wait` also reaps what others leave behind. The phone's own programs from here on.
exec /bin/sh -c 'while :; do sleep 1000000 & wait; done'
