# What lives beside ours: routes, tables, links and endpoints of others keep neither a probe nor a change from working, and
# lose nothing; what is ours under another name is still ours.
wgctl install >/dev/null
defaults "${1:-wireguard-go}"
document /mnt/doc
on sh -c 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6' # a hardened device: new links get no IPv6
on /usr/sbin/ip route add 192.168.50.0/24 via 192.168.1.10 dev eth0
on /usr/sbin/ip route add 192.168.50.0/24 via 192.168.1.10 dev eth0 metric 5
before=$(fingerprint)
gives 79 "there is a route to 192.168.50.0/24 by eth0 already" wgctl apply wg0 $REVISION 0 </mnt/doc
keep=$ROUTES own=$ADDRESSES
for ROUTES in 192.168.1.128/25 192.168.1.0/24 192.168.1.99/32 fd00:1::/112 fd00:1::/64; do
  document /mnt/doc1
  gives 79 "$ROUTES lies in .*, a network that this device itself is in by eth0" wgctl apply wg0 $REVISION 0 </mnt/doc1
done
ROUTES=$keep
for one in 192.168.1.65/26 fd00:1::5/120; do
  ADDRESSES="$own $one"; document /mnt/doc1
  gives 79 "$one lies in .*, a network that this device itself is in by eth0" wgctl apply wg0 $REVISION 0 </mnt/doc1
done
ADDRESSES=$own
[ "$(fingerprint)" = "$before" ] || stop "a refused change changed something"
on /usr/sbin/ip route del 192.168.50.0/24 via 192.168.1.10 dev eth0 metric 0
for kind in blackhole unreachable prohibit throw; do
  for net in 192.168.50.0/24 fd00:50::/64; do
    case $net in *:*) family=-6 ;; *) family=-4 ;; esac
    on /usr/sbin/ip $family route add $kind $net
    gives 79 "there is a route to $net.* already" wgctl apply wg0 $REVISION 0 </mnt/doc
    on /usr/sbin/ip $family route del $kind $net
  done
done
gives 0 status=applied wgctl apply wg0 $REVISION 0 </mnt/doc
check test -n "$(on /usr/sbin/ip route show 192.168.50.0/24 metric 5)"
# later, the place is ours and is taken back
on /usr/sbin/ip route replace 192.168.50.0/24 via 192.168.1.10 dev eth0
gives 0 status=applied wgctl apply wg0 $REVISION 0 </mnt/doc
check test -n "$(on /usr/sbin/ip route show 192.168.50.0/24 dev wg0)"

clean=$(probe | sed '/^\(uptime\|clock\|end\|interface Odd.Name\) /d')
same() { # WHAT
  [ "$(probe | sed '/^\(uptime\|clock\|end\|interface Odd.Name\) /d')" = "$clean" ] || { echo "$clean" >/mnt/a; probe | diff /mnt/a - || :; stop "differs: $1"; }
}
on nft add table inet wirewright_abcdefghijklmnopqrst
on nft add table inet wirewright_-x
same "tables with names like ours"
on nft delete table inet wirewright_abcdefghijklmnopqrst
on nft delete table inet wirewright_-x
on /usr/sbin/ip link add 'Odd+Name' type ifb
on sh -c 'echo wirewright:00112233445566778899aabbccddeeff >/sys/class/net/Odd+Name/ifalias'
same "a link with our mark and an odd name"
on /usr/sbin/ip link del 'Odd+Name'
if [ "$shell" != ash ]; then # busybox can't tell whose a route is
  on /usr/sbin/ip route add 10.51.0.0/16 dev wg0 proto kernel src 10.66.0.1
  same "a route that says it is the kernel's"
  gives 0 status=unchanged wgctl apply wg0 $REVISION 0 </mnt/doc
  on /usr/sbin/ip route add 10.50.0.0/16 dev wg0 proto isis metric 20
  same "a route of a routing daemon through our link"
fi
on nft 'table ip wirewright_wg0 { chain f { type filter hook forward priority -5; policy drop; }; }'
probe | grep -qx "other ip wirewright_wg0 f forward 1" || stop "a table of another family that is called like ours is not told"
on nft delete table ip wirewright_wg0
theirs() { on nft "table inet theirs; delete table inet theirs; table inet theirs { chain c { type filter hook input priority 5; $1; }; chain d { $2; }; }"; }
theirs 'iifname "a" counter drop; jump d' 'udp dport 7 reject comment "x"'
probe | grep -qx "other inet theirs c input 2" || stop "rules of others are not told: $(probe | grep "^other ")"
check wgctl install
[ -z "$(probe | grep "^other ")" ] || stop "rules that were there at the installation are told"
theirs 'iifname "b" counter drop; jump d' 'udp dport 7 reject comment "x"'
probe | grep -qx "other inet theirs c input 1" || stop "a rule of others that drops something else now is not told"
theirs 'iifname "a" counter drop; jump d' 'udp dport 1-65535 reject comment "x"'
probe | grep -qx "other inet theirs c input 1" || stop "a rule behind a jump that drops more now is not told"
theirs 'iifname "a" counter drop; jump d' 'udp dport 8 accept'
[ -z "$(probe | grep "^other ")" ] || stop "fewer rules of others that drop are told"
on nft delete table inet theirs
check wgctl install
mv /etc/wirewright/wg0 /mnt/lost
[ -z "$(probe | grep "^other ")" ] || stop "the table of a link of ours is told as a stranger's when its record is lost"
mv /mnt/lost /etc/wirewright/wg0
for table in wirewright_spare_wg0 wirewright_zz; do
  for way in apply tick; do
    on nft "table inet $table { chain f { type filter hook forward priority -5; policy drop; }; }"
    probe | grep -qx "other inet $table f forward 1" || stop "$table of nobody's is not told"
    case $way in
      apply) for revision in 00000000000000cf $REVISION; do gives 0 status=applied wgctl apply wg0 $revision 0 </mnt/doc; done ;;
      *) check wgctl tick ;;
    esac
    is "$(echo "table inet $table" | grep -v spare)" "$(on nft list tables | grep "$table")" "$table after $way" # as it was, or gone where it is in the place of ours
  done
  on nft delete table inet $table 2>/dev/null || :
done
if [ "$IMPLEMENTATION" = wireguard-go ]; then
  on /usr/sbin/ip link add br_Lan type ifb
  on sh -c 'echo 0 >/proc/sys/net/ipv6/conf/br_Lan/disable_ipv6; ip link set br_Lan up'
  one=$(sed -n 1p $PEERS | cut -d ' ' -f 1)
  on wg set wg0 peer "$one" endpoint '[fe80::5%br_Lan]:4444'
  probe | grep -q "^peer $one [^ ]* [0-9]* \[fe80::5%br_Lan\]:4444" || stop "a link-local endpoint is not told: $(probe | grep peer)"
  gives 0 status=unchanged wgctl apply wg0 $REVISION 0 </mnt/doc
  on wg set wg0 peer "$one" remove
  on /usr/sbin/ip link del br_Lan
  gives 0 status=applied wgctl apply wg0 $REVISION 0 </mnt/doc
fi

# our name as the second name of somebody else's link, to which the tools of a daemon would go
on sh -c 'kill -KILL $(pidof wireguard-go boringtun-cli); sleep 0.5; rm -f /run/wireguard/wg0.sock'
on /usr/sbin/ip link property add dev eth0 altname wg0
generation=$(cat /etc/wirewright/wg0/generation)
gives 79 "wg0 is another name of the link eth0; take it away" wgctl apply wg0 00000000000000d9 0 </mnt/doc
is "$generation" "$(cat /etc/wirewright/wg0/generation)" "the generation after a name that was not free"
on /usr/sbin/ip link property del dev eth0 altname wg0
gives 0 status=applied wgctl apply wg0 $REVISION 0 </mnt/doc

# Pulumi makes the new interface before it removes the old one
NAME=wg1 ADDRESSES=10.77.0.1/24 ROUTES=
cp $PEERS /mnt/kept
: >$PEERS
document /mnt/doc1
gives 79 "port 51820 is still that of wg0, which is ours as well" wgctl apply wg1 $REVISION 0 </mnt/doc1
# names that are equal as numbers
(
  defaults "${1:-wireguard-go}"
  for one in 1:52101:10.71.0 01:52102:10.72.0 0x1:52103:10.73.0; do
    NAME=${one%%:*} net=${one##*:} port=${one%:*}
    PORT=${port#*:} ADDRESSES="$net.1/24" ROUTES='' PRIVATE=$(wg genkey); document /mnt/numeric
    gives 0 status=applied wgctl apply "$NAME" $REVISION 0 </mnt/numeric
    is "address $net.1/24" "$(probe | awk -v name="interface $NAME" '$0 == name { on = 1; next } /^interface / { on = 0 } on && /^address /')" "addresses of $NAME"
    cp /mnt/numeric "/mnt/numeric.$NAME"
  done
  for name in 1 01 0x1; do gives 0 status=removed wgctl remove $name <"/mnt/numeric.$name"; done
)
# a network that moves to another interface of ours takes its route along, and comes back with it
PORT=52000 ROUTES="192.168.50.0/24 fd00:50::/64"
document /mnt/doc1
way_to() { case $1 in *:*) on /usr/sbin/ip -6 route show "$1" ;; *) on /usr/sbin/ip route show "$1" ;; esac; }
for way in rollback killed; do
  gives 0 status=armed wgctl apply wg1 $REVISION 60 </mnt/doc1
  for net in $ROUTES; do is 1 "$(way_to $net | grep -c 'dev wg1')" "routes to $net of wg1, where it moved to"; done
  case $way in
    rollback) gives 0 status=rolled-back wgctl rollback wg1 ;;
    *) on sh -c 'echo "applying $(cut -d " " -f 2- /etc/wirewright/wg1/txn)" >/mnt/txn; cp /mnt/txn /etc/wirewright/wg1/txn; ip route del 192.168.50.0/24 dev wg1'; wgctl tick; settled ;;
  esac
  for net in $ROUTES; do
    is 1 "$(way_to $net | grep -c 'dev wg0 proto 219')" "routes to $net of wg0 after a move that was undone ($way)"
  done
done
# a route that another interface of ours took over meanwhile is gone, not a fault
ROUTES=192.168.50.0/24
document /mnt/doc1
gives 0 status=applied wgctl apply wg1 $REVISION 0 </mnt/doc1
check test -n "$(on /usr/sbin/ip route show 192.168.50.0/24 dev wg1)"
NAME=wg0 PORT=51820 ADDRESSES="10.66.0.1/24 fd00:66::1/64" ROUTES="fd00:50::/64"
cp /mnt/kept $PEERS
document /mnt/doc
gives 0 status=applied wgctl apply wg0 $REVISION 0 </mnt/doc

# tunnels that swap their networks: whichever is changed first, the other gives its own up right after
mine=$ADDRESSES
ADDRESSES=$(sed -n 's/^address //p' /mnt/doc1); document /mnt/swapped
gives 0 status=applied wgctl apply wg0 $REVISION 0 </mnt/swapped
NAME=wg1 PORT=$(sed -n 's/^port //p' /mnt/doc1) ROUTES=192.168.50.0/24 ADDRESSES=$mine; document /mnt/swapped
gives 0 status=applied wgctl apply wg1 $REVISION 0 </mnt/swapped
for net in $mine; do is wg1 "$(on /usr/sbin/ip -o addr show | awk -v net="$net" '$4 == net { print $2 }')" "the interface of $net after a swap"; done
NAME=wg0 PORT=51820 ADDRESSES=$mine ROUTES="fd00:50::/64"
gives 0 status=applied wgctl apply wg0 00000000000000e0 0 </mnt/doc
gives 0 status=applied wgctl apply wg1 00000000000000e1 0 </mnt/doc1

# two of ours with one another's ports: each is told who has its own
on sh -c 'wg set wg0 listen-port 40000; wg set wg1 listen-port 51820; wg set wg0 listen-port 52000'
gives 79 "port 51820 is still that of wg1, which is ours as well" wgctl apply wg0 00000000000000d8 0 </mnt/doc
gives 79 "port 52000 is still that of wg0, which is ours as well" wgctl apply wg1 00000000000000d9 0 </mnt/doc1
on sh -c 'wg set wg0 listen-port 40000; wg set wg1 listen-port 52000; wg set wg0 listen-port 51820'

# two of ours with one another's names: each has a daemon that is not its own
clean=$(probe | sed '/^\(uptime\|clock\|end\|record\) /d')
on sh -c 'ip link set wg0 down; ip link set wg1 down; ip link set wg0 name x; ip link set wg1 name wg0; ip link set x name wg1; ip link set wg0 up; ip link set wg1 up'
is 2 "$(probe | grep -c '^link tun - none')" "links that are told to have no daemon of their own"
gives 0 status=applied wgctl apply wg0 00000000000000d0 0 </mnt/doc
gives 0 status=applied wgctl apply wg1 00000000000000d1 0 </mnt/doc1
is "$clean" "$(probe | sed '/^\(uptime\|clock\|end\|record\) /d')" "after the repair of swapped names"

# somebody gave our link another name, with its daemon and its port: it goes, by a repair and by a removal
rename() { on sh -c 'ip link set wg0 down; ip link set wg0 name theirs7; ip link set theirs7 up'; }
rename
gives 0 status=applied wgctl apply wg0 $REVISION 0 </mnt/doc
check test ! -e "/proc/$INIT/root/sys/class/net/theirs7"
rename
gives 0 status=removed wgctl remove wg0 </mnt/doc
check test ! -e "/proc/$INIT/root/sys/class/net/theirs7"
is "" "$(on sh -c 'ls /run/wireguard 2>/dev/null | grep wg0')" "a socket of a renamed link"
gives 0 status=removed wgctl remove wg1 </mnt/doc1
gives 0 status=uninstalled wgctl uninstall
echo "beside: done"
