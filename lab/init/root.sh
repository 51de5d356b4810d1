#!/bin/sh
# First process of a device, in its own process, mount, host name, IPC and network namespaces: builds the device's file
# system, moves into it and hands over to INIT. A line goes to file descriptor 3 once the machine's files are out of reach.
# usage: root.sh DISK MOUNTPOINT INIT
#   DISK/root  the device's own files
#   DISK/usr, DISK/work  what it changed in the /usr that it shares with the machine, and DISK/local  its /usr/local; a
#   device without DISK/usr has programs of its own in DISK/root
set -eu

main() {
  disk=$1 root=$2 init=$3
  mount -n --bind "$disk/root" "$root"
  [ ! -d "$disk/usr" ] || share "$disk" "$root"
  mount -n -t tmpfs -o mode=755 run "$root/run"
  mount -n -t tmpfs -o mode=1777 tmp "$root/tmp"
  mount -n -t sysfs sys "$root/sys"
  mount -n -t proc proc "$root/proc"
  only_network "$root" proc/sys net
  only_network "$root" sys devices/virtual/net
  devices "$root/dev"
  cat "$init" >"$root/run/init"
  mkdir "$root/run/old"
  cd "$root"
  pivot_root . run/old
  hash -r # programs may lie elsewhere from here on
  umount -n -l /run/old
  rmdir /run/old
  echo ready >&3
  exec 3>&-
  exec /bin/sh /run/init
}

# usage: share DISK ROOT
# The machine's programs, which the device may change for itself.
share() {
  mount -n -t overlay -o "lowerdir=/usr,upperdir=$1/usr,workdir=$1/work" usr "$2/usr"
  mount -n --bind "$1/local" "$2/usr/local"
  for dir in bin sbin lib lib32 lib64 libx32; do
    # Links into /usr are on the disk already; only an old layout has directories here.
    if [ -d "/$dir" ] && [ ! -L "/$dir" ]; then
      mount -n --bind "/$dir" "$2/$dir"
      mount -n -o remount,bind,ro "$2/$dir"
    fi
  done
}

# usage: only_network ROOT TREE SUBTREE
# Of TREE only SUBTREE can be written, which belongs to the network namespace; all else is the machine's.
only_network() {
  mkdir "$1/run/net"
  mount -n --bind "$1/$2/$3" "$1/run/net"
  mount -n --bind "$1/$2" "$1/$2"
  mount -n -o remount,bind,ro "$1/$2"
  mount -n --move "$1/run/net" "$1/$2/$3"
  rmdir "$1/run/net"
}

devices() {
  mount -n -t tmpfs -o mode=755,nosuid dev "$1"
  mkdir "$1/net" "$1/pts" "$1/shm"
  for node in "null 1 3" "zero 1 5" "full 1 7" "random 1 8" "urandom 1 9" "tty 5 0" "net/tun 10 200"; do
    # shellcheck disable=SC2086 # three words on purpose
    set -- "$1" $node
    mknod -m 666 "$1/$2" c "$3" "$4"
  done
  mount -n -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 pts "$1/pts"
  mount -n -t tmpfs -o mode=1777 shm "$1/shm"
  ln -s pts/ptmx "$1/ptmx"
  ln -s /proc/self/fd "$1/fd"
}

main "$@"
