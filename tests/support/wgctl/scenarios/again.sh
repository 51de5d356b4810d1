# What goes wrong in a window, at a roll-back or at a start does not stay wrong, and keeps nothing else from being put right.
. "$here/shims.sh"
shims_make
wgctl install >/dev/null
defaults "${1:-wireguard-go}"
document /mnt/doc
wgctl apply wg0 $REVISION 0 </mnt/doc >/dev/null
FIRST=$REVISION home=/etc/wirewright/wg0 before=$(fingerprint)
peer 9; PORT=51999 EXTRA="udp dport 53 accept"; document /mnt/doc2; NEXT=$REVISION
policy() { on nft list table inet wirewright_wg0 2>/dev/null | grep -c 'dport 53' || :; }
journal() { tail -n 6 /etc/wirewright/journal; }
undone() { # WHAT
  settled
  [ "$(fingerprint)" = "$before" ] || { echo "$before" >/mnt/a; fingerprint | diff -a /mnt/a - || :; stop "not as before: $1"; }
}

# the ruleset is emptied while a change waits: the tick loads that of the change; what is not all there is not confirmed
gives 0 status=armed wgctl apply wg0 $NEXT 300 </mnt/doc2
on nft delete table inet wirewright_wg0
echo "$NONCE" | gives 78 "not confirmed: .*policy" wgctl confirm wg0 $NEXT
check wgctl tick
is 1 "$(policy)" "rules of the change that a tick brought back"
on wg set wg0 peer "$(key)" allowed-ips 10.66.0.77/32
echo "$NONCE" | gives 78 "not confirmed: .*peer" wgctl confirm wg0 $NEXT
gives 0 status=armed wgctl apply wg0 $NEXT 300 </mnt/doc2
# a port that somebody took meanwhile holds a roll-back up, but not that of the policy
on sh -c 'PATH=$PATH:/usr/bin setsid perl -MIO::Socket::INET -e "\$s = IO::Socket::INET->new(Proto => \"udp\", LocalPort => 51820) or die; sleep 60" >/dev/null 2>&1 </dev/null & echo $! >/run/theirs; sleep 0.5'
wgctl rollback wg0 >/mnt/said 2>&1 && stop "rolled back to a port that is taken"
is 0 "$(policy)" "rules of the change, after a roll-back that did not get through"
on nft delete table inet wirewright_wg0
tries=0 # the watcher may be at work
until wgctl tick; on nft list tables | grep -q 'inet wirewright_wg0$'; do tries=$((tries + 1)); [ $tries -lt 20 ] || stop "no policy while the roll-back does not get through"; sleep 0.5; done
on sh -c "kill \$(cat /run/theirs); rm /run/theirs"
tries=0
until [ ! -e $home/txn ]; do wgctl tick || :; tries=$((tries + 1)); [ $tries -lt 40 ] || stop "the roll-back does not get through: $(journal)"; sleep 0.5; done
undone "a roll-back that was held up"

# a roll-back that fails once is tried again by the watcher, where nobody calls the tick
if [ "$shell" != ash ]; then
  shim wg <<'S'
[ ! -e /mnt/hang ] || exec sleep 100
exec /usr/bin/wg "$@"
S
  gives 0 status=armed shimmed apply wg0 $NEXT 2 </mnt/doc2
  : >/mnt/hang
  failures=$(grep -c "tick tries again" /etc/wirewright/journal)
  tries=0
  until [ "$(grep -c "tick tries again" /etc/wirewright/journal)" -gt "$failures" ]; do tries=$((tries + 1)); [ $tries -lt 60 ] || stop "no roll-back: $(journal)"; sleep 1; done
  rm /mnt/hang
  tries=0
  while [ -e $home/txn ]; do tries=$((tries + 1)); [ $tries -lt 90 ] || stop "the watcher has given up: $(journal)"; sleep 1; done
  undone "a roll-back at the second try"
fi

# `current` and txn are both lost: what was confirmed says so itself
gives 0 status=armed wgctl apply wg0 $NEXT 300 </mnt/doc2
: >$home/txn; rm $home/current
check wgctl tick
undone "a lost current, and half a txn"
is "$FIRST" "$(cat $home/current)" "current"
: >$home/current
gives 0 status=ready wgctl check wg0 $NEXT 300 </mnt/doc2
gives 0 status=armed wgctl apply wg0 $NEXT 300 </mnt/doc2
gives 0 status=rolled-back wgctl rollback wg0
# its generation is lost: no change begins that could not be undone
: >$home/gen/$FIRST/document
gives 71 "nothing to roll back to" wgctl apply wg0 $NEXT 300 </mnt/doc2
check test ! -e $home/txn
gives 0 status= wgctl apply wg0 $FIRST 0 </mnt/doc
undone "a generation that was lost"

# stderr that is closed, where no watcher helps, and somebody who is called as a helper that was killed
gives 0 status=armed wgctl apply wg0 $NEXT 300 </mnt/doc2
on sh -c 'sed "s/^\(armed [^ ]* [^ ]*\) [0-9]*/\1 1/" /etc/wirewright/wg0/txn >/run/txn && kill -9 "$(cut -d . -f 1 /run/wirewright/wg0/armed)"; cp /run/txn /etc/wirewright/wg0/txn; rm /run/txn; exec /etc/wirewright/wgctl tick 2>&-'
undone "a tick without stderr"
on mkdir /run/wirewright-work.999999.1
on /usr/bin/setpriv --reuid=65534 --regid=65534 --clear-groups env WGCTL_ID=999999.1 sleep 20 &
sleep 0.5
check wgctl tick
check on test ! -e /run/wirewright-work.999999.1

# the way in, as a socket of both families writes it
on wg set wg0 peer "$(key)" allowed-ips 10.66.0.78/32
gives 79 "logged in through wg0 itself" on env SSH_CONNECTION="::ffff:10.66.0.78 4000 ::ffff:10.66.0.1 22" /etc/wirewright/wgctl apply wg0 $NEXT 60 </mnt/doc2
gives 0 status= wgctl apply wg0 $FIRST 0 </mnt/doc

# a broadcast address inside the network is another address; the last one of the network is what it is anyway
on /usr/sbin/ip address del 10.66.0.1/24 dev wg0
on /usr/sbin/ip address add 10.66.0.1/24 broadcast 10.66.0.2 dev wg0
probe wg0 | grep -qx "address 10.66.0.1/24 broadcast 10.66.0.2" || stop "a broadcast address inside is not told: $(probe wg0 | grep ^address)"
gives 0 status= wgctl apply wg0 $FIRST 0 </mnt/doc
on /usr/sbin/ip address del 10.66.0.1/24 dev wg0
on /usr/sbin/ip address add 10.66.0.1/24 broadcast 10.66.0.255 dev wg0
probe wg0 | grep -qx "address 10.66.0.1/24" || stop "the usual broadcast address is told: $(probe wg0 | grep ^address)"
gives 0 status= wgctl apply wg0 $FIRST 0 </mnt/doc

# a link that leads to the socket of another daemon
NAME=wg1 PORT=51830 ADDRESSES=10.67.0.1/24 ROUTES='' PRIVATE=$(wg genkey); document /mnt/doc1
gives 0 status=applied wgctl apply wg1 $REVISION 0 </mnt/doc1
theirs=$(on wg show wg1 public-key)
on sh -c 'cd /run/wireguard && mv wg0.sock kept && ln -s wg1.sock wg0.sock'
gives 0 status= wgctl apply wg0 $FIRST 0 </mnt/doc
is "$theirs" "$(on wg show wg1 public-key)" "the key of another interface"
check on test ! -L /run/wireguard/wg0.sock
on rm -f /run/wireguard/kept
# a removal gives back what only a change that still waited had taken
ROUTES=192.168.50.0/24; document /mnt/doc1
gives 0 status=armed wgctl apply wg1 $REVISION 300 </mnt/doc1
gives 0 status=removed wgctl remove wg1 </mnt/doc1
is "192.168.50.0/24 dev wg0" "$(on /usr/sbin/ip route show 192.168.50.0/24 | cut -d ' ' -f 1-3)" "a site that a removed change had taken"

# a /run that lives through a restart says nothing of this one
defaults "${1:-wireguard-go}"; PORT=51999 EXTRA="udp dport 53 accept"
gives 0 status=armed wgctl apply wg0 $NEXT 300 </mnt/doc2
cp -a "/proc/$INIT/root/run/wirewright" /mnt/kept
device_reboot
cp -a /mnt/kept "/proc/$INIT/root/run/wirewright"
# and a route of others that came before ours is told where it gives way
on /usr/sbin/ip route add 192.168.50.0/24 via 192.168.1.77 dev eth0 proto static
check wgctl tick
is "$FIRST" "$(cat $home/current)" "what is up after a restart"
check on wg show wg0 listen-port
check test ! -e $home/txn
grep -q "a route of others gives way: 192.168.50.0/24 via 192.168.1.77" /etc/wirewright/journal || stop "a route of others is replaced without a word: $(journal)"
# at a start one is missed: the tick that catches up leaves what a hand did to another since
mkdir -p /etc/wirewright/wg1/gen
on sh -c 'rm -f /run/wirewright/booted; sleep 60 & read -r stat </proc/$!/stat; stat=${stat##*) }; set -- $! $stat; mkdir -p /run/wirewright/lock/wg1; : >/run/wirewright/lock/wg1/$1.${21}; echo $1' >/mnt/holder
check wgctl boot
on /usr/sbin/ip address add 10.99.0.1/32 dev wg0
on kill "$(cat /mnt/holder)"
check wgctl tick
on /usr/sbin/ip -o address show dev wg0 | grep -q 10.99.0.1 || stop "a tick mended what a person has to see first"
rm -r /etc/wirewright/wg1
check on test -s /run/wirewright/booted
echo "again: done"
