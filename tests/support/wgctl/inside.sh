#!/bin/sh
# inside.sh DIRECTORY SHELL SCENARIO [ARGUMENT...]: runs as process 1 of the namespaces that run.sh made.
set -eu
here=$1 shell=$2 scenario=$3
shift 3
checkout=$(cd "$here/../../.." && pwd)
cache=${WIREWRIGHT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/wirewright}
mount --make-rprivate /
mount -t tmpfs scratch /mnt
mkdir /mnt/upper /mnt/work /mnt/bin /mnt/applets
mount -t overlay overlay -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work /etc
mkdir -p /etc/wirewright
cp "${WGCTL:-$checkout/device/wgctl}" /etc/wirewright/wgctl # WGCTL: a broken copy, to see that a scenario notices
chmod 0700 /etc/wirewright
chmod 0755 /etc/wirewright/wgctl
PATH=$cache/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
if [ "$shell" = ash ]; then # the applets of busybox first: ash, awk, sed, ip, timeout, sha256sum and the rest; no flock
  busybox --install -s /mnt/applets
  rm -f /mnt/applets/mount /mnt/applets/nsenter /mnt/applets/unshare
  mount --bind "$(command -v busybox)" "$(readlink -f /bin/sh)"
  PATH=/mnt/applets:$PATH
fi
export PATH
cd /mnt
. "$here/device.sh"
. "$here/document.sh"
device_start
. "$here/scenarios/$scenario.sh"
echo "scenario $scenario ($shell): done"
