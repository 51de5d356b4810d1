# Documents as the operator's side makes them, from variables. PEERS is a file of `key psk keepalive networks` lines.

OWNER=00112233445566778899aabbccddeeff
IDENTITY=0011223344556677
defaults() {
  NAME=wg0 IMPLEMENTATION=${1:-wireguard-go} PORT=51820 MTU=1420 PRIVATE=$(wg genkey) ADDRESSES="10.66.0.1/24 fd00:66::1/64"
  PEERS=/mnt/peers ROUTES="192.168.50.0/24 fd00:50::/64" FORWARD="4 6" FORWARD_TO="192.168.1.0/24 fd00:1::/64" EXTRA= JUDGED=
  : >$PEERS
  peer 2
  peer 3 psk
  peer 4 psk 25
}
key() { wg genkey | wg pubkey; }
peer() { # HOST [psk|-] [KEEPALIVE]
  psk=-
  [ "${2:--}" = - ] || psk=$(wg genpsk)
  echo "$(key) $psk ${3:-0} 10.66.0.$1/32,fd00:66::$1/128" >>$PEERS
  sort -o $PEERS $PEERS
}
nft_text() {
  echo "table inet wirewright_$NAME {"
  echo "  set clients {"
  echo "    type ipv4_addr"
  if [ -s "$PEERS" ]; then
    echo "    elements = {"
    awk '{ split($4, n, "/"); print "      " n[1] "," }' "$PEERS"
    echo "    }"
  fi
  echo "  }"
  if [ -n "$JUDGED" ]; then
    echo "  chain from-some {"
    echo "    accept"
    echo "  }"
    echo "  chain from-others {"
    echo "  }"
    for family in 4 6; do
      echo "  map judged$family {"
      echo "    type ipv${family}_addr : verdict"
      echo "    flags interval"
      echo "    elements = {"
      for each in $JUDGED; do
        case $family$each in 4*:* | 6*.*) ;; *) echo "      ${each%=*} : jump from-${each#*=}," ;; esac
      done
      echo "    }"
      echo "  }"
    done
  fi
  echo "  chain input {"
  echo "    type filter hook input priority 0; policy accept;"
  echo "    iifname != \"$NAME\" accept"
  echo "    ct state established,related accept"
  echo "    ip saddr @clients icmp type echo-request accept"
  [ -z "$EXTRA" ] || echo "    $EXTRA"
  [ -z "$JUDGED" ] || printf '    ip saddr vmap @judged4\n    ip6 saddr vmap @judged6\n'
  echo "    drop"
  echo "  }"
  echo "}"
}
document() { # to the file $1; REVISION is derived from it
  {
    cat <<HEAD
implementation $IMPLEMENTATION
private-key $PRIVATE
public-key $(echo "$PRIVATE" | wg pubkey)
port $PORT
mtu $MTU
HEAD
    for each in $ADDRESSES; do echo "address $each"; done
    sed 's/^/peer /' "$PEERS"
    for each in $ROUTES; do echo "route $each"; done
    for each in $FORWARD; do echo "forward $each"; done
    for each in $FORWARD_TO; do echo "forward-to $each"; done
    nft_text | sed 's/^/nft /'
  } >"$1.body"
  digest=$(sha256sum <"$1.body")
  digest=${digest%% *}
  NONCE=$(echo "$digest" | cut -c 1-32) REVISION=$(echo "$digest" | cut -c 33-48)
  {
    printf 'wirewright 1\ninterface %s\nowner %s\nidentity %s\ndigest %s\nnonce %s\n' "$NAME" "$OWNER" "$IDENTITY" "$digest" "$NONCE"
    cat "$1.body"
  } >"$1"
  rm "$1.body"
  seal "$1"
}
seal() {
  sum=$(sha256sum <"$1")
  echo "end ${sum%% *}" >>"$1"
}
unseal() { sed -i '$d' "$1"; }
