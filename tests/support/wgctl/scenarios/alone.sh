# A kill that hits the helper's main process alone, while the subshell that makes its changes lives on: nobody recovers
# beside that one, however long it takes; once it has ended, the device is the old one again.
. "$here/shims.sh"
shims_make
wgctl install >/dev/null
defaults "${1:-wireguard-go}"
document /mnt/old
old=$REVISION
wgctl apply wg0 "$old" 0 </mnt/old >/dev/null
state() { settled; fingerprint; probe | sed '/^\(uptime\|clock\|end\|record\) /d'; }
foreign && state >/mnt/state.old
PORT=51999 ADDRESSES="10.66.0.9/24" ROUTES="192.168.77.0/24"
document /mnt/new
real=$(command -v wg)
shim wg <<SHIM
case "\$1 \$2 \$3" in
  'set wg0 listen-port') # in the midst of the change: this helper's main process goes, its subshell stands still
    cut -d ' ' -f 4 "/proc/\$PPID/stat" >/mnt/subshell # its parent is \`timeout\`
    kill -KILL "\${WGCTL_ID%%.*}"
    kill -STOP "\$(cat /mnt/subshell)"
    ;;
esac
exec $real "\$@"
SHIM
shimmed apply wg0 "$REVISION" 0 </mnt/new >/mnt/said 2>&1 && stop "the helper was not killed"
[ -s /mnt/subshell ] || stop "the change did not get that far: $(cat /mnt/said)"
on kill -0 "$(cat /mnt/subshell)" || stop "the subshell has ended, too"
wgctl tick >/mnt/said 2>&1 || :
check test -e /etc/wirewright/wg0/txn
document /mnt/again
gives 75 "busy: process" wgctl apply wg0 "$REVISION" 0 </mnt/again
on kill -CONT "$(cat /mnt/subshell)"
tries=0
until [ $tries -ge 40 ] || { wgctl tick && [ ! -e /etc/wirewright/wg0/txn ]; }; do tries=$((tries + 1)); done
state >/mnt/state
diff -a /mnt/state.old /mnt/state || stop "the device is not the old one"
is "$(cat /etc/wirewright/wg0/current)" "$old" "the confirmed revision"
check test "$(on sh -c 'ls -d /run/wirewright-work.* 2>/dev/null' | wc -l)" -le 1
