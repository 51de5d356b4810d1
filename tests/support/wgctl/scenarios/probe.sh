# A probe is whole or an error, whatever its tools do; and nobody else's process, route or remark is taken for ours.
. "$here/shims.sh"
shims_make
wgctl install >/dev/null
defaults "${1:-wireguard-go}"
document /mnt/doc
wgctl apply wg0 $REVISION 0 </mnt/doc >/dev/null
strip() { sed '/^\(uptime\|clock\|end\|tool\|boot\|policy\) /d'; } # what says itself that it could not be told
probe | strip >/mnt/good
plan 1000000000 none
shimmed probe $SALT >/mnt/said
at=0 total=$(calls) errors=0
[ "$total" -gt 20 ] || stop "a probe makes only $total calls"
while [ $at -lt "$total" ]; do
  at=$((at + 1))
  plan $at fail
  if shimmed probe $SALT 2>/mnt/err >/mnt/said; then
    strip </mnt/said | cmp -s - /mnt/good || stop "call $at failed and the probe ended with 0: $(strip </mnt/said | diff - /mnt/good)"
  else errors=$((errors + 1)); fi
done
plan
[ $errors -gt 10 ] || stop "only $errors of $total failing calls were noticed"

shim ip <<'S'
case $* in *addr*) /usr/sbin/ip "$@" | grep -v wg0; echo 'Dump was interrupted and may be inconsistent.' >&2; exit 0 ;; esac
exec /usr/sbin/ip "$@"
S
gives 71 "interrupted three times" shimmed probe $SALT
shim ip <<'S'
case $* in *addr*) [ -e /mnt/once ] || { : >/mnt/once; echo 'Dump was interrupted and may be inconsistent.' >&2; exit 0; } ;; esac
exec /usr/sbin/ip "$@"
S
shimmed probe $SALT | strip | cmp -s - /mnt/good || stop "one interruption is not got over"

# a queue may have no reader; the kernel of a test may know none
shim nft <<'S'
case $* in *ruleset*) printf 'table ip theirs {\n\tchain f {\n\t\ttype filter hook forward priority filter; policy accept;\n\t\tiifname "wg0" counter queue to 7\n\t}\n}\n'; exit 0 ;; esac
exec /usr/sbin/nft "$@"
S
shimmed probe $SALT | grep -qx "other ip theirs f forward 1" || stop "a queue is not told"
shims_make

# an ip of which nobody knows what it is: the routes of others on our link are not taken for ours
on ip route add 198.18.7.0/24 dev wg0 proto static
shim ip <<'S'
case $* in -V) exit 1 ;; esac
exec /usr/sbin/ip "$@"
S
gives 71 "ip -V" shimmed apply wg0 $REVISION 0 </mnt/doc
check test -n "$(on ip route show 198.18.7.0/24)"
on ip route del 198.18.7.0/24
shims_make

# somebody without rights calls a process of his like our daemon
chmod 0755 /mnt
mkdir -m 0755 /mnt/theirs
printf '#!/bin/sh\nsleep 300\n:\n' >/mnt/theirs/wireguard-go
chmod 0755 /mnt/theirs/wireguard-go
theirs() { on setpriv --reuid 65534 --regid 65534 --clear-groups /mnt/theirs/wireguard-go wg0 >/dev/null 2>&1 </dev/null & }
theirs
wait_for_it() {
  tries=0
  until on sh -c 'grep -qsz "^/mnt/theirs/wireguard-go" /proc/[0-9]*/cmdline'; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || stop "their process does not start"
    sleep 0.1
  done
}
wait_for_it
on sh -c 'read -r daemon _ </run/wirewright/wg0/daemon; kill -KILL "${daemon%%.*}"'
gives 0 status=applied wgctl apply wg0 $REVISION 0 </mnt/doc
device_reboot
theirs
wait_for_it
check wgctl boot
probe | grep -q "^link tun [a-z-]* yes yes" || stop "a stranger's process keeps the link from coming up"

# stopped in the middle, or nobody reads on: nothing of it stays, and no key
on sh -c "/etc/wirewright/wgctl probe $SALT | head -n 1 >/dev/null"
is "" "$(on sh -c 'ls -d /run/wirewright-work.* 2>/dev/null')" "what a probe leaves behind that nobody reads"
for delay in 0.02 0.05 0.1 0.15 0.2 0.3; do
  on sh -c "/etc/wirewright/wgctl probe $SALT >/dev/null 2>&1 & sleep $delay; kill -TERM \$! 2>/dev/null; wait \$!" || :
  is "" "$(on sh -c 'ls -d /run/wirewright-work.* 2>/dev/null')" "what a stopped probe leaves behind after $delay s"
done
echo "probe: $errors of $total failing calls were errors, the others changed nothing that counts"
