#!/bin/sh
# Holds the mount namespace of a plain host, so that every command that is run there sees the same files.
# usage: host.sh NAME [FILE PLACE]...    FILE is shown at PLACE. A line goes to file descriptor 3 once all is in place.
set -eu

main() {
  hostname "$1"
  shift
  while [ $# -gt 1 ]; do
    [ ! -e "$2" ] || mount -n --bind "$1" "$2"
    shift 2
  done
  # Sockets of the machine (wireguard's above all, which live in /run/wireguard whatever the namespace) stay out.
  mount -n -t tmpfs -o mode=755 run /run
  mkdir /run/lock
  echo ready >&3
  exec 3>&-
  while :; do sleep 86400; done
}

main "$@"
