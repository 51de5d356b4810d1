# One at a time: a live holder makes others wait and then give up; a dead one is no obstacle; parallel runs are in turn.
wgctl install >/dev/null
defaults "${1:-wireguard-go}"
document /mnt/doc
wgctl apply wg0 $REVISION 0 </mnt/doc >/dev/null
on sh -c 'sleep 60 & p=$!; s=$(sed "s/.*) //" /proc/$p/stat | cut -d " " -f 20); mkdir -p /run/wirewright/lock/wg0; echo $p.$s; : >/run/wirewright/lock/wg0/$p.$s' >/mnt/holder
peer 7; document /mnt/doc
gives 75 "busy: process" wgctl apply wg0 $REVISION 0 </mnt/doc
on nft 'table inet wirewright_spare_wg0 { chain f { type filter hook forward priority -5; policy drop; }; }'
is "" "$(probe | grep "^other ")" "what a probe tells of a table that the holder may need"
on kill "$(cut -d . -f 1 /mnt/holder)"
probe | grep -qx "other inet wirewright_spare_wg0 f forward 1" || stop "a table beside ours that a dead helper left is not told"
gives 0 status=applied wgctl apply wg0 $REVISION 0 </mnt/doc
on sh -c ': >/run/wirewright/lock/wg0/1.999; : >/run/wirewright/lock/wg0/99999.5'
peer 8; document /mnt/doc
gives 0 status=applied wgctl apply wg0 $REVISION 0 </mnt/doc
# the last tool of a killed helper still works: its mark keeps the lock
on env WGCTL_ID=99998.5 sleep 3 &
on sh -c ': >/run/wirewright/lock/wg0/99998.5'
peer 9; document /mnt/doc
began=$(date +%s)
gives 0 status=applied wgctl apply wg0 $REVISION 0 </mnt/doc
[ $(($(date +%s) - began)) -ge 2 ] || stop "did not wait for the tool of a killed helper"
wait $!
# somebody without rights wears a dead holder's name where nobody may look; another one has its number, and a line break in his own
case $(uname -m) in x86_64) prctl=157 ;; *) prctl=167 ;; esac
on /usr/bin/setpriv --reuid 65534 --regid 65534 --clear-groups env WGCTL_ID=99997.5 perl -e 'syscall($ARGV[0], 4, 0, 0, 0, 0); sleep 30' $prctl &
on sh -c ': >/run/wirewright/lock/wg0/99997.5; printf "a\nb" >/proc/$$/comm; : >/run/wirewright/lock/wg0/$$.5; while :; do sleep 1; done' &
tries=0
until [ "$(on sh -c 'for p in $(grep -ls WGCTL_ID=99997.5 /proc/[0-9]*/environ); do [ ! -O $p ] || echo x; done')" = x ] && on sh -c 'ls /run/wirewright/lock/wg0' | grep -v 99997 | grep -q .; do
  tries=$((tries + 1))
  [ $tries -lt 100 ] || stop "nobody wears a dead holder's name"
  sleep 0.1
done
peer 10; document /mnt/doc
gives 0 status=applied wgctl apply wg0 $REVISION 0 </mnt/doc
pids=
for i in 1 2 3 4; do
  wgctl install 0123456789abcdef >/mnt/said.$i 2>&1 &
  pids="$pids $!"
done
for pid in $pids; do wait $pid || stop "one of four installs failed: $(cat /mnt/said.*)"; done
pids=
for i in 1 2 3 4 5 6 7 8; do
  peer 1$i; document /mnt/doc.$i
  echo "$REVISION" >/mnt/revision.$i
done
for i in 1 2 3 4 5 6 7 8; do
  wgctl apply wg0 "$(cat /mnt/revision.$i)" 0 </mnt/doc.$i >/mnt/said.$i 2>&1 &
  pids="${pids:-} $!"
done
for pid in $pids; do wait $pid || stop "one of eight failed: $(cat /mnt/said.*)"; done
check test "$(cat /mnt/said.* | grep -c status=applied)" = 8
is "$(on ls /run/wirewright/lock/wg0)" "" "locks left"
last=$(on cat /etc/wirewright/wg0/current)
for i in 1 2 3 4 5 6 7 8; do [ "$(cat /mnt/revision.$i)" != "$last" ] || won=$i; done
is "$(sed -n 's/^peer \([^ ]*\) .*/\1/p' /mnt/doc.$won | sort)" "$(on wg show wg0 peers | sort)" "peers of the one that came last"
