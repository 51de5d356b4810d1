# shellcheck shell=sh
# A whole Debian machine for the tests: a kernel with WireGuard in it, systemd and OpenSSH, which the lab's devices lack.
# qemu starts it without the processor's help, so it needs neither /dev/kvm nor WireGuard in this machine's kernel.
# It lies in the cache, whole or not at all: machine/{disk.img,vmlinuz,id_ed25519,host-key.pub}. Where it can't be had, the
# tests that want it skip themselves, and set-up says why. Sourced by run.sh.

: "${tools:?is set by run.sh}" "${cache:?is set by toolchain.sh}"
machine_packages="qemu-system-x86 debootstrap e2fsprogs"

no_machine_because() {
  # shellcheck source=/dev/null
  if [ "$(. /etc/os-release && echo "${ID:-}")" != debian ]; then
    echo "it is made of this machine's own release of Debian, and this is something else"
  elif [ "$(dpkg --print-architecture)" != amd64 ]; then
    echo "its kernel is named for amd64 only"
  fi
}

machine_key() {
  # shellcheck source=/dev/null
  (. /etc/os-release && echo "${VERSION_CODENAME:-} $(cksum <"$tools/build-machine.sh")")
}

machine_is_ready() {
  [ -e "$cache/machine/disk.img" ] && [ "$(cat "$cache/stamps/machine" 2>/dev/null)" = "$(machine_key)" ]
}

# In a mount namespace, since debootstrap mounts things below its directory; nothing of it outlives us.
build_machine() {
  mkdir -p "$cache/stamps"
  exec 8>"$cache/lock.machine"
  flock 8
  ! machine_is_ready || return 0
  rm -rf --one-file-system "$cache/machine.new"
  mkdir "$cache/machine.new"
  if ! setpriv --pdeathsig KILL unshare --mount --propagation private --pid --fork --kill-child=KILL --mount-proc \
    nice timeout 1800 sh "$tools/build-machine.sh" "$cache/machine.new"; then
    rm -rf --one-file-system "$cache/machine.new"
    return 1
  fi
  rm -rf --one-file-system "$cache/stamps/machine" "$cache/machine"
  mv "$cache/machine.new" "$cache/machine"
  machine_key >"$cache/stamps/machine"
}

machine() {
  because=$(no_machine_because)
  if [ -n "$because" ]; then
    say "skipped: Debian machine for the tests: $because"
    return
  fi
  # shellcheck disable=SC2086  # a list of words
  if ! try_packages $machine_packages; then
    say "skipped: Debian machine for the tests: apt-get could not install $machine_packages"
  elif machine_is_ready; then
    say "Debian machine for the tests: all there"
  else
    say "Debian machine for the tests: building it (a minute or two, once)"
    logged debootstrap "${scratch:?}/machine.log" build_machine || {
      tail -n 15 "${scratch:?}/machine.log" >&2
      say "skipped: Debian machine for the tests: it could not be built, for the reason above"
    }
  fi
}
