# A change waits for its confirmation over another connection, and is undone when none comes.
foreign
wgctl install >/dev/null
defaults "${1:-wireguard-go}"
document /mnt/doc
from() { # CLIENT-PORT VERB...: as over an SSH connection
  client=$1
  shift
  on env SSH_CONNECTION="192.168.1.100 $client 192.168.1.2 22" /etc/wirewright/wgctl "$@"
}
journal() { tail -n 3 /etc/wirewright/journal; }
empty=$(fingerprint)
as_before() { # WHEN
  settled
  [ "$(fingerprint)" = "$first" ] || { echo "$first" >/mnt/a; fingerprint | diff -a /mnt/a - || :; stop "not as before: $1"; }
}
restore() { # the variables that the first document was made of
  PRIVATE=$(sed -n 's/^private-key //p' /mnt/doc) PORT=51820 MTU=1420 ADDRESSES="10.66.0.1/24 fd00:66::1/64" ROUTES="192.168.50.0/24 fd00:50::/64"
  FORWARD="4 6" EXTRA=
  sed -n 's/^peer //p' /mnt/doc >$PEERS
}

# the first apply, not confirmed: nothing stays but the generation
gives 0 "status=armed.*seconds=4" from 1001 apply wg0 $REVISION 4 </mnt/doc
probe | grep -q "^pending $REVISION [0-4] [0-9a-f]\{64\}$" || stop "pending is not told"
settled
[ "$(fingerprint)" = "$empty" ] || { echo "$empty" >/mnt/a; fingerprint | diff -a /mnt/a - || :; stop "the first apply was not undone"; }
probe | grep -q "^record 2 - - - -$" || stop "the generation after a rollback: $(probe | grep ^record)"
gives 81 "rolled back to -: was not confirmed in time" from 1002 confirm wg0 $REVISION <<NONCE
$NONCE
NONCE

# armed, then confirmed
gives 0 status=armed from 1003 apply wg0 $REVISION 60 </mnt/doc
gives 80 "nonce" from 1004 confirm wg0 $REVISION </dev/null
gives 80 "nonce" from 1004 confirm wg0 $REVISION <<NONCE
00000000000000000000000000000000
NONCE
gives 80 "does not wait" from 1004 confirm wg0 0000000000000000 <<NONCE
$NONCE
NONCE
gives 82 "this is the connection" from 1003 confirm wg0 $REVISION <<NONCE
$NONCE
NONCE
gives 76 "waits for its confirmation" from 1005 apply wg0 0000000000000001 60 </mnt/doc
gives 0 "status=armed" from 1003 apply wg0 $REVISION 60 </mnt/doc
echo "$NONCE" >/mnt/nonce
gives 0 "status=confirmed revision=$REVISION" from 1006 confirm wg0 $REVISION </mnt/nonce
gives 0 "status=confirmed revision=$REVISION" from 1006 confirm wg0 $REVISION </mnt/nonce
settled
old=$REVISION

# everything changes at once, and time runs out: all of it comes back, learned endpoints included
on wg show wg0 peers | head -n 1 >/mnt/roamed
[ "$IMPLEMENTATION" = boringtun ] || on wg set wg0 peer "$(cat /mnt/roamed)" endpoint 192.168.1.77:7777
first=$(fingerprint)
sed -i "\|$(cat /mnt/roamed)|d" $PEERS
peer 8 psk 9
PRIVATE=$(wg genkey) PORT=51999 MTU=1400 ADDRESSES="10.66.0.3/24" ROUTES=192.168.77.0/24 FORWARD=4 EXTRA="udp dport 53 accept"
document /mnt/doc2
# who came in through the interface itself needs another way in, or a longer window
gives 79 "you are logged in through wg0" on env SSH_CONNECTION="10.66.0.2 4000 10.66.0.1 22" /etc/wirewright/wgctl apply wg0 "$REVISION" 60 </mnt/doc2
gives 79 "would end with it" on env SSH_CONNECTION="10.66.0.2 4000 10.66.0.1 22" /etc/wirewright/wgctl remove wg0 </mnt/doc2
as_before "refused, for the way in"
gives 0 status=armed from 1007 apply wg0 $REVISION 6 </mnt/doc2
[ "$(fingerprint)" != "$first" ] || stop "nothing was applied"
on wg show wg0 peers | grep -qF "$(cat /mnt/roamed)" && stop "the peer was not removed"
settled
as_before "time ran out"
gives 81 "not confirmed in time" from 1008 confirm wg0 $REVISION </mnt/nonce
probe | grep -q "^record [0-9]* $old " || stop "the confirmed revision is not the old one"

# the wall clock stands at 1970, then ten years ahead: the window goes by the seconds since boot
mkdir -p /mnt/fake
cat >/mnt/fake/date <<'S'
#!/bin/sh
[ -e /mnt/later ] && set -- -d @2100000000 "$@" || set -- -d @60 "$@"
exec /usr/bin/date "$@"
S
chmod 0755 /mnt/fake/date
rm -f /mnt/later
gives 0 status=armed on env PATH="/mnt/fake:$PATH" SSH_CONNECTION="192.168.1.100 1020 192.168.1.2 22" /etc/wirewright/wgctl apply wg0 $REVISION 4 </mnt/doc2
: >/mnt/later
sleep 1
probe | grep -q "^pending $REVISION [1-4] " || stop "a clock that jumped ended the window: $(journal)"
settled
as_before "a clock that jumps"
# the watcher dies and tick does its work; a hand rolls back
gives 0 status=armed from 1009 apply wg0 $REVISION 2 </mnt/doc2
read -r watcher </proc/$INIT/root/run/wirewright/wg0/armed
on kill -KILL "${watcher%%.*}"
sleep 3
[ "$(fingerprint)" != "$first" ] || stop "rolled back although the watcher was dead"
check wgctl tick
as_before "tick did not roll back"
gives 0 status=armed from 1010 apply wg0 $REVISION 60 </mnt/doc2
check wgctl tick
probe | grep -q "^pending $REVISION " || stop "tick rolled back too early"
gives 0 status=rolled-back wgctl rollback wg0
settled
as_before "rollback by hand"
gives 81 "asked for by hand" from 1011 confirm wg0 $REVISION </mnt/nonce
gives 0 "nothing is pending" wgctl rollback wg0

# the person who is logged in would lose the way: undone at once
NAME=wg0 ADDRESSES="10.66.0.1/24" ROUTES=192.168.9.0/24
document /mnt/doc3
gives 78 "the way back to 192.168.9.9 would change" on env SSH_CONNECTION="192.168.9.9 1012 192.168.1.2 22" /etc/wirewright/wgctl apply wg0 $REVISION 60 </mnt/doc3
as_before "after the refused way"

# a change that can't cut anybody off does not wait; a repair neither
restore
peer 50 psk; document /mnt/doc4
gives 0 "status=applied.*1 added, 0 changed, 0 gone, 2 other" from 1013 apply wg0 $REVISION 60 </mnt/doc4
gives 0 status=confirmed from 1014 confirm wg0 $REVISION </mnt/nonce
EXTRA="udp dport 99 accept"; peer 51; document /mnt/doc5
gives 0 status=armed from 1015 apply wg0 $REVISION 60 </mnt/doc5
echo "$NONCE" | gives 0 status=confirmed from 1016 confirm wg0 $REVISION
for ports in "99 98" "98 99"; do # nor does an order of rules that has changed go unseen
  EXTRA="udp dport ${ports% *} accept
    udp dport ${ports#* } accept"; document /mnt/doc5
  gives 0 status=armed from 1017 apply wg0 $REVISION 60 </mnt/doc5
  echo "$NONCE" | gives 0 status=confirmed from 1016 confirm wg0 $REVISION
done
# over the tunnel itself, what a hand made of the policy may be what lets one in: its repair waits, too
inside() { on env SSH_CONNECTION="10.66.0.2 4000 10.66.0.1 22" /etc/wirewright/wgctl "$@"; }
on nft insert rule inet wirewright_wg0 input iifname wg0 tcp dport 22 accept
gives 79 "you are logged in through wg0 itself" inside apply wg0 00000000000000c1 60 </mnt/doc5
gives 0 status=armed inside apply wg0 00000000000000c1 180 </mnt/doc5
gives 0 status=rolled-back wgctl rollback wg0
on nft insert rule inet wirewright_wg0 input iifname wg0 tcp dport 22 accept
peer 52; document /mnt/doc5
gives 0 status=armed inside apply wg0 $REVISION 180 </mnt/doc5
echo "$NONCE" | gives 0 status=confirmed from 1018 confirm wg0 $REVISION
peer 53; document /mnt/doc5
gives 0 status=applied inside apply wg0 $REVISION 180 </mnt/doc5
# neighbours that become one network of the same verdict cut nobody off; one that is narrower or leads elsewhere may
judged() { # STATUS ELEMENTS: with a peer more
  JUDGED=$2 && at=$((at + 2)) && peer $at && document /mnt/doc5
  gives 0 "status=$1" from 10$at apply wg0 $REVISION 60 </mnt/doc5
  echo "$NONCE" | gives 0 status=confirmed from 11$at confirm wg0 $REVISION
}
at=60
judged armed "10.66.0.8/31=some 10.66.0.10=some 10.66.0.11=others fd00:66::8/126=some fd00:66::c=some"
judged applied "10.66.0.8/31=some 10.66.0.10=some 10.66.0.11=others fd00:66::8/125=some fd00:66:1::/64=some 10.66.0.64/26=others"
judged armed "10.66.0.8/31=some 10.66.0.10/31=some fd00:66::8/125=some fd00:66:1::/64=some 10.66.0.64/26=others"
judged armed "10.66.0.8/32=some 10.66.0.10/31=some fd00:66::8/125=some fd00:66:1::/64=some 10.66.0.64/26=others"
judged armed "10.66.0.8/32=some 10.66.0.10/31=some fd00:66::8/125=some fd00:66:1::/65=some 10.66.0.64/26=others"
judged armed "10.66.0.8/32=some 10.66.0.10/31=some fd00:66::8/125=some fd00:66:1::/65=some 10.66.0.64/26=some"
judged applied "10.66.0.8/30=some fd00:66::/64=some fd00:66:1::/64=some 10.66.0.64/26=some"
on ip link set wg0 mtu 1300
gives 0 status=applied from 1017 apply wg0 00000000000000ff 60 </mnt/doc5

# the connection goes away in the middle: it goes on and waits; a pty that hangs up kills neither worker nor watcher
sed -i '1d' $PEERS; peer 60; document /mnt/doc6
cp $PEERS /mnt/peers6
on /usr/bin/script -qfc "/etc/wirewright/wgctl apply wg0 $REVISION 10 </mnt/doc6; exit" /dev/null >/dev/null 2>&1 </dev/null || :
probe | grep -q "^pending $REVISION " || stop "not armed over a pty: $(journal)"
settled
probe | grep -q "^pending" && stop "the watcher of a pty did not roll back: $(journal)"
echo "confirm: done"
