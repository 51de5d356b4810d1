# Missing, failing, hanging and babbling tools: a clear end, an exit code that tells, and nothing half done.
. "$here/shims.sh"
shims_make
wgctl install >/dev/null
defaults "${1:-wireguard-go}"
document /mnt/doc
wgctl apply wg0 $REVISION 0 </mnt/doc >/dev/null
before=$(fingerprint)
peer 9 psk; PORT=51999; document /mnt/doc2
as_before() {
  settled
  [ "$(fingerprint)" = "$before" ] || { echo "$before" >/mnt/a; fingerprint | diff -a /mnt/a - || :; stop "$1"; }
}
shim nft <<'S'
case $* in *-c*) exec /usr/sbin/nft "$@" ;; *-f*) echo "nft: out of memory" >&2; exit 1 ;; *) exec /usr/sbin/nft "$@" ;; esac
S
gives 78 "nft refused.*rolled back" shimmed apply wg0 $REVISION 60 </mnt/doc2
as_before "after nft failed"
shim nft <<'S'
case $* in *-f*) exit 0 ;; *) exec /usr/sbin/nft "$@" ;; esac
S
EXTRA="udp dport 1 accept"; document /mnt/doc3
gives 78 "did not load the policy although it said so" shimmed apply wg0 $REVISION 60 </mnt/doc3
as_before "after nft lied"
for lie in 1 2; do # the chains that packets come through: of the table beside, of ours
  echo 0 >/mnt/lies
  shim nft <<S
case \$* in *nft.hooks) read -r n </mnt/lies; echo \$((n + 1)) >/mnt/lies; [ \$n -ne $((lie - 1)) ] || exit 0 ;; esac
exec /usr/sbin/nft "\$@"
S
  gives 78 "did not load the policy although it said so.*rolled back" shimmed apply wg0 $REVISION 60 </mnt/doc3
  as_before "after nft lied about its chains"
done
shim nft <<'S'
echo 'Fehler: nicht erlaubt'; exit 1
S
gives 71 "nft failed" shimmed apply wg0 $REVISION 60 </mnt/doc3
as_before "after nft did nothing at all"
shim nft <<'S'
case $* in *-f*) exit 124 ;; *) exec /usr/sbin/nft "$@" ;; esac
S
gives 70 "nft did not end in time" shimmed apply wg0 $REVISION 60 </mnt/doc3
as_before "after nft took too long"
# what is left of a policy's text when a tool fails would be valid, and take the policy away
shims_make
shim sed <<'S'
case $* in *"-e 1a"*) exit 1 ;; *) exec /usr/bin/sed "$@" ;; esac
S
gives 73 "can't be written" shimmed apply wg0 $REVISION 60 </mnt/doc3
as_before "after sed failed"
on nft add rule inet wirewright_wg0 input udp dport 7 accept
check shimmed boot
on nft list table inet wirewright_wg0 | grep -q drop || stop "a link without a policy"
shims_make
check wgctl boot
as_before "after sed failed in a repair"
shims_make
# a tick that is killed at any question to nft, while it puts a policy back that was gone
for at in 1 2 3 4 5 6; do
  on nft flush ruleset
  rm -f /mnt/questions
  shim nft <<S
echo >>/mnt/questions
[ "\$(wc -l </mnt/questions)" != $at ] || { read -r group </mnt/shim/group; kill -KILL -\$group; exit 1; }
exec /usr/sbin/nft "\$@"
S
  shimmed tick >/dev/null 2>&1 || :
  shims_make
  tries=0 # the tool that killed the rest is the last of them to end
  while on sh -c 'grep -qs WGCTL_ID= /proc/[0-9]*/environ' && [ $tries -lt 100 ]; do tries=$((tries + 1)); sleep 0.1; done
  check wgctl tick
  on nft list table inet wirewright_wg0 | grep -q " hook " || stop "no policy after a tick that was killed at question $at to nft"
done
gives 0 status= wgctl apply wg0 "$(on cat /etc/wirewright/wg0/current)" 0 </mnt/doc
before=$(fingerprint)
# one silence is no death
daemon=$(on cat /run/wirewright/wg0/daemon)
shim wg <<'S'
[ "$1 $3" != "show dump" ] || ! mkdir /mnt/once 2>/dev/null || exec sleep 100
exec /usr/bin/wg "$@"
S
gives 0 status= shimmed apply wg0 00000000000000c1 0 </mnt/doc
check test -d /mnt/once
is "$daemon" "$(on cat /run/wirewright/wg0/daemon)" "the daemon after one hung question"
shims_make
wgctl apply wg0 "$(on cat /etc/wirewright/wg0/current)" 0 </mnt/doc >/dev/null
before=$(fingerprint)
shim wg <<'S'
case $* in pubkey) exit 1 ;; *) exec /usr/bin/wg "$@" ;; esac
S
gives 71 "wg pubkey failed" shimmed apply wg0 $REVISION 60 </mnt/doc3
shims_make
shim wg <<'S'
case $* in "set"*) echo "Unable to modify interface" >&2; exit 1 ;; *) exec /usr/bin/wg "$@" ;; esac
S
gives 78 "wg set.*failed.*rolled back" shimmed apply wg0 $REVISION 60 </mnt/doc3
check wgctl tick
as_before "after wg failed"
shim wg <<'S'
case $* in "set"*) exit 0 ;; *) exec /usr/bin/wg "$@" ;; esac
S
gives 78 "after the change .* rolled back" shimmed apply wg0 $REVISION 60 </mnt/doc3
as_before "after wg lied"
shims_make
shim ip <<'S'
case $* in *"addr replace"*) exit 0 ;; *) exec /usr/sbin/ip "$@" ;; esac
S
keep=$ADDRESSES ADDRESSES="10.66.0.1/24 10.88.0.1/24 fd00:66::1/64"; document /mnt/doc3
gives 78 "after the change address 10.88.0.1/24 is not there.*rolled back" shimmed apply wg0 $REVISION 60 </mnt/doc3
as_before "after ip lied"
ADDRESSES=$keep; document /mnt/doc3
shims_make
shim wg <<'S'
case $* in *dump) echo "interface: wg0"; exit 0 ;; *) exec /usr/bin/wg "$@" ;; esac
S
gives 71 "not understood" shimmed apply wg0 $REVISION 60 </mnt/doc3
gives 71 "not understood" shimmed probe $SALT
shim wg <<'S'
case $* in *dump) sleep 100 ;; *) exec /usr/bin/wg "$@" ;; esac
S
shimmed probe $SALT >/mnt/seen
grep -q "^link tun [a-z-]* no yes 1420$" /mnt/seen || stop "a daemon that does not answer is not told: $(cat /mnt/seen)"
as_before "after a probe of a silent daemon"
shims_make
shim ip <<'S'
echo "ip: RTNETLINK: bitte warten"; exit 0
S
gives 71 "not understood" shimmed apply wg0 $REVISION 60 </mnt/doc3
gives 71 "not understood" shimmed probe $SALT
shims_make
shim sync <<'S'
exit 1
S
gives 73 "can't be written" shimmed apply wg0 $REVISION 60 </mnt/doc3
as_before "after sync failed"
shims_make
shim setsid <<'S'
exit 0
S
gives 71 "watcher.*did not start" shimmed apply wg0 $REVISION 60 </mnt/doc3
as_before "after a watcher that did not start"
shims_make
shim wireguard-go <<'S'
exit 1
S
cp /mnt/shim/bin/wireguard-go /mnt/shim/bin/boringtun-cli
NAME=wg1 PORT=52000 ADDRESSES=10.77.0.1/24 ROUTES=; document /mnt/doc1
gives 78 "did not start" shimmed apply wg1 $REVISION 60 </mnt/doc1
as_before "after a daemon that did not start"
for daemon in wireguard-go boringtun-cli; do
  shim $daemon <<S
$cache/bin/$daemon "\$@"
exec sleep 100
S
done
gives 78 "did not start" shimmed apply wg1 $REVISION 60 </mnt/doc1
as_before "after a daemon that started and did not say so"
# daemons are asked side by side, so that many hung ones take no longer than one: here each waits for the other to be asked
shims_make
gives 0 status=applied wgctl apply wg1 $REVISION 0 </mnt/doc1
mkdir -p /mnt/asked
shim wg <<'S'
case $* in
  *dump)
    : >"/mnt/asked/$2"
    n=0
    while [ "$(ls /mnt/asked | wc -l)" -lt 2 ]; do n=$((n + 1)); [ $n -lt 100 ] || exit 1; sleep 0.1; done
    ;;
esac
exec /usr/bin/wg "$@"
S
shimmed probe $SALT >/mnt/seen
is 2 "$(grep -c "^link tun [a-z-]* yes " /mnt/seen)" "daemons that answered when asked together"
shims_make
gives 0 status=removed wgctl remove wg1 </mnt/doc1
as_before "after a second interface that came and went"
IMPLEMENTATION=kernel; document /mnt/doc1
gives 69 "this kernel has no WireGuard; choose wireguard-go or boringtun" wgctl apply wg1 $REVISION 60 </mnt/doc1
# a full disk: told before anything has changed
cp -a /etc/wirewright/wg0/gen /mnt/gen
on /usr/bin/mount -n -t tmpfs -o size=64k full /etc/wirewright/wg0/gen
on cp -a /mnt/gen/. /etc/wirewright/wg0/gen/
on sh -c 'head -c 1000000 /dev/zero >/etc/wirewright/wg0/gen/zero' 2>/dev/null || :
NAME=wg0 IMPLEMENTATION=${1:-wireguard-go}; document /mnt/doc3
gives 73 "^wgctl: .*the disk may be full" wgctl apply wg0 $REVISION 60 </mnt/doc3
on /usr/bin/umount -n /etc/wirewright/wg0/gen
as_before "after a full disk"
# a disk that is read-only: told, and neither tick nor boot does any harm
on sh -c '/usr/bin/mount -n --bind /etc/wirewright /etc/wirewright && /usr/bin/mount -n -o remount,bind,ro /etc/wirewright'
gives 73 "^wgctl: .*read-only" wgctl apply wg0 $REVISION 60 </mnt/doc3
wgctl tick >/dev/null 2>&1 && wgctl boot >/dev/null 2>&1 || :
probe | grep -q "^record " || stop "no probe of a read-only disk"
on /usr/bin/umount -n /etc/wirewright
as_before "after a read-only disk"
grep -qF "$PRIVATE" /etc/wirewright/journal && stop "a secret in the journal"
echo "tools: done"
