#!/bin/sh
# Init of an OpenWrt-like device: ash and busybox, nothing of GNU, /var in memory, the rc.d links, dropbear.
set -eu

main() {
  busybox hostname "$(cat /etc/hostname)" # procd does it there; there is no such applet
  ln -s /run /var/run
  mkdir -p /var/lock /var/log /var/lib
  for link in /etc/rc.d/S*; do
    [ -x "$link" ] || continue
    timeout 60 "$link" boot </dev/null || echo "$link boot: exit $?"
  done
  # As the first process we also reap what loses its parent; the shell does while it waits.
  while :; do
    dropbear -F -E -s -p 22 -r /etc/dropbear/dropbear_ed25519_host_key </dev/null || echo "dropbear: exit $?"
    sleep 1
  done
}

main "$@"
