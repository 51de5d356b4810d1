#!/bin/sh
# Init of a Debian-like device without systemd: cron, what wirewright left to be started at boot, sshd.
set -eu

main() {
  hostname "$(cat /etc/hostname)"
  mkdir -p /run/sshd /run/lock
  cron </dev/null >/dev/null 2>&1
  if [ -x /etc/init.d/wirewright ]; then
    timeout 60 /etc/init.d/wirewright start </dev/null || echo "/etc/init.d/wirewright start: exit $?"
  fi
  # As the first process we also reap what loses its parent; the shell does while it waits.
  while :; do
    /usr/sbin/sshd -D -e </dev/null || echo "sshd: exit $?"
    sleep 1
  done
}

main "$@"
