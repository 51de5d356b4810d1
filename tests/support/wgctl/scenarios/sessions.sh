# A client's session while the helper works: changes of others and repairs lose none of its packets; after the daemon was
# killed, the helper calls the client back at the endpoint that it had learned.
mount -t tmpfs run /run # the client lives in the scenario's own namespaces
wgctl install >/dev/null
defaults "${1:-wireguard-go}"
wg genkey >/mnt/client.key
client=$(wg pubkey </mnt/client.key)
sed -i '/10.66.0.2\/32/d' $PEERS
echo "$client - 0 10.66.0.2/32,fd00:66::2/128" >>$PEERS
sort -o $PEERS $PEERS
document /mnt/doc
wgctl apply wg0 $REVISION 0 </mnt/doc >/dev/null
wire
wireguard-go wgc >/dev/null 2>&1
wg set wgc private-key /mnt/client.key peer "$(echo "$PRIVATE" | wg pubkey)" endpoint 198.51.100.1:51820 allowed-ips 10.66.0.0/24
$ip addr add 10.66.0.2/24 dev wgc && $ip link set wgc up
tries=0
until ping -q -c 1 -W 1 10.66.0.1 >/dev/null 2>&1; do
  tries=$((tries + 1))
  [ $tries -lt 30 ] || stop "no session: $(on wg show wg0; wg show wgc)"
done
ping -i 0.02 -c 100000 10.66.0.1 >/mnt/ping 2>&1 &
pinger=$!
lost() { # numbers that never came, of those before the last few
  sed -n 's/.*icmp_seq=\([0-9]*\) .*/\1/p' /mnt/ping | awk '{ seen[$1]; if ($1 > last) last = $1 } END { for (i = 1; i < last - 20; i++) if (!(i in seen)) n++; print n + 0 }'
}
change() { # WHAT
  document /mnt/doc
  gives 0 status=applied wgctl apply wg0 $REVISION 0 </mnt/doc
  sleep 1
  is 0 "$(lost)" "packets lost by: $1"
}
other=$(grep -v "$client" $PEERS | sed -n 1p | cut -d ' ' -f 1)
peer 77 psk; change "a peer added"
awk -v who="$other" -v psk="$(wg genpsk)" '$1 == who { $2 = psk } { print }' $PEERS >/mnt/p && mv /mnt/p $PEERS; change "another peer's pre-shared key"
sed -i "\|^$other|s|\$|,10.98.0.0/24|" $PEERS; change "another peer's networks"
sed -i "\|^$other|d" $PEERS; change "another peer removed"
EXTRA="tcp dport 22 accept"; change "the policy reloaded"
MTU=1380; change "the mtu"
ROUTES=192.168.80.0/24; change "routes"
on nft flush chain inet wirewright_wg0 input; change "the policy repaired"
seen=$(grep -c icmp_seq /mnt/ping)
[ "$seen" -gt 50 ] || stop "no stream of packets to judge by"
check wgctl tick # remembers where the client is
on sh -c 'kill -KILL $(pidof wireguard-go boringtun-cli)'
sleep 0.2
document /mnt/doc
gives 0 status=applied wgctl apply wg0 00000000000000ee 0 </mnt/doc
began=$(date +%s%N) seen=$(grep -c icmp_seq /mnt/ping) tries=0
while [ "$(grep -c icmp_seq /mnt/ping)" -eq "$seen" ]; do
  tries=$((tries + 1))
  [ $tries -lt 400 ] || stop "the session did not come back: $(on wg show wg0)"
  sleep 0.1
done
echo "sessions: $seen packets, 0 lost by 8 changes; back $((($(date +%s%N) - began) / 1000000)) ms after the repair of a killed $IMPLEMENTATION"
[ "$IMPLEMENTATION" = boringtun ] || on wg show wg0 endpoints | grep -q "$client.198.51.100.2:" || stop "the endpoint was not restored"
if [ "$IMPLEMENTATION" = wireguard-go ]; then # a port that was put back, and a client that had followed to the wrong one
  on wg set wg0 listen-port 51999
  tries=0
  until wg show wgc endpoints | grep -q ':51999$'; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || stop "the client does not follow to another port: $(wg show wgc)"
    on ping -q -c 1 -W 1 10.66.0.2 >/dev/null 2>&1 || :
  done
  gives 0 status=applied wgctl apply wg0 00000000000000ef 0 </mnt/doc
  for i in 1 2 3 4 5; do # as it asks, without a word from the server itself
    ping -q -c 1 -W 1 10.66.0.1 >/dev/null 2>&1 && break
    [ $i -lt 5 ] || stop "the client does not find back to the right port: $(wg show wgc endpoints)"
  done
fi
kill $pinger
is 0 "$(awk -v who="$client" '$1 == who { print $3 }' $PEERS)" "keepalive wanted"
probe | grep "^peer $client - 0 " >/dev/null || stop "the keepalive of the call is still set"
