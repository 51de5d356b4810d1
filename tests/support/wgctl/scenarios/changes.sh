# Every kind of change arrives, by commands that name only what changed, and no secret is in any of them.
. "$here/shims.sh"
shims_make
wgctl install >/dev/null
defaults "${1:-wireguard-go}"
document /mnt/doc
gives 0 status=applied shimmed apply wg0 $REVISION 0 </mnt/doc
secrets() { { echo "$PRIVATE"; awk '$2 != "-" { print $2 }' $PEERS; } | while read -r secret; do ! grep -qF -- "$secret" /mnt/shim/log || stop "a secret in the arguments of: $(grep -F -- "$secret" /mnt/shim/log | cut -c 1-40)"; done; }
secrets
sets() { grep -c '^wg set' /mnt/shim/log || :; }
move() { # WHAT: the document as it is now gets applied, probe sees it, and a second apply has nothing to do
  document /mnt/doc
  plan
  gives 0 status=applied shimmed apply wg0 $REVISION 0 </mnt/doc
  secrets
  cp /mnt/shim/log /mnt/log
  plan
  gives 0 status=unchanged shimmed apply wg0 $REVISION 0 </mnt/doc
  [ "$(sets)" = 0 ] || stop "wg set although nothing changed after: $1"
}
live_peers() { probe | sed -n 's/^peer \([^ ]*\) [^ ]* \([^ ]*\) [^ ]* [^ ]* \(.*\)/\1 \2 \3/p'; }
want_peers() { awk '{ print $1, $3, $4 }' $PEERS | sort; }

peer 5 psk 7; added=$(awk '$3 == 7 { print $1 }' $PEERS)
move "a peer added"
is 1 "$(grep '^wg set' /mnt/log | grep -o ' peer ' | wc -l)" "peers named when one is added"
check grep -qF "peer $added" /mnt/log
is "$(want_peers)" "$(live_peers)" "peers"

first=$(sed -n 1p $PEERS | cut -d ' ' -f 1)
sed -i '1s|10.66.0.\([0-9]*\)/32|10.66.0.\1/32,10.99.0.0/24|' $PEERS
move "networks of a peer widened"
is 1 "$(grep '^wg set' /mnt/log | grep -o " peer [^ ]* preshared" | sort -u | wc -l)" "peers named when one is changed"
sed -i '1s|,10.99.0.0/24||' $PEERS
move "networks of a peer narrowed"
is "$(want_peers)" "$(live_peers)" "peers after narrowing"

awk -v psk="$(wg genpsk)" 'NR == 1 { $2 = psk } { print }' $PEERS >/mnt/p && mv /mnt/p $PEERS
move "a pre-shared key changed"
awk 'NR == 1 { $2 = "-"; $3 = 0 } { print }' $PEERS >/mnt/p && mv /mnt/p $PEERS
move "pre-shared key and keepalive cleared"
probe | grep -q "^peer $first - 0 " || stop "pre-shared key or keepalive not cleared"

awk '{ a[NR] = $0 } END { split(a[1], x, " "); split(a[2], y, " "); print x[1], x[2], x[3], y[4]; print y[1], y[2], y[3], x[4]; for (i = 3; i <= NR; i++) print a[i] }' $PEERS >/mnt/p && mv /mnt/p $PEERS
move "two peers swap their networks"
is "$(want_peers)" "$(live_peers)" "peers after the swap"

sed -i 1d $PEERS
move "a peer removed"
check grep -qF "peer $first remove" /mnt/log
is "$(want_peers)" "$(live_peers)" "peers after the removal"

PRIVATE=$(wg genkey); move "the private key rotated"
probe | grep -qx "key $(echo "$PRIVATE" | wg pubkey)" || stop "key not rotated"
PORT=51900; move "the port"; probe | grep -qx "port 51900" || stop "port"
MTU=1380; move "the mtu"; probe | grep -q "^link .* 1380$" || stop "mtu"
ADDRESSES="10.66.0.9/24 10.67.0.1/16 fd00:66::9/64"; move "addresses"
is "$(echo "$ADDRESSES" | tr ' ' '\n' | sort)" "$(probe | sed -n 's/^address //p' | sort)" "addresses"
ROUTES="192.168.51.0/24 192.168.50.0/24 fd00:51::/64"; move "routes"
is "192.168.50.0/24 0 192.168.51.0/24 0 fd00:51::/64 1024 " "$(probe | sed -n 's/^route //p' | sort | tr '\n' ' ')" "routes"
EXTRA="tcp dport 22 accept"; move "the policy"
on nft list table inet wirewright_wg0 | grep -q 'dport 22' || stop "policy"
is 3 "$(probe | grep -c 'forwarding 1 1$')" "forwarding"
FORWARD="4" FORWARD_TO=; move "no IPv6 forwarding"
is 0 "$(on cat /proc/sys/net/ipv6/conf/all/forwarding)" "IPv6 forwarding after its last user"
is 0 "$(on cat /proc/sys/net/ipv4/conf/eth0/forwarding)" "forwarding of a way out that nobody needs any more"
FORWARD=; move "no forwarding"
: >$PEERS; move "no peers"
is "" "$(live_peers)" "peers"
other=boringtun
[ "$IMPLEMENTATION" != boringtun ] || other=wireguard-go
IMPLEMENTATION=$other; peer 9 psk; move "another implementation"
probe | grep -q "^link tun $other yes yes" || stop "implementation"

# the program is a link to a file of another name, which a daemon that starts itself anew is then called by
if [ "$IMPLEMENTATION" = boringtun ]; then # so far
  IMPLEMENTATION=wireguard-go; document /mnt/doc
  gives 0 status=removed wgctl remove wg0 </mnt/doc
  mkdir /mnt/linked
  cp "$(command -v wireguard-go)" /mnt/linked/wireguard-go-linux-amd64
  ln -s wireguard-go-linux-amd64 /mnt/linked/wireguard-go
  gives 0 status=applied on env PATH="/mnt/linked:$PATH" /etc/wirewright/wgctl apply wg0 $REVISION 0 </mnt/doc
  rm /proc/$INIT/root/run/wirewright/wg0/daemon
  probe | grep -q "^link tun wireguard-go yes yes" || stop "its daemon is not found: $(probe | grep ^link)"
  gives 0 status=removed wgctl remove wg0 </mnt/doc
fi
