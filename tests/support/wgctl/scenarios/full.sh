# /run filled to the last byte while a change waits for its confirmation: it is rolled back in time all the same, by the
# watcher and by the tick; a probe and an apply say what is full.
wgctl install >/dev/null
defaults "${1:-wireguard-go}"
n=5
while [ $n -lt 60 ]; do n=$((n + 1)); peer $n psk; done
document /mnt/doc
fill() { on sh -c 'cat /dev/zero >/run/fill; echo >/run/last' 2>/dev/null || :; }
empty() { on rm -f /run/fill /run/last; }
size() { on /usr/bin/mount -n -o remount,size="$1" /run; }
used() { on sh -c 'du -sk /run' | cut -f 1; }
gives 0 status=applied wgctl apply wg0 $REVISION 0 </mnt/doc
first=$REVISION before=$(fingerprint)
same() { settled; [ "$(fingerprint)" = "$before" ] || { echo "$before" >/mnt/a; fingerprint | diff -a /mnt/a - || :; stop "not as before: $1"; }; }
# all keys and the daemon's port: as much has to be written as ever
rekeyed() { awk '{ print $1, "-", 7, $4 }' $PEERS >/mnt/p; cp /mnt/p $PEERS; PORT=51999 MTU=1400; EXTRA="udp dport 53 accept"; document /mnt/doc2; }
rekeyed
size $(($(used) + 2500))k

gives 0 status=armed wgctl apply wg0 $REVISION 4 </mnt/doc2
fill
sleep 8
check test ! -e /etc/wirewright/wg0/txn
tail -n 1 /etc/wirewright/journal | grep -q "rolled back to $first: was not confirmed in time" || stop "the watcher: $(tail -n 3 /etc/wirewright/journal)"
empty
same "by the watcher"

gives 0 status=armed wgctl apply wg0 $REVISION 3 </mnt/doc2
read -r watcher </proc/$INIT/root/run/wirewright/wg0/armed
on kill -KILL "${watcher%%.*}"
fill
check wgctl tick # too early
check test -s "/proc/$INIT/root/run/wirewright/wg0/room"
sleep 4
check wgctl tick
empty
check test ! -e /etc/wirewright/wg0/txn
same "by the tick"

# who takes even the room that was kept: told, and tried again
gives 0 status=armed wgctl apply wg0 $REVISION 3 </mnt/doc2
read -r watcher </proc/$INIT/root/run/wirewright/wg0/armed
on kill -KILL "${watcher%%.*}"
on rm /run/wirewright/wg0/room
fill
sleep 4
wgctl tick || :
tail -n 1 /etc/wirewright/journal | grep -q " /run is full" || stop "the journal does not say what is full: $(tail -n 3 /etc/wirewright/journal)"

# a question, and a change
gives 73 "^wgctl: .*/run may be full: make room" probe
is 1 "$(wc -l </mnt/said)" "lines that a probe says"
empty
check wgctl tick
check test ! -e /etc/wirewright/wg0/txn
same "once there was room again"
fill
gives 73 "^wgctl: .*/run may be full: make room" wgctl apply wg0 $REVISION 60 </mnt/doc2
empty
kept=0
for room in 60 90 120 150 180 220 260 300 350 400 450 500; do
  size $(($(used) + room))k
  code=0
  wgctl apply wg0 $REVISION 60 </mnt/doc2 >/mnt/said 2>&1 || code=$?
  size 50%
  case $code in 0) gives 0 status=rolled-back wgctl rollback wg0 ;; 73) kept=$((kept + 1)) ;; *) stop "exit $code with $room kB of room: $(cat /mnt/said)" ;; esac
  settled
  same "$room kB"
done
[ $kept -ge 3 ] || stop "there was always room"
# full from the moment on at which the change begins
if [ "$shell" != ash ]; then
  size $(($(used) + 3000))k
  . "$here/shims.sh"
  shims_make
  shim wg <<'X'
case $1 in set) cat /dev/zero >/run/fill 2>/dev/null; echo >/run/last ;; esac
exec /usr/bin/wg "$@"
X
  gives 73 "/run is full: make room.*rolled back to $first" shimmed apply wg0 $REVISION 60 </mnt/doc2
  empty
  same "full while it was changed"
fi
echo "full: done"
