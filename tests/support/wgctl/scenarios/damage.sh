# What a bad disk, a hand or a tool does to the helper's own records and scratch files: never "delete all", never a lock-out,
# never an act on half an answer.
. "$here/shims.sh"
shims_make
wgctl install >/dev/null
implementation=${1:-wireguard-go}
defaults "$implementation"
document /mnt/doc
wgctl apply wg0 $REVISION 0 </mnt/doc >/dev/null
first=$REVISION firstnonce=$NONCE home=/etc/wirewright/wg0 before=$(fingerprint)
ticks() { # until nothing is pending: the last tools of one that was killed may still hold its lock
  tries=0
  until wgctl tick && [ ! -e $home/txn ]; do
    tries=$((tries + 1))
    [ $tries -lt 40 ] || stop "still pending: $(cat $home/txn; tail -n 3 /etc/wirewright/journal)"
    sleep 0.2
  done
}
as_before() { # WHEN
  echo "$1" >/mnt/about
  settled
  [ "$(fingerprint)" = "$before" ] || { echo "$before" >/mnt/a; fingerprint | diff -a /mnt/a - || :; stop "not as before: $1"; }
  is "$first" "$(cat $home/current)" "current, $1"
}
daemon() { on sh -c 'pidof wireguard-go boringtun-cli'; }
peer 9 psk; EXTRA="udp dport 53 accept"; document /mnt/doc2
next=$REVISION

# records
arm() { gives 0 status=armed wgctl apply wg0 $next 300 </mnt/doc2; }
arm; : >$home/current
gives 0 "status=rolled-back revision=$first" wgctl rollback wg0
as_before "an empty current"
arm; echo 0123456789abcdef >$home/current
check wgctl tick
gives 0 "status=rolled-back revision=$first" wgctl rollback wg0
as_before "a current that names nothing"
for text in "" "armed" "armed ../../x - 99999999 -" "$(head -c 40 /dev/urandom | base64)" "armed $next $first 1000000000000 -"; do
  arm; printf '%s' "$text" >$home/txn
  ticks
  as_before "a damaged txn: $text"
done
# lost before the change begins: the generation says itself that it was confirmed
for lose in "rm $home/current" "echo >$home/current" "echo 0123456789abcdef >$home/current"; do
  eval "$lose"; arm
  gives 0 "status=rolled-back revision=$first" wgctl rollback wg0
  as_before "a change after $lose"
  eval "$lose"; device_reboot; check wgctl boot
  is "$first" "$(cat $home/current)" "current, at a start after $lose"
done
before=$(fingerprint) # after a start
# ... and none that never was
NAME=wg5 PORT=51825 ADDRESSES=10.65.0.1/24 ROUTES= FORWARD=; document /mnt/doc5
gives 0 status=armed wgctl apply wg5 $REVISION 300 </mnt/doc5
mkdir /mnt/never && cp -a /etc/wirewright/wg5/gen /mnt/never/
gives 0 status=rolled-back wgctl rollback wg5
mkdir -p /etc/wirewright/wg5 && cp -a /mnt/never/gen /etc/wirewright/wg5/
check wgctl boot
check test ! -e /proc/$INIT/root/sys/class/net/wg5
rm -r /etc/wirewright/wg5
as_before "a change that was never confirmed"
NAME=wg0; defaults "$implementation"
check test "$(find $home/gen -mindepth 1 -maxdepth 1 | wc -l)" = 1 # what was undone does not stay, with its keys
arm; sed -i 's/ [0-9]* \(-\|[0-9.]* [0-9]*\)$/ 999999 \1/' $home/txn
probe | grep -q "^pending $next 0 " || stop "a deadline of before a restart: $(probe | grep ^pending)"
gives 0 status=rolled-back wgctl rollback wg0
echo x >$home/generation
gives 0 status=applied wgctl apply wg0 00000000000000aa 0 </mnt/doc2
gives 0 status=applied wgctl apply wg0 $first 0 </mnt/doc
echo 5 >$home/generation

# the document that a roll-back would return to
cp $home/gen/$first/document /mnt/kept
sed -i 's/^port .*/port 51999/' $home/gen/$first/document
gives 71 "was altered, so there is nothing to roll back to" wgctl apply wg0 $next 300 </mnt/doc2
check test ! -e $home/txn
gives 0 status=applied wgctl apply wg0 00000000000000ab 300 </mnt/doc # once what was confirmed before
gives 0 status=applied wgctl apply wg0 $first 0 </mnt/doc
as_before "an altered document"

# two persons who looked at the same state
generation=$(cat $home/generation)
gives 75 "changed since you looked (it is at generation $generation, not 99999)" wgctl apply wg0 00000000000000ac.99999 300 </mnt/doc2
gives 0 status=armed wgctl apply wg0 "00000000000000ac.$generation" 300 </mnt/doc2
gives 0 status=armed wgctl apply wg0 "00000000000000ac.$generation" 300 </mnt/doc2 # the same person again
gives 0 status=rolled-back wgctl rollback wg0
as_before "two persons"

# a tool that fails says nothing about the daemon
shim() { { echo '#!/bin/sh'; cat; } >"/mnt/shim/bin/$1"; chmod 0755 "/mnt/shim/bin/$1"; }
if [ "$(readlink -f /bin/sh)" != "$(readlink -f "$(command -v busybox)")" ]; then
  pid=$(daemon)
  shim wg <<'S'
case $* in *dump) [ -e /mnt/failed ] || { : >/mnt/failed; exit 1; } ;; esac
exec /usr/bin/wg "$@"
S
  gives 0 status= shimmed apply wg0 00000000000000ad 0 </mnt/doc
  shim wg <<'S'
case $* in *dump) echo "Unable to access interface: Permission denied" >&2; exit 1 ;; esac
exec /usr/bin/wg "$@"
S
  gives 71 "wg show wg0 dump failed: Unable" shimmed apply wg0 00000000000000ae 0 </mnt/doc2
  gives 71 "wg show wg0 dump failed: Unable" shimmed probe $SALT
  is "$pid" "$(daemon)" "the daemon after wg failed"
  shims_make
  gives 0 status=applied wgctl apply wg0 $first 0 </mnt/doc
fi

# zeroes after a power cut, or another digest: what is live is still right, and the same document heals it
for how in "s/^digest .*/digest $(printf '%064d' 0)/" '1,$d'; do
  sed -i "$how" $home/gen/$first/document
  [ -s $home/gen/$first/document ] || head -c 3000 /dev/zero >$home/gen/$first/document
  gives 0 status=applied wgctl apply wg0 00000000000000ae 300 </mnt/doc
  gives 0 status=applied wgctl apply wg0 $first 0 </mnt/doc
  as_before "a document that became: $how"
done

# scratch that can't be written, of which busybox's awk says nothing: /run is full at every point of an apply
cp $PEERS /mnt/few && cp /mnt/doc2 /mnt/doc2.few
head -c 200000 /dev/urandom | base64 -w 0 | fold -w 84 | head -n 1500 | awk 'length($0) == 84 { n++; print substr($0, 1, 42) "A= - 0 10.70." int(n / 256) "." n % 256 "/32" }' >>$PEERS
sort -o $PEERS $PEERS; document /mnt/many
many=$REVISION manynonce=$NONCE
gives 0 status=applied wgctl apply wg0 $many 0 </mnt/many
sed 7d $PEERS >/mnt/p; { cat /mnt/p; echo "$(key) - 0 10.71.0.1/32"; } | sort >$PEERS; document /mnt/other
full=0
kept=$((5 * $(cat /mnt/many /mnt/other | wc -c) / 1024 + 256)) # that a change keeps for its roll-back
for room in 150 250 300 350 400 450 500 550 600 650 700 800 900 1000 $((kept + 250)) $((kept + 350)) $((kept + 450)) $((kept + 550)) $((kept + 650)) $((kept + 750)) $((kept + 900)) $((kept + 1100)); do
  used=$(on sh -c 'du -sk /run' | cut -f 1)
  on /usr/bin/mount -n -o remount,size=$((used + room))k /run
  code=0
  wgctl apply wg0 $REVISION 300 </mnt/other >/mnt/said 2>&1 || code=$?
  on /usr/bin/mount -n -o remount,size=50% /run
  [ $code -ne 73 ] || full=$((full + 1))
  case $code in 0 | 71 | 73 | 78) ;; *) stop "exit $code with $room kB of room: $(cat /mnt/said)" ;; esac
  count=$(on wg show wg0 peers | wc -l)
  if [ $code -eq 0 ]; then
    is "$(wc -l <$PEERS)" "$count" "peers with $room kB of room, although: $(cat /mnt/said)"
    gives 0 status=rolled-back wgctl rollback wg0
  fi
  ticks
  is "$(sed -n 's/^peer \([^ ]*\) .*/\1/p' /mnt/many | sort)" "$(on wg show wg0 peers | sort)" "peers after $room kB of room"
done
[ $full -ge 3 ] || stop "no scratch file was too large"
echo "damage: /run was full in $full of 22 applies, and no peer was lost"
cp /mnt/few $PEERS
gives 0 status=applied wgctl apply wg0 $first 0 </mnt/doc
as_before "a full /run"

# a link without mark
on sh -c 'echo >/sys/class/net/wg0/ifalias'
gives 79 "not ours" wgctl remove wg0 </mnt/doc
on nft list table inet wirewright_wg0 >/dev/null || stop "the policy went before the link"
on sh -c "echo wirewright:$OWNER >/sys/class/net/wg0/ifalias"
as_before "a mark that was cleared"
on sh -c 'kill -KILL $(pidof wireguard-go boringtun-cli); sleep 0.5; rm -f /run/wireguard/wg0.sock'
echo "$implementation" >/proc/$INIT/root/run/wirewright/wg0/making # left by a daemon that did not start
on /usr/sbin/ip link add wg0 type ifb
index=$(on cat /sys/class/net/wg0/ifindex)
wgctl boot && wgctl tick
is "$index" "$(on cat /sys/class/net/wg0/ifindex)" "a link of somebody else's"
gives 79 "not ours" wgctl apply wg0 00000000000000b0 0 </mnt/doc
gives 79 "not ours" wgctl remove wg0 </mnt/doc
on /usr/sbin/ip link del wg0
gives 0 status=applied wgctl apply wg0 $first 0 </mnt/doc

# gc waits for the lock, and somebody adopts the link meanwhile
mv $home /mnt/lost
on sh -c 'sleep 60 & p=$!; s=$(sed "s/.*) //" /proc/$p/stat | cut -d " " -f 20); mkdir -p /run/wirewright/lock/wg0; echo $p.$s; : >/run/wirewright/lock/wg0/$p.$s' >/mnt/holder
wgctl gc $OWNER >/mnt/gc 2>&1 &
sleep 1
mv /mnt/lost $home
on kill "$(cut -d . -f 1 /mnt/holder)"
wait $!
check grep -q things=0 /mnt/gc
as_before "gc beside an adoption"

# killed while the old values of sysctls were put back, between two of them
gives 0 status= wgctl apply wg0 $first 0 </mnt/doc
rmdir_users() { rm -rf "/proc/$INIT/root/run/wirewright/ledger/$1/users"; }
rmdir_users 6.all; rmdir_users 4.eth0; : >"/proc/$INIT/root/run/wirewright/ledger/6.all/restore"
on sh -c 'echo 0 >/proc/sys/net/ipv6/conf/all/forwarding'
gives 0 status=applied wgctl apply wg0 00000000000000b3 0 </mnt/doc
gives 0 status=applied wgctl apply wg0 $first 0 </mnt/doc
as_before "a ledger entry that is half gone"
# router advertisements go on although forwarding makes the kernel ignore them
is 2 "$(on cat /proc/sys/net/ipv6/conf/eth0/accept_ra)" "accept_ra of a way in"

# something else where the socket belongs: told before anything is begun
NAME=wg7 PORT=52007 ADDRESSES=10.97.0.1/24 ROUTES=; document /mnt/doc7
on mkdir /run/wireguard/wg7.sock
gives 79 "wg7.sock is there and no socket" wgctl apply wg7 $REVISION 0 </mnt/doc7
on rmdir /run/wireguard/wg7.sock
# names that are files of ours; a daemon of another network namespace under our name
for name in lock others booted journal; do gives 64 "interface name" wgctl apply $name 00000000000000b1 0 </mnt/doc; done
on unshare --net sh -c 'wireguard-go wg7 </dev/null >/dev/null 2>&1; for p in $(pidof wireguard-go); do [ "$(readlink /proc/$p/ns/net)" != "$(readlink /proc/self/ns/net)" ] || echo $p >/run/theirs; done; while :; do sleep 1000; done' &
tries=0
until on test -S /run/wireguard/wg7.sock; do tries=$((tries + 1)); [ $tries -lt 50 ] || stop "no daemon beside"; sleep 0.1; done
NAME=wg7 PORT=51827 ADDRESSES=10.87.0.1/24 ROUTES= IMPLEMENTATION=$implementation; document /mnt/doc7
gives 79 "another network namespace, or another program" wgctl apply wg7 $REVISION 0 </mnt/doc7
check on test -S /run/wireguard/wg7.sock
on sh -c 'kill $(cat /run/theirs)'

# who came in through an interface whose record is lost: nothing is there to roll back to
gives 0 status= wgctl apply wg0 $first 0 </mnt/doc
on wg set wg0 peer "$(key)" allowed-ips 10.66.0.77/32
mv /etc/wirewright/wg0 /mnt/lost
gives 79 "nothing is confirmed" on env SSH_CONNECTION="10.66.0.77 4000 10.66.0.1 22" /etc/wirewright/wgctl apply wg0 00000000000000b2 300 </mnt/doc
mv /mnt/lost /etc/wirewright/wg0
# who came in through the interface, also by sudo, which clears the environment
gives 0 status= wgctl apply wg0 $first 0 </mnt/doc
on wg set wg0 peer "$(key)" allowed-ips 10.66.0.77/32
gives 79 "logged in through wg0" on env SSH_CONNECTION="10.66.0.77 4000 10.66.0.1 22" /etc/wirewright/wgctl apply wg0 00000000000000b2 60 </mnt/doc
gives 79 "logged in through wg0" on env SSH_CONNECTION="10.66.0.77 4000 10.66.0.1 22" /etc/wirewright/wgctl apply wg0 00000000000000b2 0 </mnt/doc
gives 79 "logged in through wg0" on env SSH_CONNECTION="10.66.0.77 4000 10.66.0.1 22" sh -c 'env -i PATH="$PATH" /etc/wirewright/wgctl apply wg0 00000000000000b2 60; exit $?' </mnt/doc
gives 0 status= on env SSH_CONNECTION="fe80::1%eth0 4000 fe80::2%eth0 22" /etc/wirewright/wgctl apply wg0 $first 60 </mnt/doc

# a pipe where the journal belongs, on whose reader a writer would wait, and a directory where a record does
rm /etc/wirewright/journal; mkfifo /etc/wirewright/journal
gives 0 status= timeout 60 nsenter -t "$INIT" -n -m -p -- /etc/wirewright/wgctl apply wg0 00000000000000b4 0 </mnt/doc
grep -q confirmed /etc/wirewright/journal || stop "no journal in the place of a pipe"
mv $home/current /mnt/current; mkdir $home/current
gives 79 "current is a directory where a file of ours belongs; remove it" wgctl apply wg0 $next 0 </mnt/doc2
is "" "$(ls -A $home/current)" "what was put into a directory in the place of a record"
rmdir $home/current; mv /mnt/current $home/current
gives 0 status= wgctl apply wg0 $first 0 </mnt/doc

# documents that can't be read: another owner's removal takes nothing along; forwarding does not stay on after gc
: >$home/gen/$first/document
theirs=$OWNER OWNER=ffffffffffffffffffffffffffffffff NAME=wg0; document /mnt/theirs; OWNER=$theirs
gives 0 status=kept wgctl remove wg0 </mnt/theirs
check test -d $home
rm -r $home
on sh -c 'kill -KILL $(pidof wireguard-go boringtun-cli); sleep 0.5; rm -f /run/wireguard/wg0.sock'
gives 0 things=1 wgctl gc $OWNER # its policy
is "0 0" "$(on cat /proc/sys/net/ipv4/conf/eth0/forwarding) $(on cat /proc/sys/net/ipv6/conf/all/forwarding)" "forwarding after gc"
gives 0 status=uninstalled wgctl uninstall
echo "damage: done"
