# A device: namespaces within those of the scenario. Its disk is /etc of the scenario, so a restart keeps that and nothing else.

device_start() {
  # A cron that calls nothing: scenarios call the tick themselves.
  unshare --net --mount --pid --fork --kill-child=KILL --mount-proc bash -c '
    PATH=/usr/sbin:/usr/bin:/sbin:/bin; mount -t sysfs sysfs /sys && mount -t tmpfs -o mode=0755 run /run && ip link set lo up &&
    ip link add eth0 type ifb && ip link set eth0 up && ip addr add 192.168.1.2/24 dev eth0 && ip addr add fd00:1::2/64 dev eth0 nodad &&
    ip route add default via 192.168.1.1 && { (echo crond >/proc/$BASHPID/comm; while :; do sleep 1000; done) & } && : >/run/ready && while :; do sleep 1000; done' 2>>/mnt/device.log &
  UNSHARE=$!
  tries=0
  while :; do
    INIT=$(cat "/proc/$UNSHARE/task/$UNSHARE/children" 2>/dev/null) || INIT=''
    INIT=${INIT%% *}
    if [ -n "$INIT" ] && on test -e /run/ready 2>/dev/null; then break; fi
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || stop "the device did not start"
    sleep 0.05
  done
}

device_reboot() { # as pulling the plug: every process, link, table and file in memory is gone
  kill -KILL "$INIT"
  wait "$UNSHARE" 2>/dev/null || :
  device_start
}

on() { nsenter -t "$INIT" -n -m -p -- "$@"; }
wgctl() { on /etc/wirewright/wgctl "$@"; }
stop() {
  echo "not ok: $1 $(cat /mnt/about 2>/dev/null)"
  exit 1
}

# ---- what is expected of a command
gives() { # CODE TEXT COMMAND...: the exit code, and a text in what it says; stdin is kept
  code=$1 text=$2 got=0
  shift 2
  "$@" >/mnt/said 2>&1 || got=$?
  [ "$got" -eq "$code" ] || stop "exit $got instead of $code of: $* -- $(cat /mnt/said)"
  grep -qe "$text" /mnt/said || stop "no '$text' from: $* -- $(cat /mnt/said)"
}
is() { # WANT HAVE WHAT
  [ "$1" = "$2" ] || stop "$3: want '$1', have '$2'"
}
check() { # COMMAND...
  "$@" || stop "failed: $*"
}

wire() { # between the scenario's own network, 198.51.100.2 by wan, and the device, 198.51.100.1 by wan0
  ip=/usr/sbin/ip
  $ip link set lo up
  $ip link add wan type veth peer name wan0
  $ip link set wan0 netns "$INIT"
  $ip addr add 198.51.100.2/24 dev wan && $ip link set wan up
  on $ip addr add 198.51.100.1/24 dev wan0 && on $ip link set wan0 up
}
settled() { # nothing is pending and no helper is at work any more; waits
  tries=0
  while ls /etc/wirewright/*/txn >/dev/null 2>&1 || on sh -c 'grep -qsx wgctl /proc/[0-9]*/comm'; do
    tries=$((tries + 1))
    [ "$tries" -lt 300 ] || stop "still pending: $(cat /etc/wirewright/*/txn 2>/dev/null; on ps -eo pid,ppid,args 2>/dev/null | grep "[w]gctl"; tail -n 3 /etc/wirewright/journal)"
    sleep 0.2
  done
}
SALT=0123456789abcdef0123456789abcdef
probe() { wgctl probe $SALT "$@"; }

# ---- fingerprint: all of the device that anybody could see, the parts that are ours included
fingerprint() {
  on env PATH=/usr/sbin:/usr/bin:/sbin:/bin bash -c '
    exec 2>&1
    for link in /sys/class/net/*; do echo "link ${link##*/} $(cat "$link/mtu" "$link/ifalias" | tr "\n" " ")"; done
    PATH=/usr/sbin:/sbin:$PATH
    ip -o addr | sed "s/^[0-9]*: //; s/ valid_lft.*//; /inet6 fe80/d" | sort
    ip route show table all | sed "/fe80/d; /^multicast/d; s/expires [0-9]*sec//" | sort
    ip -6 route show table all | sed "/fe80/d; /^multicast/d" | sort
    ip rule; ip -6 rule
    nft -s list ruleset
    for link in /sys/class/net/*; do
      link=${link##*/}
      case $link in wg*) wg show "$link" dump | cut -f 1-4,8 ;; esac
    done | sort
    grep -s . /proc/sys/net/ipv4/conf/*/forwarding /proc/sys/net/ipv6/conf/*/forwarding /proc/sys/net/ipv6/conf/*/accept_ra | grep -v "/wg[0-9]*/accept_ra" # of a tunnel nobody advertises anything
    cat /proc/[0-9]*/comm 2>/dev/null | grep -E "^(wireguard-go|boringtun|wgctl)"
    find /run /tmp/boringtun.out -not -path "/run/wirewright*" 2>/dev/null | sort
    ' | sed "s|\(wg[a-z0-9]*\) [^ ]* scope link|\1|"
}
files() { # of the helper, on disk and in memory
  on find /etc/wirewright /etc/init.d/wirewright /etc/cron.d/wirewright /etc/rc2.d /run -name "*wirewright*" 2>/dev/null | sort
}

foreign() { # state of others, which nothing may touch
  on env PATH=/usr/sbin:/usr/bin:/sbin:/bin bash -c '
    nft add table inet other; nft add chain inet other c "{ type filter hook forward priority 10; }"; nft add rule inet other c ip saddr 203.0.113.9 drop
    ip link add other0 type ifb; ip link set other0 up; ip addr add 203.0.113.1/24 dev other0; ip addr add 2001:db8:9::1/64 dev other0 nodad
    /usr/sbin/ip route add 198.18.5.0/24 dev other0 proto static; /usr/sbin/ip rule add from 203.0.113.7 lookup 77 prio 700'
}
