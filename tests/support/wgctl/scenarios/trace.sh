# install, apply, remove, uninstall: the device is as it was, and what belongs to others never changed.
foreign
on ip link set lo up
before=$(fingerprint) files=$(files | grep -v /wgctl$)
gives 0 status=installed wgctl install 0123456789abcdef
probe | grep -qx "boot initd ok" || stop "boot hook"
probe | grep -q "^helper [0-9a-f]\{64\} 0123456789abcdef$" || stop "helper line"
others() { on nft list table inet other; on /usr/sbin/ip route show dev other0; on /usr/sbin/ip rule; }
theirs=$(others)
defaults "${1:-wireguard-go}"
document /mnt/doc
gives 0 status=applied wgctl apply wg0 $REVISION 0 </mnt/doc
is "$theirs" "$(others)" "what belongs to others, after apply"
NAME=wg1 PORT=51821 ADDRESSES=10.67.0.1/24 ROUTES= FORWARD=4
document /mnt/doc1
gives 0 status=applied wgctl apply wg1 $REVISION 0 </mnt/doc1
gives 83 "is still here" wgctl uninstall
# another resource has taken the installation over, as when the address of the server changes: the former one ends quietly
gives 0 status=installed wgctl install 0123456789abcdef aaaaaaaaaaaaaaaa
gives 0 status=kept wgctl uninstall bbbbbbbbbbbbbbbb
gives 83 "is still here" wgctl uninstall aaaaaaaaaaaaaaaa
if [ "$shell" != ash ]; then # of which busybox can't tell whose it is
  for kind in unreachable "prohibit table 100"; do on /usr/sbin/ip route add ${kind%% *} 10.66.0.3 ${kind#${kind%% *}} proto 219; done
  on /usr/sbin/ip -6 route add blackhole fd00:66::3 proto 219
fi
gives 0 status=removed wgctl remove wg0 </mnt/doc
for family in -4 -6; do is "" "$(on /usr/sbin/ip $family route show table all proto 219)" "routes of ours after a removal"; done
is 1 "$(on cat /proc/sys/net/ipv4/conf/eth0/forwarding)" "forwarding that wg1 still needs"
is 0 "$(on cat /proc/sys/net/ipv6/conf/all/forwarding)" "IPv6 forwarding that nobody needs"
gives 0 status=absent wgctl remove wg0 </mnt/doc
gives 0 status=removed wgctl remove wg1 </mnt/doc1
# killed before any of its calls, the tick finishes it
if [ "$shell" != ash ]; then
  . "$here/shims.sh"
  shims_make
  check wgctl tick
  gone=$(fingerprint; files | grep -v journal)
  at=1
  until
    gives 0 status=applied wgctl apply wg1 $REVISION 0 </mnt/doc1
    plan $at before
    shimmed remove wg1 </mnt/doc1 >/dev/null 2>&1
  do
    plan
    tries=0 # its last tool may still hold the lock
    until check wgctl tick && [ ! -e /etc/wirewright/wg1/txn ]; do tries=$((tries + 1)) && [ $tries -lt 40 ] || stop "still pending before call $at"; done
    settled
    gives 0 "status=\(removed\|absent\)" wgctl remove wg1 </mnt/doc1
    check wgctl tick
    now=$(fingerprint; files | grep -v journal)
    [ "$now" = "$gone" ] || { echo "$gone" >/mnt/a; echo "$now" | diff -a /mnt/a - || :; stop "left by a removal of wg1 that was killed before call $at"; }
    at=$((at + 1))
  done
  [ $at -gt 20 ] || stop "only $at calls of a removal of wg1"
  plan
fi
# killed before any of its calls, or in the midst of the last, then once more: by the helper where it is left, else by the operator's side, to which an empty directory is none
if [ "$shell" != ash ]; then
  . "$here/shims.sh"
  shims_make
  once_more() { # WHEN
    if [ -e /etc/wirewright/wgctl ]; then gives 0 status=uninstalled wgctl uninstall; fi
    is "" "$(ls -A /etc/wirewright 2>/dev/null || :; on sh -c 'ls -d /run/wirewright* 2>/dev/null || :')" "left by a removal that was killed $1"
    mkdir -p /etc/wirewright && cp "${WGCTL:-$checkout/device/wgctl}" /etc/wirewright/wgctl && chmod 0700 /etc/wirewright && chmod 0755 /etc/wirewright/wgctl
    gives 0 status=installed wgctl install
  }
  shim rm <<'S'
case " $* " in *" /etc/wirewright "*) /bin/rm /etc/wirewright/wgctl; read -r group </mnt/shim/group; kill -KILL "-$group"; exit 1 ;; esac
exec /bin/rm "$@"
S
  ! shimmed uninstall >/dev/null 2>&1 || stop "a removal that was killed ended with 0"
  once_more "when the helper was gone"
  shims_make
  at=1
  plan $at before
  until shimmed uninstall >/dev/null 2>&1; do
    once_more "before call $at"
    at=$((at + 1))
    plan $at before
  done
  [ $at -gt 8 ] || stop "only $at calls of a removal"
  plan
else gives 0 status=uninstalled wgctl uninstall; fi
# a tick that began meanwhile leaves nothing either, nor do files that a killed install had begun
if [ "$shell" != ash ]; then
  mkdir -m 0700 /etc/wirewright && cp "${WGCTL:-$checkout/device/wgctl}" /etc/wirewright/wgctl && chmod 0755 /etc/wirewright/wgctl
  gives 0 status=installed wgctl install
  : >/etc/init.d/wirewright.tmp
  shim ip <<'S'
[ "$1" != -V ] || { : >/mnt/began; sleep 3; }
exec /usr/sbin/ip "$@"
S
  rm -f /mnt/began
  shimmed tick &
  until [ -e /mnt/began ]; do sleep 0.1; done
  gives 0 status=uninstalled wgctl uninstall
  wait $! || :
  check test ! -e /etc/init.d/wirewright.tmp
  is "" "$(on sh -c 'ls -d /run/wirewright* 2>/dev/null || :')" "left by a tick beside a removal"
fi
cp "${WGCTL:-$checkout/device/wgctl}" /mnt/wgctl # uninstall took it along, as it should
check test ! -e /etc/wirewright
after=$(fingerprint)
[ "$before" = "$after" ] || { echo "$before" >/mnt/a; echo "$after" >/mnt/b; diff -a /mnt/a /mnt/b || :; stop "a trace is left"; }
is "$(echo "$files" | grep -v '^/etc/wirewright$')" "$(files)" "files"

# what somebody else has switched on for every device stays on, also on the device that we switched on before him
mkdir -m 0700 /etc/wirewright && cp /mnt/wgctl /etc/wirewright/ && chmod 0700 /etc/wirewright/wgctl
gives 0 status=installed wgctl install
NAME=wg0 PORT=51820 ADDRESSES="10.66.0.1/24 fd00:66::1/64" ROUTES= FORWARD=4 && document /mnt/doc
gives 0 status=applied wgctl apply wg0 $REVISION 0 </mnt/doc
on sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
gives 0 status=removed wgctl remove wg0 </mnt/doc
is 1 "$(on cat /proc/sys/net/ipv4/conf/eth0/forwarding)" "forwarding of a container engine"
on sh -c 'echo 0 >/proc/sys/net/ipv4/ip_forward'
# routers' advertisements: as before, whether the helper was killed right after it took them up, or a hand switched them off
FORWARD="4 6" && document /mnt/doc
taken() { on cat /proc/sys/net/ipv6/conf/eth0/accept_ra; }
for way in "" "echo 0 >/proc/sys/net/ipv6/conf/all/forwarding" "echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_ra"; do
  on sh -c 'echo 1 >/proc/sys/net/ipv6/conf/eth0/accept_ra'
  gives 0 status=applied wgctl apply wg0 $REVISION 0 </mnt/doc
  is 2 "$(taken)" "accept_ra while we forward"
  on sh -c "${way:-:}"
  gives 0 status=removed wgctl remove wg0 </mnt/doc
  case $way in *accept_ra) is 0 "$(taken)" "accept_ra of a hand" ;; *) is 1 "$(taken)" "accept_ra as before" ;; esac
done
