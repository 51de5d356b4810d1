# reload [RELOADS [CLIENTS]]: a flood of allowed and forbidden packets while the policy is replaced. The policy judges a wire
# instead of a tunnel, for no tunnel is fast enough to hit the microseconds in which nft has old rules and new sets, or no sets.
mount -t tmpfs run /run
reloads=${1:-20} clients=${2:-500}
wgctl install >/dev/null
defaults wireguard-go
wire
nft_text() {
  echo "table inet wirewright_$NAME {
  chain from-all {
    ct original ip daddr @self accept
  }
  chain judge {
    ct original ip saddr vmap @clients
    drop
  }
  chain input {
    type filter hook input priority 0; policy accept;
    iifname \"wan0\" udp dport 5000-6000 jump judge
    $EXTRA
  }
  map clients {
    type ipv4_addr : verdict
    flags interval
    elements = {"
  awk -v n="$clients" 'BEGIN { for (i = 0; i < n; i++) printf "      10.%d.%d.0/25 : jump from-all,\n", 100 + i / 250, i % 250; print "      198.51.100.2 : jump from-all" }'
  echo "    }
  }
  set self {
    type ipv4_addr
    flags interval
    elements = {
      198.51.100.1
    }
  }
}"
}
EXTRA='tcp dport 1 drop'; document /mnt/one; one=$REVISION
EXTRA='tcp dport 2 drop'; document /mnt/two; two=$REVISION
gives 0 status=applied wgctl apply wg0 $one 0 </mnt/one
on nft 'table inet seen { chain before { type filter hook prerouting priority -300; udp dport 5000 counter; }
  chain after { type filter hook input priority 10; udp dport 5000 counter; udp dport 6000 counter; }; }'
counted() { # CHAIN PORT
  on nft list chain inet seen "$1" | sed -n "s/.*udp dport $2 counter packets \([0-9]*\) .*/\1/p"
}
flood() { # SOURCE PORT: from an address that has a client's rights, or from one that has none
  # With pauses: sent without any, two of them leave no time to whatever else two processors are to do.
  perl -MSocket -e 'socket(S, PF_INET, SOCK_DGRAM, 0); bind(S, sockaddr_in(0, inet_aton($ARGV[0]))) or die; $to = sockaddr_in($ARGV[1], inet_aton("198.51.100.1"));
    while (1) { for (1 .. 50) { send(S, "x" x 64, 0, $to) } select(undef, undef, undef, 0.0005) }' "$1" "$2" &
}
$ip addr add 198.51.100.3/24 dev wan
flood 198.51.100.2 5000; allowed=$!
flood 198.51.100.3 6000; forbidden=$!
trap 'kill $allowed $forbidden 2>/dev/null || :' EXIT
turn=0
while [ $turn -lt "$reloads" ]; do
  turn=$((turn + 1))
  if [ $((turn % 2)) = 1 ]; then gives 0 status=applied wgctl apply wg0 $two 0 </mnt/two; else gives 0 status=applied wgctl apply wg0 $one 0 </mnt/one; fi
done
kill $allowed $forbidden
wait $allowed $forbidden 2>/dev/null || :
sent=$(counted before 5000) passed=$(counted after 5000) leaked=$(counted after 6000)
[ "$sent" -gt $((reloads * 1000)) ] || stop "no flood to judge by: $sent packets"
echo "reload: $reloads reloads of a policy with $clients clients, $sent allowed packets, $((sent - passed)) lost; $leaked forbidden ones passed"
is "0 0" "$((sent - passed)) $leaked" "allowed packets lost, forbidden ones passed"
