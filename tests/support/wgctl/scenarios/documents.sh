# A document that is not exactly right is refused with 65, and nothing has happened.
wgctl install >/dev/null
defaults "${1:-wireguard-go}"
document /mnt/doc
wgctl apply wg0 $REVISION 0 </mnt/doc >/dev/null
before=$(fingerprint) files=$(files)
first=$(grep -n "^peer" /mnt/doc | sed -n "1s/:.*//p") # busybox's sed knows no address 0
n=0
refuse() { # WHAT, the document in /mnt/bad
  echo "refuse: $1" >/mnt/about
  n=$((n + 1))
  gives 65 "^wgctl: " wgctl apply wg0 00000000000000bb 0 </mnt/bad
  { echo "$PRIVATE"; awk '$2 != "-" { print $2 }' $PEERS; } | while read -r secret; do ! grep -qF -- "$secret" /mnt/said || stop "a secret in the refusal of $1"; done
  [ "$(files)" = "$files" ] || stop "files changed by: $1"
}
edit() { # WHAT SED-SCRIPT: sealed again, so that only the grammar can find it
  sed '$d' /mnt/doc | sed "$2" >/mnt/bad
  sed '$d' /mnt/doc | cmp -s - /mnt/bad && stop "the edit did nothing: $1"
  seal /mnt/bad
  refuse "$1"
}
sed '$d' /mnt/doc >/mnt/bad; refuse "no end line"
head -n 20 /mnt/doc >/mnt/bad; refuse "cut at a line"
head -c 1000 /mnt/doc >/mnt/bad; refuse "cut in a line"
: >/mnt/bad; refuse "empty"
sed 's/^port .*/port 51821/' /mnt/doc >/mnt/bad; refuse "altered, with the old checksum"
sed '$s/.*/end 0/' /mnt/doc >/mnt/bad; refuse "an end that is no checksum"
{ cat /mnt/doc; echo "port 1"; } >/mnt/bad; refuse "text after the end"
for at in 1 7 20; do edit "a byte of another alphabet in line $at" "${at}s/.\$/\xc3\xa4/"; edit "a NUL in line $at" "${at}s/.\$/\x00/"; edit "a tab" "${at}s/ /\t/"; edit "a carriage return" "${at}s/\$/\r/"; done
edit "another interface" '2s/wg0/wg1/'
edit "another version" '1s/1/2/'
for line in $(seq 1 11); do edit "line $line missing" "${line}d"; edit "line $line twice" "${line}p"; done
for word in '$(touch /run/x)' '`touch /run/x`' ';reboot' '|id' '&' "'" '"' '\\' '../x' '-x' '*' '?' '%i' '{' '#'; do
  for line in 2 3 7 10 11 12; do edit "'$word' in line $line" "${line}s~\$~$(echo "$word" | sed 's/[&\\]/\\&/g')~"; done
done
edit "an implementation that nobody knows" 's/^implementation .*/implementation openvpn/'
edit "port 0" 's/^port .*/port 0/'
edit "port 65536" 's/^port .*/port 65536/'
edit "port 022" 's/^port .*/port 022/'
edit "mtu too small for IPv6" 's/^mtu .*/mtu 1279/'
edit "an address without length" '/^address/s~/24~~'
edit "an address out of range" '/^address/s~10.66.0.1/~10.66.0.256/~'
edit "a peer with the key of the interface" "${first}s~^peer [^ ]*~peer $(echo "$PRIVATE" | wg pubkey)~"
edit "the same peer twice" "${first}p"
edit "a network on two peers" 's~^\(peer .*\) [^ ]*$~\1 10.66.0.2/32~'
edit "a peer without networks" "$first"'s~ [^ ]*$~~'
edit "a key of 43 characters" "$first"'s~^peer .~peer ~'
edit "keepalive 65536" "$first"'s~^\(peer [^ ]* [^ ]*\) [0-9]*~\1 65536~'
edit "another public key" "s~^public-key .*~public-key $(key)~"
edit "a default route" '/^route 192/s~ .*~ 0.0.0.0/0~'
edit "an IPv6 default route" '/^route fd/s~ .*~ ::/0~'
edit "a route that is none" '/^route/s~^route .*~route default~'
for word in port address route forward-to nft; do edit "a space before $word" "s/^$word / &/"; done
for net in ::1::2/128 12345::/32 fd00:50/64 :::/0 fd00:0050::/64 FD00:50::/64 fd00:50:0::/64 fd00::1:0:0:0:0/64 ::ffff:10.0.0.1/128 1:2:3:4:5:6:7:8::/128; do
  edit "route $net" "s~^route fd00:50::/64~route $net~"
  edit "a peer's $net" "$first"'s~ [^ ]*$~ '"$net~"
done
for net in 192.168.50.1/24 11.0.0.0/7 128.0.0.0/0 fd00:50::1/64 fd00:50::8000/112 8000::/0; do
  edit "host bits of route $net" "/^route fd00:50/s~ .*~ $net~"
  edit "host bits of a peer's $net" "$first"'s~ [^ ]*$~ '"$net~"
done
edit "forward 5" '/^forward/s/^forward .*/forward 5/'
edit "an unknown word" 's/^mtu/MTU/'
edit "a line of 70,000 bytes" "s~^nft .*iifname.*~&$(head -c 70000 /dev/zero | tr '\0' ' ')~"
edit "lines out of order" '10{h;d};11G'
table='^nft table inet wirewright_wg0 {'
edit "another table before ours" "s~$table~nft table inet other {}\n&~"
edit "another table instead of ours" "s~$table~nft table inet other {~"
edit "another table after ours" 's~^nft }$~&\nnft table inet other {\nnft }~'
edit "a table behind the closing brace" 's~^nft }$~nft } ; table inet other { }~'
edit "a flush" "s~$table~nft flush ruleset\n&~"
edit "a file that is included" 's~^nft   chain input {~nft include "/etc/passwd"\n&~'
edit "a variable" 's~^nft   chain input {~nft define x = 1\n&~'
edit "a comment that hides a brace" 's~^nft   chain input {~nft # {\n&~'
edit "a brace in quotes" 's~iifname != "wg0"~iifname != "wg{0"~'
edit "a brace too many" 's~^nft }$~&\nnft }~'
edit "no closing brace" '/^nft }$/d'
edit "text that nft refuses" 's~icmp type echo-request~icmp sort echo-request~'
check test ! -e "/proc/$INIT/root/run/x"
[ "$(fingerprint)" = "$before" ] || stop "something changed"
for words in "apply" "apply wg0" "apply ../x 00000000000000bb 0" "apply wg0 xyz 0" "apply wg0 00000000000000bb -1" "apply wg0 00000000000000bb 99999999" "probe" "probe 12" "nothing" "" "apply lo 00000000000000bb 0" "confirm wg0 1" "remove" 'remove a;b' "gc 1"; do
  # shellcheck disable=SC2086
  gives 64 "^wgctl: " wgctl $words </mnt/doc
done
gives 65 "not one of wg1" wgctl remove wg1 </mnt/doc
gives 0 status=unchanged wgctl apply wg0 $REVISION 0 </mnt/doc
echo "documents: $n refused"
