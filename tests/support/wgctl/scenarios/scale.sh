# scale [PEERS [IMPLEMENTATION]]: what a probe, a first apply and one more peer cost. Printed, not judged; but right, too.
count=${1:-10000}
wgctl install >/dev/null
defaults "${2:-wireguard-go}"
many() { # COUNT: made-up public keys (any 32 bytes are one) and pre-shared keys
  head -c $(($1 * 90 + 4096)) /dev/urandom | base64 -w 0 | fold -w 84 | head -n "$1" | awk '
    length($0) == 84 { n++; print substr($0, 1, 42) "A= " substr($0, 43, 42) "A= 0 10." int(n / 65536) + 100 "." int(n / 256) % 256 "." n % 256 "/32,fd00:66::" sprintf("%x:%x", n / 65536 + 1, n % 65536 + 1) "/128" }' | sort
}
many $((count + 1)) >/mnt/all
head -n "$count" /mnt/all >$PEERS
took() { # WHAT COMMAND...
  what=$1 began=$(date +%s%N)
  shift
  "$@" >/mnt/said || stop "$what failed: $(cat /mnt/said)"
  echo "scale: $what: $((($(date +%s%N) - began) / 1000000)) ms"
}
document /mnt/doc
echo "scale: $count peers, a document of $(wc -c </mnt/doc) bytes, $IMPLEMENTATION, load $(cut -d ' ' -f 1 /proc/loadavg)"
took "first apply" wgctl apply wg0 $REVISION 0 </mnt/doc
took "the same once more" wgctl apply wg0 $REVISION 0 </mnt/doc
took probe probe
check test "$(grep -c ^peer /mnt/said)" = "$count"
sort /mnt/all >$PEERS
document /mnt/doc
took "one peer more" wgctl apply wg0 $REVISION 90 </mnt/doc
check grep -q "1 added, 0 changed, 0 gone" /mnt/said
is "$(cut -d ' ' -f 1 $PEERS)" "$(on wg show wg0 peers | sort)" "peers"
took "one peer more, an empty probe of all" probe
took tick wgctl tick
took remove wgctl remove wg0 </mnt/doc
