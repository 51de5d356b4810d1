#!/bin/sh
# build-machine.sh DIRECTORY: the disk, kernel and keys of the Debian machine that tests start (machine.sh), of this
# machine's own release. To be run in a mount namespace of its own: debootstrap mounts things below the directory.
set -eu
umask 022

# where apt fetches the release from, or no word: debootstrap has an idea of its own
mirror() {
  # shellcheck disable=SC2016  # apt's own placeholder
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $release" 'Origin: Debian' | head -n 1
}

# the newest kernel for virtual machines, unpacked here
download_kernel() {
  package=$(apt-cache depends linux-image-cloud-amd64 | awk '$1 == "Depends:" && $2 ~ /^linux-image/ { print $2; exit }')
  [ -n "$package" ] && apt-get download -q "$package" && dpkg-deb -x "$package"_*.deb .
}

install_kernel() {
  mkdir -p "$root/usr/lib/modules"
  cp -a "$work"/kernel/lib/modules/* "$root/usr/lib/modules/"
  chroot "$root" depmod "$(ls "$work/kernel/lib/modules")"
  mv "$work"/kernel/boot/vmlinuz-* "$work/vmlinuz"
}

# The card's address is as lab/wiring.ts would give it to 192.168.1.20.
configure_network() {
  echo machine >"$root/etc/hostname"
  echo "127.0.0.1 localhost machine" >"$root/etc/hosts"
  cat >"$root/etc/systemd/network/10-lan.link" <<END
[Match]
MACAddress=02:77:c0:a8:01:14
[Link]
Name=lan0
END
  cat >"$root/etc/systemd/network/10-lan.network" <<END
[Match]
Name=lan0
[Network]
Address=192.168.1.20/24
Address=fd00:1::20/64
Gateway=192.168.1.1
IPv6AcceptRA=no
LinkLocalAddressing=no
END
  chroot "$root" systemctl -q enable systemd-networkd ssh
}

make_keys() {
  ssh-keygen -q -t ed25519 -N '' -C wirewright-machine -f "$work/id_ed25519"
  install -D -m 0600 "$work/id_ed25519.pub" "$root/root/.ssh/authorized_keys"
  cp "$root/etc/ssh/ssh_host_ed25519_key.pub" "$work/host-key.pub"
}

main() {
  work=${1:?usage: build-machine.sh DIRECTORY}
  root=$work/root
  # shellcheck source=/dev/null
  release=$(. /etc/os-release && echo "$VERSION_CODENAME")
  mkdir "$work/kernel"
  cd "$work/kernel"
  download_kernel || { apt-get update -q && download_kernel; } # first: it also brings the lists that tell the mirror
  # shellcheck disable=SC2046  # perhaps no word
  debootstrap --variant=minbase \
    --include=systemd-sysv,udev,dbus,openssh-server,wireguard-tools,nftables,iproute2,iputils-ping,procps,kmod \
    "$release" "$root" $(mirror)
  install_kernel
  configure_network
  make_keys
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
  truncate -s 1500M "$work/disk.img"
  mkfs.ext4 -q -d "$root" "$work/disk.img"
  cd /
  rm -rf "$root" "$work/kernel"
}

main "$@"
