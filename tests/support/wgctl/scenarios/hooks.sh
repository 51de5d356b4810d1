# The boot hook on each kind of system: put in place, told when it is gone, altered or masked, put back, taken away.
# systemctl, rc.common and update-rc.d are stand-ins that make the links which the real ones make.
mkdir -p /mnt/fake
cat >/mnt/fake/systemctl <<'S'
#!/bin/sh
units=/etc/systemd/system
case "$*" in
  "enable wirewright.service") mkdir -p $units/multi-user.target.wants && ln -sf $units/wirewright.service $units/multi-user.target.wants/ ;;
  "is-active -q wirewright-tick.timer") [ ! -e /mnt/stopped ] || exit 3 ;;
  "enable --now wirewright-tick.timer") rm -f /mnt/stopped && ln -sf $units/wirewright-tick.timer $units/timers.target.wants/ ;;
  "disable --now "*) rm -f $units/*.wants/wirewright* ;;
  daemon-reload | "reset-failed wirewright*") ;;
  *) exit 1 ;;
esac
S
chmod 0755 /mnt/fake/systemctl
PATH=/mnt/fake:$PATH
whole=$(find /etc | sort)
kind() { # NAME: install, damage, repair, uninstall
  gives 0 "status=installed.*boot=$1 ok" wgctl install
  probe | grep -qx "boot $1 ok" || stop "$1: not ok after install"
  for file in $2; do
    mv "$file" /mnt/kept
    probe | grep -qx "boot $1 missing" || stop "$1: $file missing, not told"
    gives 0 "boot=$1 ok" wgctl install
    echo "# a hand was here" >>"$file"
    probe | grep -qx "boot $1 changed" || stop "$1: $file altered, not told"
    gives 0 "boot=$1 ok" wgctl install
    ln -sf /dev/null "$file"
    probe | grep -qx "boot $1 masked" || stop "$1: $file masked, not told"
    gives 79 masked wgctl install
    rm "$file"
  done
  gives 0 "boot=$1 ok" wgctl install
  gives 0 status=uninstalled wgctl uninstall
  mkdir -p /etc/wirewright && cp "${WGCTL:-$checkout/device/wgctl}" /etc/wirewright/wgctl && chmod 0755 /etc/wirewright/wgctl
  [ "$(find /etc | sort)" = "$whole" ] || { echo "$whole" >/mnt/a; find /etc | sort | diff /mnt/a - || :; stop "$1: left something in /etc"; }
}
kind initd "/etc/init.d/wirewright /etc/cron.d/wirewright"
wgctl install >/dev/null
on sh -c 'kill $(grep -lx crond /proc/[0-9]*/comm | cut -d / -f 3)'
probe | grep -qx "boot initd idle" || stop "a cron that does not run is not told: $(probe | grep ^boot)"
gives 0 "boot=initd idle" wgctl install
mv /etc/cron.d /mnt/cron.d
probe | grep -qx "boot initd idle" || stop "neither cron nor cron.d: $(probe | grep ^boot)"
mv /mnt/cron.d /etc/cron.d && mkdir /etc/crontabs
probe | grep -qx "boot initd missing" || stop "a crontab without our line, where no cron runs: $(probe | grep ^boot)"
rmdir /etc/crontabs
on bash -c 'echo crond >/proc/$$/comm; while :; do sleep 1000; done' &
tries=0
until probe | grep -qx "boot initd ok"; do tries=$((tries + 1)); [ $tries -lt 20 ] || stop "a cron that runs again is none"; done
# a directory where a file belongs: nothing is put into it
rm /etc/cron.d/wirewright && mkdir -m 0700 /etc/cron.d/wirewright
probe | grep -qx "boot initd changed" || stop "a directory in the place of the tick is not told"
gives 79 "/etc/cron.d/wirewright is a directory where a file of ours belongs; remove it" wgctl install
is "700 " "$(stat -c %a /etc/cron.d/wirewright) $(ls -A /etc/cron.d/wirewright)" "a directory in the place of the tick"
rmdir /etc/cron.d/wirewright
# a link in the place of our directory
mv /etc/wirewright /mnt/wirewright && ln -s /mnt/wirewright /etc/wirewright
probe | grep -qx "directory link" || stop "a link in the place of our directory is not told"
gives 79 "/etc/wirewright is a symbolic link; remove it" wgctl install
rm /etc/wirewright && mv /mnt/wirewright /etc/wirewright
gives 0 "boot=initd ok" wgctl install
# two removals at once: the second one ends with a word
printf '#!/bin/sh\n[ "$*" != "-f wirewright remove" ] || sleep 2\nexec /usr/sbin/update-rc.d "$@"\n' >/mnt/fake/update-rc.d
chmod 0755 /mnt/fake/update-rc.d
cp -a /etc/wirewright /mnt/again
wgctl uninstall >/mnt/first 2>&1 & first=$!
sleep 1
gives 75 "^wgctl: .*wirewright was just uninstalled here" wgctl uninstall
is 1 "$(wc -l </mnt/said)" "lines of the second removal"
wait $first || stop "the first of two removals: $(cat /mnt/first)"
check test ! -e /etc/wirewright
check on test ! -e /run/wirewright
rm /mnt/fake/update-rc.d
mv /mnt/again /etc/wirewright
wgctl install >/dev/null
# somebody took cron.d away, and a cron runs that reads it
mv /etc/cron.d /mnt/cron.d
probe | grep -qx "boot initd missing" || stop "a cron.d that is gone is not told: $(probe | grep ^boot)"
gives 0 "boot=initd ok" wgctl install
is 755 "$(stat -c %a /etc/cron.d)" "the mode of cron.d"
mv /etc/cron.d/wirewright /mnt/cron.d/ && rmdir /etc/cron.d && mv /mnt/cron.d /etc/cron.d
check wgctl uninstall >/dev/null
mkdir -p /etc/wirewright && cp "${WGCTL:-$checkout/device/wgctl}" /etc/wirewright/wgctl && chmod 0755 /etc/wirewright/wgctl
# a cron of busybox reads no /etc/cron.d, which a package may have made
mkdir /etc/crontabs
wgctl install >/dev/null
grep -q "wgctl tick" /etc/crontabs/root || stop "no line in the crontab beside cron.d"
rm /etc/crontabs/root
probe | grep -qx "boot initd missing" || stop "a crontab without our line, beside cron.d, is not told"
check wgctl uninstall >/dev/null
rmdir /etc/crontabs || stop "a crontab was left"
mkdir -p /etc/wirewright && cp "${WGCTL:-$checkout/device/wgctl}" /etc/wirewright/wgctl && chmod 0755 /etc/wirewright/wgctl
# init scripts that nothing would call are no hook, and neither is somebody who calls himself cron
wgctl install >/dev/null
: >/mnt/empty
mv /etc/rc2.d /mnt/rc2.d && on /usr/bin/mount --bind /mnt/empty /usr/sbin/update-rc.d
probe | grep -q "^boot cron" || stop "init scripts without update-rc.d: $(probe | grep ^boot)"
on /usr/bin/umount /usr/sbin/update-rc.d && mv /mnt/rc2.d /etc/rc2.d
probe | grep -qx "boot initd ok" || stop "init scripts with update-rc.d: $(probe | grep ^boot)"
on sh -c 'kill $(grep -lxE "crond?" /proc/[0-9]*/comm | cut -d / -f 3)'
on /usr/bin/setpriv --reuid=65534 --regid=65534 --clear-groups bash -c 'echo mycron >/proc/$$/comm; while :; do sleep 1; done' &
sleep 0.5
probe | grep -qx "boot initd idle" || stop "a process of nobody is taken for cron: $(probe | grep ^boot)"
# from init scripts to systemd: the uninstall takes both away
on mkdir -p /run/systemd/system
mkdir -p /etc/systemd/system/multi-user.target.wants /etc/systemd/system/timers.target.wants
check wgctl install >/dev/null
check wgctl uninstall >/dev/null
is "" "$(find /etc -name '*wirewright*')" "what an uninstall leaves where systemd came later"
mkdir -p /etc/wirewright && cp "${WGCTL:-$checkout/device/wgctl}" /etc/wirewright/wgctl && chmod 0755 /etc/wirewright/wgctl
whole=$(find /etc | sort)
kind systemd "/etc/systemd/system/wirewright.service /etc/systemd/system/wirewright-tick.service /etc/systemd/system/wirewright-tick.timer"
wgctl install >/dev/null
rm /etc/systemd/system/timers.target.wants/wirewright-tick.timer
probe | grep -qx "boot systemd missing" || stop "a timer that is not enabled is not told"
: >/mnt/stopped
gives 0 "boot=systemd ok" wgctl install
check test ! -e /mnt/stopped
: >/mnt/stopped
probe | grep -qx "boot systemd missing" || stop "a timer that was stopped is not told"
rm /mnt/stopped
check wgctl uninstall >/dev/null
mkdir -p /etc/wirewright && cp "${WGCTL:-$checkout/device/wgctl}" /etc/wirewright/wgctl && chmod 0755 /etc/wirewright/wgctl
on rm -r /run/systemd
# OpenWrt: rc.common, one crontab per user, no cron.d
cat >/etc/rc.common <<'S'
#!/bin/sh
script=$1
case $2 in enable) ln -sf ../init.d/wirewright /etc/rc.d/S95wirewright ;; disable) rm -f /etc/rc.d/S95wirewright ;; *) . "$script"; "$2" ;; esac
S
chmod 0755 /etc/rc.common
mkdir -p /etc/rc.d /etc/crontabs
mv /etc/cron.d /mnt/cron.d
echo "5 4 * * * somebody's job" >/etc/crontabs/root
whole=$(find /etc | sort) crontab=$(cat /etc/crontabs/root)
kind procd /etc/init.d/wirewright
wgctl install >/dev/null
grep -qx '\* \* \* \* \* /etc/wirewright/wgctl tick >/dev/null 2>&1' /etc/crontabs/root || stop "no line in the crontab"
check wgctl install >/dev/null
is 2 "$(wc -l </etc/crontabs/root)" "lines of the crontab after a second install"
# the crontab keeps its mode, its owner and its place
chmod 0644 /etc/crontabs/root && chown 0:100 /etc/crontabs/root
check wgctl install >/dev/null
is "644 0:100" "$(stat -c '%a %u:%g' /etc/crontabs/root)" "mode and owner of a crontab"
mkdir /etc/real && mv /etc/crontabs/root /etc/real/root && ln -s ../real/root /etc/crontabs/root
echo "1 1 * * * another" >>/etc/real/root
check wgctl install >/dev/null
check test -L /etc/crontabs/root
is 3 "$(wc -l </etc/real/root)" "lines of a crontab behind a link"
sed -i '/another/d' /etc/real/root && rm /etc/crontabs/root && mv /etc/real/root /etc/crontabs/root && rmdir /etc/real
rm /etc/rc.d/S95wirewright
probe | grep -qx "boot procd missing" || stop "a script that is not enabled is not told"
# a full /run, where a copy of the crontab comes out empty
on /usr/bin/mount -n -o remount,size=$(($(on sh -c 'du -sk /run' | cut -f 1) + 64))k /run
on sh -c 'cat /dev/zero >/run/full' 2>/dev/null || :
gives 73 "full" wgctl uninstall
on sh -c 'rm /run/full; /usr/bin/mount -n -o remount,size=50% /run'
grep -qxF "$crontab" /etc/crontabs/root || stop "a full /run took the jobs of others"
check wgctl uninstall >/dev/null
is "$crontab" "$(cat /etc/crontabs/root)" "the crontab of others"
