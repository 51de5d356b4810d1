# crash [TRIALS [SEED [DEEDS [IMPLEMENTATION [OTHER]]]]]: the helper is killed around a tool (before, after, orphan: the tool
# lives on, alone: so does the helper's subshell) or around a system call by which it or a tool changes something
# (call-before, call-after), or a tool of its breaks (fail, hang, half, garbage, reorder), at a random place of a random step,
# or with TRIALS `each` at each place of each step in turn; then tick or a start of the device recovers. Invariant, each time:
# the device is exactly the old or the new state, foreign state is the same, nothing is pending, an acknowledged commit holds.
. "$here/shims.sh"
trials=${1:-20} seed=${2:-1} deeds=${3:-"before after orphan alone"}
shims_make
wgctl install >/dev/null
defaults "${4:-wireguard-go}"
cp $PEERS /mnt/peers.old
document /mnt/old
old=$REVISION oldnonce=$NONCE
sed -i '1d' $PEERS && sed -i '1s/ 0 / 21 /; 1s| \([^ ]*\)$| \1,10.66.9.0/24|' $PEERS && peer 7 psk && peer 8
PRIVATE=$(wg genkey) PORT=51999 MTU=1390 ADDRESSES="10.66.0.9/24 10.68.0.1/24" ROUTES="192.168.77.0/24" FORWARD=4 EXTRA="udp dport 53 accept"
IMPLEMENTATION=${5:-$IMPLEMENTATION}
document /mnt/new
new=$REVISION newnonce=$NONCE

state() { # without what may differ between two equal devices
  settled
  fingerprint | sed '/^wireguard-go$/d; /^boringtun-cli$/d'
  probe | sed '/^\(uptime\|clock\|end\|record\) /d; s/^\(peer [^ ]* [^ ]* [^ ]*\) [^ ]* [^ ]*/\1/' | sort
  on sh -c 'pidof wireguard-go boringtun-cli | wc -w'
}
states() { # the pictures to compare with, on a device in the state that $1 names
  state >/mnt/state.$1
}
counted() { # VERB...: how many system calls it makes that change something, in CALLS; its input is kept
  /mnt/killer 0 before nsenter -t "$INIT" -n -m -p -- env PATH="$PATH" /etc/wirewright/wgctl "$@" >/mnt/said 2>/mnt/calls || stop "failed: $* -- $(cat /mnt/said /mnt/calls)"
  CALLS=$(sed -n 's/^calls //p' /mnt/calls)
}
hit() { # DEED AT VERB...: the helper runs into it
  deed=$1 at=$2
  shift 2
  case $deed in
    call-*) code=0; /mnt/killer "$at" "${deed#call-}" nsenter -t "$INIT" -n -m -p -- env PATH="$PATH" /etc/wirewright/wgctl "$@" || code=$?
      [ "$code" -ne 137 ] || killed=$((killed + 1))
      return "$code" ;;
    *) plan "$at" "$deed"; shimmed "$@" ;;
  esac
}
random() { # BELOW: a Park-Miller generator, so that a seed gives the same run everywhere
  seed=$((seed * 48271 % 2147483647))
  RANDOM_NUMBER=$((seed % $1))
}
foreign
check test "$(wgctl apply wg0 $old 0 </mnt/old >/dev/null; echo $?)" = 0
states old
plan 1000000000 none
gives 0 status=applied shimmed apply wg0 $new 0 </mnt/new
apply_calls=$(calls)
states new
wgctl apply wg0 $old 300 </mnt/old >/dev/null && plan 1000000000 none && shimmed rollback wg0 >/dev/null
rollback_calls=$(calls)
wgctl apply wg0 $old 300 </mnt/old >/dev/null && plan 1000000000 none && echo $oldnonce | shimmed confirm wg0 $old >/dev/null
confirm_calls=$(calls)
plan
case $deeds in
  *call-*)
    cp "$KILLER" /mnt/killer
    counted apply wg0 $new 0 </mnt/new && apply_calls=$CALLS
    wgctl apply wg0 $old 300 </mnt/old >/dev/null && counted rollback wg0 && rollback_calls=$CALLS
    echo $oldnonce >/mnt/nonce
    wgctl apply wg0 $old 300 </mnt/old >/dev/null && counted confirm wg0 $old </mnt/nonce && confirm_calls=$CALLS
    ;;
esac
wgctl apply wg0 $new 0 </mnt/new >/dev/null
device_reboot && wgctl boot && states new.start
wgctl apply wg0 $old 0 </mnt/old >/dev/null && device_reboot && wgctl boot && states old.start
is=old olds=0 news=0 killed=0
set -- $deeds
echo "crash: apply makes $apply_calls calls, confirm $confirm_calls, rollback $rollback_calls; $trials trials, seed $seed, deeds $deeds"
trial=0 mode=random
[ "$trials" != each ] || mode=each trials=$((apply_calls + confirm_calls + rollback_calls))
while [ $trial -lt "$trials" ]; do
  if [ $mode = each ]; then
    eval "deed=\${$((trial % $# + 1))}"
    recovery=$((trial / $# % 2)) way=0 at=$((trial + 1))
    [ $at -le $apply_calls ] || way=1 at=$((at - apply_calls))
    [ $way = 0 ] || [ $at -le $confirm_calls ] || way=2 at=$((at - confirm_calls))
  else
    random $#; eval "deed=\${$((RANDOM_NUMBER + 1))}"
    random 2; recovery=$RANDOM_NUMBER
    random 3; way=$RANDOM_NUMBER
    case $way in 0) random $apply_calls ;; 1) random $confirm_calls ;; 2) random $rollback_calls ;; esac
    at=$((RANDOM_NUMBER + 1))
  fi
  trial=$((trial + 1))
  if [ $is = old ]; then to=new; else to=old; fi
  eval "revision=\$$to nonce=\$${to}nonce"
  echo "trial $trial: $is to $to, $deed at call $at, way $way, recovery $recovery" >/mnt/about
  acked=no
  case $way in
    0) hit $deed $at apply wg0 $revision 0 </mnt/$to >/mnt/said 2>&1 && acked=yes ;;
    1) # armed, then the confirmation is hit
      wgctl apply wg0 $revision 300 </mnt/$to >/mnt/said 2>&1 || stop "apply failed: $(cat /mnt/said)"
      echo "$nonce" >/mnt/nonce; hit $deed $at confirm wg0 $revision </mnt/nonce >/mnt/said 2>&1 && acked=yes ;;
    2) # armed, then the rollback is hit
      wgctl apply wg0 $revision 300 </mnt/$to >/mnt/said 2>&1 || stop "apply failed: $(cat /mnt/said)"
      hit $deed $at rollback wg0 >/mnt/said 2>&1 || : ;;
  esac
  case $deed in call-*) ;; *) [ "$(calls)" -lt "$(cut -d ' ' -f 1 /mnt/shim/plan)" ] || killed=$((killed + 1)) ;; esac
  plan
  if [ $recovery = 0 ]; then
    tries=0
    until [ $tries -ge 40 ] || { wgctl tick && [ ! -e /etc/wirewright/wg0/txn ]; }; do
      # armed and not hit: the way that was not reached is walked to its end by hand
      [ "$(cut -d ' ' -f 1 /etc/wirewright/wg0/txn)" != armed ] || wgctl rollback wg0 >/dev/null 2>&1 || :
      tries=$((tries + 1))
    done
  else
    device_reboot
    wgctl boot || stop "boot failed"
  fi
  [ ! -e /etc/wirewright/wg0/txn ] || stop "still pending: $(cat /etc/wirewright/wg0/txn; tail -n 3 /etc/wirewright/journal)"
  state >/mnt/state
  suffix=
  [ $recovery = 0 ] && [ -e "/proc/$INIT/root/sys/class/net/other0" ] || suffix=.start
  if cmp -s /mnt/state /mnt/state.new$suffix; then now=new news=$((news + 1))
  elif cmp -s /mnt/state /mnt/state.old$suffix; then now=old olds=$((olds + 1))
  else diff -a /mnt/state.$to$suffix /mnt/state || :; diff -a /mnt/state.$is$suffix /mnt/state || :; tail -n 12 /etc/wirewright/journal; stop "neither old nor new"; fi
  [ $acked = no ] || [ $now = $to ] || stop "an acknowledged change was lost"
  [ "$(cat /etc/wirewright/wg0/current)" = "$(eval echo \$$now)" ] || stop "live is $now, current is another"
  check test "$(on sh -c 'ls -d /run/wirewright-work.* /etc/wirewright/wg0/gen/*.part 2>/dev/null' | wc -l)" -le 1
  [ $((trial % 100)) -ne 0 ] || echo "crash: trial $trial, $killed hit, $olds old, $news new"
  is=$now
done
rm -f /mnt/about
echo "crash: $trials trials ($mode place), $killed hit, $olds ended old, $news ended new, 0 between"
