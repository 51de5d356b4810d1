# shellcheck shell=sh
# A whole Debian machine for the tests: a kernel with WireGuard in it, systemd and OpenSSH, which the lab's devices lack.
# qemu starts it without the processor's help, so it needs neither /dev/kvm nor WireGuard in this machine's kernel.
# It lies in the cache, whole or not at all: machine/{disk.img,vmlinuz,id_ed25519,host-key.pub}. Sourced by run.sh.

machine_packages="qemu-system-x86 debootstrap e2fsprogs"

no_machine_because() {
  [ "$(dpkg --print-architecture)" = amd64 ] || echo "its kernel is named for amd64 only"
}

machine_key() {
  # shellcheck source=/dev/null
  (. /etc/os-release && echo "${VERSION_CODENAME:-} $(cksum <"$tools/build-machine.sh")")
}

machine_is_ready() {
  [ -e "$cache/machine/disk.img" ] && [ "$(cat "$cache/stamps/machine" 2>/dev/null)" = "$(machine_key)" ]
}

build_machine() {
  mkdir -p "$cache/stamps"
  exec 8>"$cache/lock.machine"
  flock 8
  ! machine_is_ready || return 0
  rm -rf --one-file-system "$cache/machine.new" "$cache/machine" "$cache/stamps/machine"
  mkdir "$cache/machine.new"
  unshare --mount --propagation private --pid --fork --kill-child=KILL --mount-proc \
    nice sh "$tools/build-machine.sh" "$cache/machine.new" || return
  mv "$cache/machine.new" "$cache/machine"
  machine_key >"$cache/stamps/machine"
}

# Tests skip themselves where it is not there, and say so.
machine() {
  because=$(no_machine_because)
  if [ -n "$because" ]; then
    say "skipped: Debian machine for the tests: $because"
  elif machine_is_ready; then
    say "Debian machine for the tests: all there"
  else
    say "Debian machine for the tests: building it (a minute, once)"
    logged debootstrap "$scratch/machine.log" build_machine || {
      tail -n 15 "$scratch/machine.log" >&2
      say "skipped: Debian machine for the tests: it could not be built, for the reason above"
    }
  fi
}
