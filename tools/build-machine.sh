#!/bin/sh
# build-machine.sh DIRECTORY: the disk, kernel and keys of the Debian machine that tests start (machine.sh), of this
# machine's own release. To be run in a mount namespace of its own: debootstrap mounts things below the directory.
set -eu
work=$1
root=$work/root
has=systemd-sysv,udev,dbus,openssh-server,wireguard-tools,nftables,iproute2,iputils-ping,procps,kmod
mac=02:77:c0:a8:01:14 # as lab/wiring.ts would give it to 192.168.1.20
# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "$VERSION_CODENAME")

# where apt fetches this release from, or no word: debootstrap has an idea of its own
mirror() {
  # shellcheck disable=SC2016  # apt's own placeholder
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $release" 'Origin: Debian' | head -n 1
}

# the newest kernel for virtual machines, unpacked
download_kernel() {
  package=$(apt-cache depends linux-image-cloud-amd64 | awk '$1 == "Depends:" && $2 ~ /^linux-image/ { print $2; exit }')
  [ -n "$package" ] && apt-get download -q "$package" && dpkg-deb -x "$package"_*.deb .
}

# shellcheck disable=SC2046  # perhaps no word
debootstrap --variant=minbase --include="$has" "$release" "$root" $(mirror)

mkdir "$work/kernel" && cd "$work/kernel"
download_kernel || { apt-get update -q && download_kernel; }
mkdir -p "$root/usr/lib/modules"
cp -a lib/modules/* "$root/usr/lib/modules/"
chroot "$root" depmod "$(ls lib/modules)"
mv boot/vmlinuz-* "$work/vmlinuz"

echo machine >"$root/etc/hostname"
echo "127.0.0.1 localhost machine" >"$root/etc/hosts"
cat >"$root/etc/systemd/network/10-lan.link" <<END
[Match]
MACAddress=$mac
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
ssh-keygen -q -t ed25519 -N '' -C wirewright-machine -f "$work/id_ed25519"
install -D -m 0600 "$work/id_ed25519.pub" "$root/root/.ssh/authorized_keys"
cp "$root/etc/ssh/ssh_host_ed25519_key.pub" "$work/host-key.pub"

rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
truncate -s 1500M "$work/disk.img"
mkfs.ext4 -q -d "$root" "$work/disk.img"
rm -rf "$root" "$work/kernel"
