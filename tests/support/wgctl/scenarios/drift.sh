# Whatever a hand changes on the device is in the next probe, and one apply of the same document puts it back.
wgctl install >/dev/null
defaults "${1:-wireguard-go}"
document /mnt/doc
wgctl apply wg0 $REVISION 0 </mnt/doc >/dev/null
strip() { sed '/^\(uptime\|clock\|end\|record\) /d'; }
clean=$(probe | strip)
n=0
drift() { # WHAT COMMAND...
  what=$1
  shift
  on env PATH="/usr/sbin:/usr/bin:/sbin:/bin:$PATH" bash -c "$*" >/dev/null 2>&1 || stop "could not break: $what"
  probe >/mnt/seen
  [ "$(strip </mnt/seen)" != "$clean" ] || stop "not seen: $what"
  n=$((n + 1))
  REVISION=$(printf '%016x' $n)
  gives 0 status=applied wgctl apply wg0 $REVISION 90 </mnt/doc
  probe | strip >/mnt/repaired
  [ "$(cat /mnt/repaired)" = "$clean" ] || { echo "$clean" | diff - /mnt/repaired || :; stop "not repaired: $what"; }
  probe | grep -q "^record [0-9]* $REVISION " || stop "revision not kept after: $what"
}
one=$(sed -n 1p $PEERS | cut -d ' ' -f 1) two=$(sed -n 2p $PEERS | cut -d ' ' -f 1) thief=$(key)
net=$(sed -n 1p $PEERS | cut -d ' ' -f 4)
wg genpsk >/mnt/psk && wg genkey >/mnt/private
drift "a peer gone" wg set wg0 peer $one remove
drift "an unknown peer" wg set wg0 peer $thief allowed-ips 10.99.0.0/24
drift "a peer that steals the networks of another" wg set wg0 peer $thief allowed-ips $net
awk -v key="$thief" 'BEGIN { printf "[Peer]\nPublicKey = %s\nAllowedIPs = 10.98.0.0/32", key; for (i = 10000; i > 0; i--) printf ",10.99.%d.%d/32", i / 256, i % 256; print "" }' >/mnt/many
drift "an unknown peer with ten thousand networks" wg addconf wg0 /mnt/many
if [ "$IMPLEMENTATION" != boringtun ]; then # which any change of a peer kills
  drift "networks narrowed" wg set wg0 peer $one allowed-ips 10.66.0.200/32
  drift "pre-shared key changed" wg set wg0 peer $one preshared-key /mnt/psk
  drift "pre-shared key cleared" "for p in $one $two; do wg set wg0 peer \$p preshared-key /dev/null; done"
  drift "keepalive" wg set wg0 peer $one persistent-keepalive 11
fi
drift "private key" wg set wg0 private-key /mnt/private
drift "port" wg set wg0 listen-port 51999
drift "fwmark" wg set wg0 fwmark 0x51
drift "link down" ip link set wg0 down
drift "mtu" ip link set wg0 mtu 1300
drift "mtu too small for IPv6" "ip link set wg0 mtu 1200"
drift "mtu of IPv6 alone" "echo 1280 >/proc/sys/net/ipv6/conf/wg0/mtu"
drift "an address gone" ip addr del 10.66.0.1/24 dev wg0
drift "an address more" ip addr add 10.66.0.77/24 dev wg0
drift "another prefix length" "ip addr del fd00:66::1/64 dev wg0; ip addr add fd00:66::1/80 dev wg0"
drift "a route gone" ip route del 192.168.50.0/24
drift "a route more" ip route add 192.168.60.0/24 dev wg0 proto 219
drift "another metric" "ip route del 192.168.50.0/24; ip route add 192.168.50.0/24 dev wg0 proto 219 metric 50"
drift "a route of another type of service beside ours" ip route add 192.168.50.0/24 tos 0x10 dev wg0 proto 219
drift "our route by another source" ip route replace 192.168.50.0/24 dev wg0 proto 219 src 192.168.1.2
drift "a second route like ours behind it" ip route append 192.168.50.0/24 dev wg0 proto 219 src 192.168.1.2
if [ "$shell" != ash ]; then # what the ip of busybox does not show
drift "our route in two ways" ip route replace 192.168.50.0/24 proto 219 nexthop dev wg0 weight 1 nexthop via 192.168.1.10 dev eth0 weight 9
drift "our IPv6 route with another mtu" ip -6 route replace fd00:50::/64 dev wg0 proto 219 mtu 1300
drift "another route of ours in two ways" ip route add 10.98.0.0/16 proto 219 nexthop dev wg0 nexthop via 192.168.1.10 dev eth0
# ip says more of a route than it takes
drift "an IPv6 route more that will expire" ip -6 route add fd00:77::/64 dev wg0 proto 219 expires 300
drift "our IPv6 route will expire" ip -6 route replace fd00:50::/64 dev wg0 proto 219 expires 300
drift "a route more with a locked time" ip -6 route add fd00:78::/64 dev wg0 proto 219 rto_min 200ms
drift "a route more by a named next hop" "ip nexthop add id 10 dev wg0; ip route add 10.9.0.0/24 nhid 10 proto 219"
on /usr/sbin/ip nexthop flush id 10 >/dev/null 2>&1 || :
drift "routes of ours that lead nowhere" "ip route add unreachable 10.66.0.3/32 proto 219; ip route add blackhole 192.168.50.0/25 proto 219; ip -6 route add prohibit fd00:66::3 proto 219 metric 5"
drift "our routes turned into ones that lead nowhere" "ip route replace unreachable 192.168.50.0/24 proto 219; ip -6 route del fd00:50::/64; ip -6 route add unreachable fd00:50::/64 proto 219"
drift "routes of ours in another table" "ip route add 10.98.0.0/16 dev wg0 table 100 proto 219; ip route add throw 10.97.0.0/16 table 100 proto 219; ip -6 route add fd00:98::/64 dev wg0 table 100 proto 219"
drift "the kernel's own route to our network altered" ip route change 10.66.0.0/24 dev wg0 proto kernel scope link src 10.66.0.1 mtu 600
drift "the kernel's own IPv6 route to our network altered" ip -6 route change fd00:66::/64 dev wg0 proto kernel metric 256 mtu 1300
drift "the kernel's own IPv6 route to our network replaced" ip -6 route replace fd00:66::/64 dev wg0 proto kernel metric 256 hoplimit 3
drift "a route of ours to the device itself" ip route add local 10.66.0.77 dev wg0 proto 219
drift "a client's address turned into one of the device itself" "ip route add local 10.66.0.3 dev lo proto 219; ip -6 route add local fd00:66::3 dev lo proto 219; ip route add 10.66.0.4 dev lo proto 219"
fi
for address in 10.66.0.1/24 fd00:66::1/64; do
  drift "an address moved to another link" "ip addr del $address dev wg0; ip addr add $address dev eth0; sleep 0.1"
  on /usr/sbin/ip -o addr show dev eth0 | grep -q " $address " && stop "$address is still on eth0"
done
on /usr/sbin/ip route get 10.66.0.9 | grep -q ' dev wg0 ' || stop "the network of the tunnel is elsewhere"
drift "an address with a peer" ip addr add 10.66.0.1 peer 10.66.0.99/32 dev wg0
drift "an address that will expire" ip addr change 10.66.0.1/24 dev wg0 valid_lft 100 preferred_lft 100
drift "an IPv6 address that will expire" ip addr change fd00:66::1/64 dev wg0 valid_lft 100 preferred_lft 50
drift "an address more that will expire" ip addr add 10.66.7.1/24 dev wg0 valid_lft 3000 preferred_lft 3000
for scope in host link; do
  drift "an address of scope $scope" "ip addr del 10.66.0.1/24 dev wg0; ip addr add 10.66.0.1/24 dev wg0 scope $scope; ip route replace 192.168.50.0/24 dev wg0 proto 219"
done
drift "IPv6 switched off" "echo 1 >/proc/sys/net/ipv6/conf/wg0/disable_ipv6"
drift "the link renamed" "ip link set wg0 down; ip link set wg0 name other7; ip link set other7 up"
drift "the table gone" nft delete table inet wirewright_wg0
drift "a rule more" nft insert rule inet wirewright_wg0 input accept
drift "rules in another order" "nft -s list table inet wirewright_wg0 | sed '/^\t\tdrop$/d; s/^\t\ttype filter hook input.*/&\n\t\tdrop/' >/tmp/table; nft delete table inet wirewright_wg0; nft -f /tmp/table"
grep -qx 'policy-have chain input: drop (out of place)' /mnt/seen || stop "an order that changed is not told by a line: $(grep policy /mnt/seen)"
drift "an element gone" "nft delete element inet wirewright_wg0 clients { 10.66.0.2 }"
drift "a chain more" nft add chain inet wirewright_wg0 back
if [ "$IMPLEMENTATION" = wireguard-go ]; then # a client that came over a link which has gone since
  on /usr/sbin/ip link add usb0 type ifb
  on sh -c 'echo 0 >/proc/sys/net/ipv6/conf/usb0/disable_ipv6; ip link set usb0 up'
  on wg set wg0 peer "$one" endpoint '[fe80::5%usb0]:4444'
  wgctl tick
  on /usr/sbin/ip link del usb0
  drift "a daemon killed whose client came over a link that has gone" "kill -KILL \$(pidof wireguard-go); sleep 0.2"
  is 3 "$(on wg show wg0 peers | wc -l)" "peers"
fi
drift "forwarding of a way out" "echo 0 >/proc/sys/net/ipv4/conf/eth0/forwarding"
drift "IPv6 forwarding" "echo 0 >/proc/sys/net/ipv6/conf/all/forwarding"
drift "the daemon killed" "kill -KILL \$(pidof wireguard-go boringtun-cli); sleep 0.2"
drift "the daemon stopped" "kill -STOP \$(pidof wireguard-go boringtun-cli)"
drift "the socket gone" "rm /run/wireguard/wg0.sock; sleep 2"
drift "the kernel's own route to our network gone" "ip route del 10.66.0.0/24 dev wg0"
drift "the kernel's own IPv6 route to our network gone" "ip -6 route del fd00:66::/64 dev wg0"
drift "the route to our own address gone" "ip route del table local local 10.66.0.1 dev wg0"
drift "the route to our own IPv6 address gone" "ip -6 route del table local local fd00:66::1"
drift "a link without carrier" "ip link set wg0 carrier off"
drift "a tun without a queue" "ip link set wg0 txqueuelen 0"
on sh -c 'echo 100 >/sys/class/net/wg0/tx_queue_len'
[ "$(probe | strip)" = "$clean" ] || stop "another length of the queue is told"
# a route of others that comes before the kernel's: told, and not ours to remove
hide() { # FAMILY NETWORK CONNECTED METRIC: the kernel's own route, replaced by one that leads elsewhere
  on /usr/sbin/ip -$1 route del $2 dev wg0
  on /usr/sbin/ip -$1 route add $2 dev eth0 metric $4
  for at in first second; do
    probe | grep -q "^$3" && stop "a hidden network ($2) is not told the $at time"
    gives 79 "a route that is not ours comes before that of wg0.*dev eth0" wgctl apply wg0 $REVISION 90 </mnt/doc
    on /usr/sbin/ip -$1 route show | grep -q "^$2 dev eth0" || stop "a route that is not ours was removed"
    on /usr/sbin/ip -$1 route replace $2 dev wg0 metric $(($4 + 1)) # as the kernel's, behind the other
  done
  on /usr/sbin/ip -$1 route del $2 dev eth0
  on /usr/sbin/ip -$1 route del $2 dev wg0
  gives 0 status=applied wgctl apply wg0 $REVISION 90 </mnt/doc
  [ "$(probe | strip)" = "$clean" ] || stop "a network that was hidden is not put back"
}
on /usr/sbin/ip route add 10.66.0.0/24 tos 0x10 dev eth0 # which the ip of busybox does not show
[ "$shell" = ash ] || [ "$(probe | strip)" = "$clean" ] || stop "a route of a few packets only is told"
on /usr/sbin/ip route del 10.66.0.0/24 tos 0x10 dev eth0
hide 4 10.66.0.0/24 "connected 10.66.0.1/24" 0
hide 6 fd00:66::/64 "connected6 yes" 256
# one that waits for our address, which the kernel would put its own behind
on sh -c 'ip addr del 10.66.0.1/24 dev wg0; /usr/sbin/ip route add 10.66.0.0/24 via 192.168.1.10 dev eth0 proto static'
gives 79 "a route that is not ours comes before that of wg0 to the network of 10.66.0.1/24" wgctl apply wg0 00000000000000fe 90 </mnt/doc
on /usr/sbin/ip route del 10.66.0.0/24 via 192.168.1.10
settled
wgctl tick
gives 0 status= wgctl apply wg0 00000000000000fe 90 </mnt/doc
[ "$(probe | strip)" = "$clean" ] || stop "an address that had to wait is not put back"
drift "the stored document altered" "sed -i s/^port.*/port\ 51999/ /etc/wirewright/wg0/gen/*/document"
drift "a network of the stored document altered" "sed -i 's/^forward-to 192.*/forward-to 192.168.1.0x/' /etc/wirewright/wg0/gen/*/document"
drift "a peer of the stored document altered" "sed -i 's/^peer [^ ]*/peer hello/' /etc/wirewright/wg0/gen/*/document"
# what concerns the device as a whole is put right by an install
base() { # WHAT LINE COMMAND...
  what=$1 line=$2
  shift 2
  on env PATH="/usr/sbin:/usr/bin:/sbin:/bin:$PATH" bash -c "$*" >/dev/null 2>&1 || stop "could not break: $what"
  probe | grep -qx "$line" || stop "not seen: $what: $(probe | grep -v '^peer')"
  n=$((n + 1))
  gives 0 status=installed wgctl install
  probe | strip >/mnt/repaired
  [ "$(cat /mnt/repaired)" = "$clean" ] || { echo "$clean" | diff - /mnt/repaired || :; stop "not put right: $what"; }
}
base "a directory that is open" "directory open" chmod 0755 /etc/wirewright
base "a directory of another user" "directory open" chown 65534 /etc/wirewright
base "notes of /run that are open" "directory open" chmod 0777 /run/wirewright
base "a revision that is none" "helper [0-9a-f]* -" "echo hello world >/etc/wirewright/revision"
on sed -i 's/ .*/ hello world/' /run/wirewright/wg0/daemon
[ "$(probe | strip)" = "$clean" ] || stop "an altered note of the daemon is told as it is: $(probe | grep ^link)"
base "a helper that others may write" "helper - .*" chmod 0777 /etc/wirewright/wgctl
base "a chain of others that drops" "other inet fence in input 1" "nft 'table inet fence { chain in { type filter hook input priority -5; policy drop; }; }'"
base "the note of others' chains lost" "other inet fence in input 1" rm /etc/wirewright/others
base "a chain of others that leads to a drop" "other ip filter FORWARD forward 1" "nft 'table ip filter { chain user { ip saddr 192.0.2.1 drop; }; chain FORWARD { type filter hook forward priority 0; jump user; }; }'"
base "a chain of address translation that drops" "other ip fence pre prerouting 1" "nft 'table ip fence { chain pre { type nat hook prerouting priority -110; ip daddr 192.0.2.1 drop; }; }'"
base "packets of which no state is kept" "other ip fence raw prerouting 1" "nft 'table ip fence { chain raw { type filter hook prerouting priority -300; iifname wg0 notrack; }; }'"
on nft delete table inet fence
on nft delete table ip fence
on nft delete table ip filter
on nft 'table ip nat { chain POSTROUTING { type nat hook postrouting priority 100; masquerade; }; }
table inet calm { chain c { type filter hook forward priority 0; ip saddr 192.0.2.1 counter accept comment "never drop "; }; }'
# routes to elsewhere that others put on our link as if the kernel had are not ours, and in nobody's way
on ip route add 10.9.0.0/16 dev wg0 proto kernel
on ip -6 route add 2001:db8:7::/64 dev wg0 proto kernel
on ip link set wg0 mtu 1300
gives 0 status=applied wgctl apply wg0 00000000000000ff 90 </mnt/doc
for route in "-4 10.9.0.0/16" "-6 2001:db8:7::/64"; do on ip ${route%% *} route del ${route#* } dev wg0 2>/dev/null || :; done
# busybox shows no protocol, so there it is ours to take away
on ip -V 2>&1 | grep -q iproute2 || drift "a route of a hand's, of no protocol" ip route add 10.61.0.0/16 dev wg0
# what moves by itself is no drift
on nft insert rule inet other x 2>/dev/null || :
[ "$(probe | strip)" = "$clean" ] || stop "foreign state shows as drift"
echo "drift: $n kinds seen and repaired"
