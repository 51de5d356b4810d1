#!/bin/sh
# run.sh SHELL SCENARIO [ARGUMENT...]: one scenario of the device helper in namespaces of its own, under dash or ash.
# Everything (links, files under /etc and /run, processes) ends with this command; nothing of the host is changed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
exec unshare --net --mount --pid --fork --kill-child=KILL --mount-proc sh "$here/inside.sh" "$here" "$@"
