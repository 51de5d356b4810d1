# shellcheck shell=sh
# The Debian packages that the lab and its tests use. Sourced by run.sh.

packages="wireguard-tools nftables iproute2 openssh-server iperf3 fping busybox-static dropbear-bin cron zbar-tools
shellcheck strace procps conntrack iputils-ping socat netcat-openbsd util-linux"

is_debian() {
  [ -e /etc/debian_version ] && command -v apt-get >/dev/null 2>&1
}

# missing_packages PACKAGE...
missing_packages() {
  # dpkg-query fails when it knows nothing of one of them
  installed=" $(dpkg-query -W -f '${db:Status-Abbrev}${Package} ' "$@" 2>/dev/null || true) "
  for package in "$@"; do
    case $installed in
      *" ii $package "* | *" hi $package "*) continue ;;
    esac
    # Either busybox will do, and asking for the one would remove the other.
    [ "$package" = busybox-static ] && command -v busybox >/dev/null 2>&1 && continue
    echo "$package"
  done
}

# quietly COMMAND...: runs it where no package can start a service, in a mount namespace of its own in which the two
# programs that maintainer scripts start services with do nothing. A policy-rc.d could be left behind by a kill -9.
quietly() {
  # shellcheck disable=SC2016  # for the inner shell
  unshare --mount --propagation private sh -c '
    for starter in /usr/sbin/invoke-rc.d /usr/bin/deb-systemd-invoke; do
      [ ! -e "$starter" ] || mount --bind /bin/true "$starter" || exit 1
    done
    exec "$@"' sh "$@"
}

apt_install() {
  # --no-remove: better to stop than to take away what somebody else installed.
  quietly env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends --no-remove \
    -o DPkg::Lock::Timeout=120 "$@"
}

# Package lists are fetched only if the install can't do without: on a new machine there are none, later they may be old.
apt_install_fresh() {
  apt_install "$@" || { apt-get update -q && apt_install "$@"; }
}

# A service that came with us must not start at the next boot either.
not_at_boot() {
  for package in "$@"; do
    case $package in
      openssh-server) service=ssh ;;
      cron) service=cron ;;
      *) continue ;;
    esac
    systemctl disable "$service" >/dev/null 2>&1 || update-rc.d "$service" disable >/dev/null 2>&1 || true
  done
}

# try_packages PACKAGE...: installs what is missing; fails, with the end of apt's log, when that can't be done
try_packages() {
  # shellcheck disable=SC2046  # a list of words
  set -- $(missing_packages "$@")
  [ $# -gt 0 ] || return 0
  say "Debian packages: installing $*"
  logged "apt-get install" "${scratch:?}/apt.log" apt_install_fresh "$@" || {
    tail -n 15 "$scratch/apt.log" >&2
    return 1
  }
  not_at_boot "$@"
}

debian_packages() {
  # shellcheck disable=SC2086  # a list of words
  try_packages $packages || fail "Debian packages" "apt-get could not install them" \
    "read the lines above; try: apt-get update && apt-get install $(missing_packages $packages | tr '\n' ' ')"
  say "Debian packages: all there"
}
