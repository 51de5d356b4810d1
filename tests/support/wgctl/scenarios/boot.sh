# After a start of the device there is what was last confirmed, and nothing of what was not.
gives 0 status=installed wgctl install
defaults "${1:-wireguard-go}"
document /mnt/doc
facts() { probe | sed '/^\(uptime\|clock\|end\|record\) /d'; }
FIRST=$REVISION
wgctl apply wg0 $REVISION 0 </mnt/doc >/dev/null
confirmed=$(facts)
peer 9 psk; PORT=51999 MTU=1300; document /mnt/doc2
gives 0 status=armed wgctl apply wg0 $REVISION 60 </mnt/doc2
device_reboot
probe | grep -q '^link' && stop "a link before boot"
probe | grep -q '^policy missing$' || stop "the policy of a device before boot"
check on /etc/init.d/wirewright start
[ "$(facts)" = "$confirmed" ] || { facts >/mnt/a; echo "$confirmed" | diff - /mnt/a || :; stop "not what was confirmed"; }
gives 81 "the device restarted" wgctl confirm wg0 $REVISION </dev/null
# tick does the work of boot when nothing else did, under the poor PATH of cron; but it heals no drift
device_reboot
check on env -i PATH=/usr/bin:/bin /etc/wirewright/wgctl tick
[ "$(facts)" = "$confirmed" ] || stop "tick did not bring up after a start"
on ip link set wg0 mtu 1333
check wgctl tick
probe | grep -q '^link .* 1333$' || stop "tick healed what a person has to see first"
check wgctl boot
[ "$(facts)" = "$confirmed" ] || stop "boot did not repair"
# but for the policy when it is gone as a whole: it is back within a minute, and told until the next apply
on nft flush ruleset
probe | grep -qx "policy missing" || stop "a policy that is gone is not told"
check wgctl tick
on nft list table inet wirewright_wg0 | grep -q drop || stop "an emptied ruleset stays open"
probe | grep -q "^policy-want table: the table of the last apply: it was gone" || { probe; stop "tick hides that the policy was gone"; }
gives 0 status=applied wgctl apply wg0 $FIRST 0 </mnt/doc
[ "$(facts)" = "$confirmed" ] || stop "the policy after the next apply"
# a stranger's link that wears the name gets no policy of ours
on sh -c 'nft flush ruleset; ip link del wg0; sleep 1; /usr/sbin/ip tuntap add wg0 mode tun'
check wgctl tick
is "" "$(on nft list ruleset)" "a policy for a stranger's link"
on /usr/sbin/ip link del wg0
gives 0 status=applied wgctl apply wg0 $FIRST 0 </mnt/doc
late_way() { # WHAT: a restart at which there is no way yet to what is behind eth0
  device_reboot
  on /usr/sbin/ip link set eth0 down
  check wgctl boot
  check on /usr/sbin/ip link set eth0 up
  check on /usr/sbin/ip route replace default via 192.168.1.1
  check wgctl tick
  [ "$(facts)" = "$confirmed" ] || { facts >/mnt/a; echo "$confirmed" | diff - /mnt/a || :; stop "$1"; }
}
# a restart that finds no way yet to a network behind: later
late_way "forwarding to a network that came late"
# the same when the restart came before a change was confirmed
gives 0 status=armed wgctl apply wg0 $REVISION 60 </mnt/doc2
late_way "forwarding to a network that came late, after a change that was not confirmed"
# an interface that was missed, for somebody held its lock all the time or its subshell was killed, comes with the next tick
device_reboot
on sh -c 'umask 077; sleep 60 & read -r stat </proc/$!/stat; stat=${stat##*) }; set -- $! $stat; mkdir -p /run/wirewright/lock/wg0; : >/run/wirewright/lock/wg0/$1.${21}; echo $1' >/mnt/holder
check wgctl boot
probe | grep -q '^link' && stop "up although somebody held the lock"
on kill "$(cat /mnt/holder)"
check wgctl tick
[ "$(facts)" = "$confirmed" ] || { facts >/mnt/a; echo "$confirmed" | diff - /mnt/a || :; stop "not up after somebody held the lock"; }
# one that can't be tended keeps no other from being left alone
mkdir -p /etc/wirewright/wg7/gen
echo "removing - - 0 -" >/etc/wirewright/wg7/txn
device_reboot
on /usr/sbin/ip tuntap add wg7 mode tun
check wgctl boot
on /usr/sbin/ip route del 192.168.50.0/24
check wgctl tick
is "" "$(on /usr/sbin/ip route show 192.168.50.0/24)" "a route that a tick put back, which a person has to see first"
rm -r /etc/wirewright/wg7
if [ "$shell" != ash ]; then
  device_reboot
  mkdir /mnt/once
  cat >/mnt/once/wg <<'S'
#!/bin/sh
[ "$1" != pubkey ] || [ -e /mnt/once/done ] || {
  : >/mnt/once/done
  parent=$(cut -d ' ' -f 4 /proc/$PPID/stat)
  kill -KILL $(cut -d ' ' -f 4 /proc/$parent/stat) $parent
}
exec /usr/bin/wg "$@"
S
  chmod 0755 /mnt/once/wg
  on env PATH="/mnt/once:$PATH" /etc/wirewright/wgctl boot || :
  check test -e /mnt/once/done
  check wgctl tick
  [ "$(facts)" = "$confirmed" ] || stop "not up after its subshell was killed"
fi
# current points to nothing: told, and repaired by what was confirmed; another change would have no way back, so it is asked for
check wgctl boot
rm -rf /etc/wirewright/wg0/gen
probe | grep -q '^record [0-9]* - - - -$' || stop "a lost generation is not told"
gives 71 "nothing to roll back to but no wg0 at all" wgctl apply wg0 $REVISION 0 </mnt/doc2
gives 0 status= wgctl apply wg0 $FIRST 0 </mnt/doc
rm -rf /etc/wirewright/wg0/gen /etc/wirewright/wg0/current
gives 0 status= wgctl apply wg0 $REVISION 0 </mnt/doc2
