// What a hand, another program or bad luck does to a device. A script sees $IF (the interface), $DAEMON (pid of its process), $V
// and $B (public keys of clients victim and branch), $V4 (victim's IPv4 network, $VICTIM without its length), $ADDRESS, $HOST and $ADDRESS6 (the interface's own),
// $SUBNET and $SUBNET6 (behind branch), $PORT, $T (nft table) and $OWNER.

export interface Mutation {
  readonly name: string;
  readonly script: string;
  /** `property severity` of every difference that it must make, without the number of a policy line. */
  readonly tells: readonly string[];
  /** Default: both interfaces, which are of wireguard-go (wg0) and boringtun (wg1). */
  readonly only?: "wg0" | "wg1";
  /** Why packets of other clients may be lost meanwhile; default: none may. */
  readonly interrupts?: string;
  /** Must succeed on the device after the repair; it is given 15 s. */
  readonly proof?: string;
  /** By hand, after all: what the mutation did to what is not ours. */
  readonly undo?: string;
}

const REACHES_VICTIM = "ping -n -q -c 1 -W 1 $VICTIM >/dev/null";
const SYSCTL = "/proc/sys/net";

const peers: readonly Mutation[] = [
  { name: "a peer removed", script: "wg set $IF peer $V remove", proof: REACHES_VICTIM, tells: ["peers.victim wrong"] },
  {
    name: "an unknown peer added",
    script: "wg set $IF peer $(wg genkey | wg pubkey) allowed-ips 10.99.0.1/32",
    tells: ["peers.? foreign"],
  },
  {
    name: "an address stolen by an unknown peer",
    script: "wg set $IF peer $(wg genkey | wg pubkey) allowed-ips $V4",
    proof: REACHES_VICTIM,
    tells: ["peers.victim.allowedIps wrong", "peers.? foreign"],
  },
  {
    name: "an address stolen by a known peer",
    // boringtun panics when a peer is changed.
    only: "wg0",
    script: "wg set $IF peer $B allowed-ips $V4,$SUBNET",
    proof: REACHES_VICTIM,
    tells: ["peers.branch.allowedIps wrong", "peers.victim.allowedIps wrong"],
  },
  {
    name: "a pre-shared key changed",
    only: "wg0",
    script: "wg genpsk >/tmp/psk; wg set $IF peer $V preshared-key /tmp/psk; rm /tmp/psk",
    proof: REACHES_VICTIM,
    tells: ["peers.victim.presharedKey wrong"],
  },
  {
    name: "a peer without its pre-shared key",
    script:
      "nets=$(wg show $IF allowed-ips | grep $V | cut -f2 | tr ' ' ,); wg set $IF peer $V remove; wg set $IF peer $V allowed-ips $nets",
    proof: REACHES_VICTIM,
    tells: ["peers.victim.presharedKey wrong"],
  },
  {
    name: "a keepalive of the server's",
    script:
      "psk=$(wg show $IF preshared-keys | grep $V | cut -f2); nets=$(wg show $IF allowed-ips | grep $V | cut -f2 | tr ' ' ,); wg set $IF peer $V remove; printf '%s\\n' $psk >/tmp/psk; wg set $IF peer $V preshared-key /tmp/psk persistent-keepalive 25 allowed-ips $nets; rm /tmp/psk",
    tells: ["peers.victim.keepalive wrong"],
  },
  {
    name: "a subnet taken from a peer",
    only: "wg0",
    script: "wg set $IF peer $V allowed-ips $V4",
    tells: ["peers.victim.allowedIps wrong"],
  },
  {
    name: "a subnet given to a peer",
    only: "wg0",
    script: "wg set $IF peer $V allowed-ips $(wg show $IF allowed-ips | grep $V | cut -f2 | tr ' ' ,),10.99.0.0/16",
    tells: ["peers.victim.allowedIps wrong"],
  },
  {
    name: "every peer replaced by a stranger",
    script:
      "for k in $(wg show $IF peers); do wg set $IF peer $k remove; done; wg set $IF peer $(wg genkey | wg pubkey) allowed-ips 0.0.0.0/0",
    tells: ["peers.branch wrong", "peers.bystander wrong", "peers.victim wrong", "peers.? foreign"],
    interrupts: "every session is gone",
  },
];

const device: readonly Mutation[] = [
  {
    name: "the private key replaced",
    script: "wg genkey >/tmp/key; wg set $IF private-key /tmp/key; rm /tmp/key",
    tells: ["privateKey critical"],
    interrupts: "every session belongs to a key",
  },
  {
    name: "the private key cleared",
    only: "wg0",
    script: "wg set $IF private-key /dev/null",
    tells: ["privateKey critical"],
    interrupts: "every session belongs to a key",
  },
  {
    name: "the port changed",
    script: "wg set $IF listen-port 40000",
    tells: ["port critical"],
    interrupts: "the clients send to the old port",
  },
  { name: "a fwmark", script: "wg set $IF fwmark 0x51", tells: ["fwmark wrong"] },
];

const link: readonly Mutation[] = [
  {
    name: "the link down",
    script: "ip link set $IF down",
    tells: ["link.up critical", "addresses critical", "routes wrong"],
    interrupts: "nothing passes a link that is down",
  },
  {
    name: "no carrier",
    script: "ip link set $IF carrier off",
    tells: ["link.up critical"],
    interrupts: "nothing passes a link without carrier",
  },
  {
    name: "a queue of length 0",
    script: "ip link set $IF txqueuelen 0",
    proof: REACHES_VICTIM,
    tells: ["link.up critical"],
    interrupts: "nothing is sent through a link without a queue",
  },
  { name: "another MTU", script: "ip link set $IF mtu 1300", tells: ["mtu wrong"] },
  { name: "another MTU for IPv6 alone", script: `echo 1280 >${SYSCTL}/ipv6/conf/$IF/mtu`, tells: ["mtu wrong"] },
  {
    name: "an MTU too small for IPv6, put back",
    script: "ip link set $IF mtu 1200; ip link set $IF mtu 1420",
    tells: ["addresses critical", "routes wrong"],
  },
  {
    name: "the link deleted",
    script: "ip link del $IF",
    tells: ["interface critical"],
    interrupts: "the daemon starts anew",
  },
  {
    name: "the link renamed",
    script: "ip link set $IF down; ip link set $IF name theirs7; ip link set theirs7 up",
    tells: ["interface critical"],
    interrupts: "the daemon starts anew",
    undo: "! ip link show theirs7",
  },
  {
    name: "the daemon killed, its socket left",
    script: "kill -KILL $DAEMON; for i in 1 2 3 4 5 6 7 8 9; do [ -d /sys/class/net/$IF ] || break; sleep 0.1; done",
    tells: ["interface critical"],
    interrupts: "the daemon starts anew",
  },
  {
    name: "the daemon stopped",
    script: "kill -STOP $DAEMON",
    tells: ["daemon critical"],
    interrupts: "the daemon starts anew",
  },
  { name: "an address more", script: "ip address add 10.99.0.1/24 dev $IF", tells: ["addresses critical"] },
  {
    name: "another prefix length beside the right one",
    script: "ip address add $HOST/16 dev $IF",
    tells: ["addresses critical"],
  },
  {
    name: "an address with another prefix length",
    script: "ip address del $ADDRESS dev $IF; ip address add $HOST/32 dev $IF",
    tells: ["addresses critical", "routes wrong"],
    interrupts: "the address is gone for a moment",
  },
  {
    name: "an address with a peer",
    script: "ip address add $HOST peer 10.99.0.9/32 dev $IF",
    tells: ["addresses critical"],
  },
  {
    name: "an address of the scope of a host",
    script: "ip address del $ADDRESS dev $IF; ip address add $ADDRESS dev $IF scope host",
    tells: ["addresses critical", "routes wrong"],
    interrupts: "the address is gone for a moment",
  },
  {
    name: "an address whose broadcast address is a client's",
    script: "ip address del $ADDRESS dev $IF; ip address add $ADDRESS broadcast $VICTIM dev $IF",
    tells: ["addresses critical", "routes wrong"],
    proof: REACHES_VICTIM,
    interrupts: "the address is gone for a moment",
  },
  {
    name: "an address that will expire",
    script: "ip address change $ADDRESS dev $IF valid_lft 600 preferred_lft 600",
    tells: ["addresses critical"],
  },
  {
    name: "IPv6 switched off on the link",
    script: "echo 1 >/proc/sys/net/ipv6/conf/$IF/disable_ipv6",
    tells: ["addresses critical", "routes wrong"],
    interrupts: "IPv6 is gone for a moment",
  },
  {
    name: "an address moved to another link",
    script: "ip address del $ADDRESS6 dev $IF; ip address add $ADDRESS6 dev cam0 nodad",
    tells: ["addresses critical"],
    proof: "! ip -o address show dev cam0 | grep -q $ADDRESS6",
  },
  {
    name: "an IPv4 address moved to another link",
    script: "ip address del $ADDRESS dev $IF; ip address add $ADDRESS dev cam0",
    tells: ["addresses critical", "routes wrong"],
    interrupts: "what the tunnel's network is sent goes there meanwhile",
    proof: 'ip route get $VICTIM | grep -q " dev $IF "',
  },
];

const routes: readonly Mutation[] = [
  {
    name: "a route removed",
    script: "ip route del $SUBNET dev $IF; ip route del $SUBNET6 dev $IF",
    tells: ["routes wrong"],
  },
  {
    name: "a route with another metric",
    script: "ip route del $SUBNET dev $IF; ip route add $SUBNET dev $IF proto 219 metric 77",
    tells: ["routes wrong"],
  },
  {
    name: "a route by another device",
    script: "ip route replace $SUBNET via 192.168.1.10 dev lan0",
    tells: ["routes wrong"],
  },
  { name: "a route more", script: "ip route add 10.98.0.0/16 dev $IF proto 219", tells: ["routes wrong"] },
  {
    name: "a route for another type of service, which leaves elsewhere",
    script: "ip route add $SUBNET tos 0x10 dev $IF proto 219",
    tells: ["routes wrong"],
  },
  {
    name: "a route of ours in two ways",
    script: "ip route replace $SUBNET proto 219 nexthop dev $IF weight 1 nexthop via 192.168.1.10 dev lan0 weight 200",
    tells: ["routes wrong"],
  },
  {
    name: "a route of ours from another source",
    script:
      "own=$(ip -o -4 addr show scope global | awk -v tunnel=$IF '$2 != tunnel && !/ wg/ { sub(/[/].*/, \"\", $4); print $4; exit }'); ip route replace $SUBNET dev $IF proto 219 src $own",
    tells: ["routes wrong"],
  },
  {
    name: "routes of ours that lead nowhere",
    script: "ip route add unreachable $VICTIM proto 219; ip -6 route replace blackhole $SUBNET6 proto 219 metric 7",
    proof: REACHES_VICTIM,
    // They lead to no link, so each interface tells them.
    tells: ["routes wrong", "other.routes wrong"],
  },
  {
    name: "routes of ours in another table",
    script: "ip route add 10.98.0.0/16 dev $IF table 100 proto 219; ip route add local 10.98.0.1 dev $IF proto 219",
    tells: ["routes wrong"],
  },
  {
    name: "a route of ours under another protocol",
    script: "ip route replace $SUBNET dev $IF proto static",
    tells: ["routes wrong"],
  },
];

const connected: readonly Mutation[] = [
  {
    name: "the kernel's own route to our network removed",
    script: "ip route del $(echo $ADDRESS | sed s,1/24,0/24,) dev $IF",
    tells: ["routes.connected critical"],
    interrupts: "no answer finds its way",
  },
  {
    name: "the kernel's own IPv6 route to our network removed",
    script: "ip -6 route del $(echo $ADDRESS6 | sed s,1/64,/64,) dev $IF",
    tells: ["routes.connected critical"],
  },
  {
    name: "the kernel's own routes to our networks altered",
    script:
      "ip route change $(echo $ADDRESS | sed s,1/24,0/24,) dev $IF proto kernel scope link src $HOST mtu 600; ip -6 route change $(echo $ADDRESS6 | sed s,1/64,/64,) dev $IF proto kernel metric 256 mtu 1300",
    tells: ["routes.connected critical"],
    interrupts: "the address is gone for a moment",
  },
  {
    name: "the kernel's route to our own address removed",
    script: "ip route del table local local $HOST dev $IF",
    tells: ["routes.connected critical"],
    interrupts: "the server does not take its own address for its own",
  },
  {
    name: "the kernel's route to our own IPv6 address removed",
    script: "ip -6 route del table local local $(echo $ADDRESS6 | cut -d / -f 1)",
    tells: ["routes.connected critical"],
  },
];

const policy: readonly Mutation[] = [
  { name: "the table deleted", script: "nft delete table inet $T", tells: ["policy critical"] },
  {
    name: "the whole ruleset flushed",
    only: "wg0",
    script: "nft -s list ruleset | awk '/^table/ { ours = / wirewright_/ } !ours' >/tmp/theirs; nft flush ruleset",
    tells: ["policy critical", "other.policy critical"],
    undo: "nft -f /tmp/theirs",
  },
  {
    name: "an element added",
    script: "nft add element inet $T net4-lan '{ 10.97.0.0/16 }'",
    tells: ["policy critical"],
  },
  {
    name: "an element removed",
    script: "nft delete element inet $T net4-lan '{ 192.168.1.0/24 }'",
    tells: ["policy critical"],
  },
  {
    name: "a rule that accepts all in front",
    script: "nft insert rule inet $T forward accept",
    tells: ["policy critical"],
  },
  { name: "a chain emptied", script: "nft flush chain inet $T forward", tells: ["policy critical"] },
  {
    name: "the default turned into accept",
    script:
      "nft -s list table inet $T | sed 's/policy drop/policy accept/; s/^\\(\\t\\tdrop\\)$/\\t\\taccept/; s/ drop$/ accept/' >/tmp/t; nft delete table inet $T; nft -f /tmp/t",
    tells: ["policy critical"],
  },
  {
    name: "a table of our name that is empty",
    script: "nft delete table inet $T; nft add table inet $T",
    tells: ["policy critical"],
  },
];

const forwarding: readonly Mutation[] = [
  {
    name: "IPv4 forwarding off on the tunnel",
    script: `echo 0 >${SYSCTL}/ipv4/conf/$IF/forwarding`,
    tells: ["sysctls.net.ipv4.conf.?.forwarding wrong"],
  },
  {
    name: "IPv6 forwarding off everywhere",
    only: "wg0",
    script: `echo 0 >${SYSCTL}/ipv6/conf/all/forwarding`,
    tells: ["sysctls.net.ipv6.conf.all.forwarding wrong", "other.sysctls.net.ipv6.conf.all.forwarding wrong"],
  },
  {
    name: "IPv4 forwarding off on a way out",
    only: "wg0",
    script: `echo 0 >${SYSCTL}/ipv4/conf/lan0/forwarding`,
    tells: ["sysctls.net.ipv4.conf.lan0.forwarding wrong", "other.sysctls.net.ipv4.conf.lan0.forwarding wrong"],
  },
];

const record: readonly Mutation[] = [
  {
    name: "the helper replaced",
    only: "wg0",
    script: "printf '#!/bin/sh\\nexit 0\\n' >/etc/wirewright/wgctl",
    tells: ["helper critical"],
  },
  {
    name: "a helper that can't be run",
    only: "wg0",
    script: "chmod 0644 /etc/wirewright/wgctl",
    tells: ["helper critical"],
  },
  {
    name: "a helper that others may write",
    only: "wg0",
    script: "chmod 0757 /etc/wirewright/wgctl",
    tells: ["helper critical"],
  },
  { name: "the helper removed", only: "wg0", script: "rm /etc/wirewright/wgctl", tells: ["helper critical"] },
  {
    name: "the stored document altered",
    script: "sed -i 's/^port .*/port 51999/' /etc/wirewright/$IF/gen/*/document",
    tells: ["document critical"],
  },
  {
    name: "the directory opened to others",
    only: "wg0",
    script: "chmod 0755 /etc/wirewright",
    tells: ["directory critical"],
  },
  {
    name: "a chain of others that drops what ours lets pass",
    only: "wg0",
    script: "nft 'table inet fence { chain f { type filter hook forward priority -5; ip daddr 192.0.2.0/24 drop; }; }'",
    undo: "nft delete table inet fence",
    tells: ["others.inet.fence foreign"],
  },
  {
    name: "one more rule that drops in a chain of others",
    only: "wg0",
    script: "nft insert rule inet theirs c ip daddr 192.0.2.9 drop",
    undo: "nft delete rule inet theirs c handle $(nft -a list chain inet theirs c | sed -n 's/.*daddr 192.0.2.9.*handle //p')",
    tells: ["others.inet.theirs foreign"],
  },
  { name: "the boot hook removed", only: "wg0", script: "rm -f /etc/init.d/wirewright", tells: ["boot critical"] },
  {
    name: "a boot hook that is not run",
    only: "wg0",
    script: "chmod 0644 /etc/init.d/wirewright",
    tells: ["boot critical"],
  },
  {
    name: "a tick that cron refuses, or another user writes",
    only: "wg0",
    script: "chown nobody /etc/cron.d/wirewright; chmod 0666 /etc/cron.d/wirewright",
    tells: ["boot critical"],
  },
  {
    name: "the directory given to another user",
    only: "wg0",
    script: "chown nobody /etc/wirewright",
    tells: ["directory critical"],
  },
  {
    name: "the boot hook altered",
    only: "wg0",
    script: "echo exit 0 >>/etc/cron.d/wirewright",
    tells: ["boot critical"],
  },
  {
    name: "the directory that cron reads taken away",
    only: "wg0",
    script: "mv /etc/cron.d /etc/cron.d.theirs",
    undo: "mv /etc/cron.d/wirewright /etc/cron.d.theirs/; rmdir /etc/cron.d; mv /etc/cron.d.theirs /etc/cron.d",
    tells: ["boot critical"],
  },
  {
    name: "`current` names a generation that is gone",
    script: "echo 0123456789abcdef >/etc/wirewright/$IF/current",
    tells: ["document critical"],
  },
  { name: "the record lost", script: "rm -r /etc/wirewright/$IF", tells: ["document critical"] },
  { name: "the memory of /run lost", script: "rm /run/wirewright/$IF/listing", tells: ["policy critical"] },
];

/** To be found, named and repaired by one apply. */
export const MUTATIONS = [peers, device, link, routes, connected, policy, forwarding, record].flat();

/** What lives by itself or is nobody's fault: no difference. */
export const LEGITIMATE: readonly Mutation[] = [
  {
    name: "AllowedIPs in another order",
    only: "wg0",
    script:
      "wg set $IF peer $B allowed-ips $(wg show $IF allowed-ips | grep $B | cut -f2 | tr ' ' '\\n' | sort -r | paste -sd,)",
    tells: [],
  },
  {
    name: "AllowedIPs with host bits",
    only: "wg0",
    script:
      "wg set $IF peer $B allowed-ips $(wg show $IF allowed-ips | grep $B | cut -f2 | tr ' ' , | sed 's#192.168.\\(5.\\).0/24#192.168.\\1.77/24#')",
    tells: [],
  },
  {
    name: "an endpoint that roamed",
    only: "wg0",
    script: "wg set $IF peer $V endpoint 192.168.1.222:4444",
    tells: [],
  },
  {
    name: "counters and handles of nft",
    script: "nft reset counters table inet $T || :; nft reset rules table inet $T >/dev/null 2>&1 || :",
    tells: [],
  },
  {
    name: "the same table loaded anew",
    script: "nft -s list table inet $T >/tmp/t; nft delete table inet $T; nft -f /tmp/t",
    tells: [],
  },
  {
    name: "elements in another order",
    script:
      "nft list set inet $T net4-lan >/dev/null; for m in $(nft list maps table inet $T 2>/dev/null | sed -n 's/^\\tmap \\([^ ]*\\) {/\\1/p'); do nft list map inet $T $m | tr -d '\\n\\t' | sed -n 's/.*elements = {\\([^}]*\\)}.*/\\1/p' | tr ',' '\\n' | sort -r >/tmp/e; [ -s /tmp/e ] || continue; nft \"flush map inet $T $m; $(sed \"s/.*/add element inet $T $m { & };/\" /tmp/e | tr '\\n' ' ')\"; done",
    tells: [],
  },
  {
    name: "a table, a rule, a route and a link of others",
    script:
      "nft add table inet alien; ip rule add prio 7777 lookup 7; ip route add 10.96.0.0/16 via 192.168.1.10 proto static; ip link add alien0 type veth peer name alien1",
    undo: "nft delete table inet alien; ip rule del prio 7777; ip route del 10.96.0.0/16; ip link del alien0",
    tells: [],
  },
];

/** Told, and left alone: not ours to mend. */
export const TOLD: readonly Mutation[] = [
  {
    name: "a clock at 1970",
    script:
      'mv /usr/bin/date /usr/bin/date.real; printf \'#!/bin/sh\\n[ "$1" = +%%s ] && echo 0 || exec date.real "$@"\\n\' >/usr/bin/date; chmod 755 /usr/bin/date',
    undo: "mv /usr/bin/date.real /usr/bin/date",
    tells: ["clock informational"],
  },
  {
    name: "a boot hook that somebody masked",
    script: "rm /etc/init.d/wirewright; ln -s /dev/null /etc/init.d/wirewright",
    undo: "rm /etc/init.d/wirewright; /etc/wirewright/wgctl install >/dev/null",
    tells: ["boot informational"],
  },
];

/** Refused by the helper with exit code 79, until a hand has put it right. */
export const REFUSED: readonly Mutation[] = [
  {
    name: "another kind of link wears the name",
    script: "ip link del $IF; sleep 0.3; ip link add $IF type veth peer name alien1",
    undo: "ip link del $IF",
    tells: ["interface critical"],
  },
  {
    name: "a tunnel that somebody made by hand",
    script:
      "ip link del $IF; sleep 0.3; if [ $IF = wg0 ]; then boringtun-cli --disable-drop-privileges --log /dev/null wg0; else wireguard-go wg1; fi >/dev/null 2>&1",
    undo: "ip link del $IF; sleep 0.3",
    tells: ["interface critical"],
  },
  {
    name: "somebody else's mark",
    script: "echo wirewright:00000000000000000000000000000000 >/sys/class/net/$IF/ifalias",
    undo: "echo wirewright:$OWNER >/sys/class/net/$IF/ifalias",
    tells: ["interface critical"],
  },
  {
    name: "a route of others to our own network, before that of the kernel",
    script: "ip route replace $(echo $ADDRESS | sed s,1/24,0/24,) dev lan0",
    undo: "ip route del $(echo $ADDRESS | sed s,1/24,0/24,) dev lan0",
    tells: ["routes.connected critical"],
  },
  {
    name: "a directory in the place of the tick",
    only: "wg0",
    script: "rm /etc/cron.d/wirewright; mkdir /etc/cron.d/wirewright",
    undo: "rmdir /etc/cron.d/wirewright",
    tells: ["boot critical"],
  },
  {
    name: "a link in the place of our directory",
    only: "wg0",
    script: "mv /etc/wirewright /etc/theirs; ln -s theirs /etc/wirewright",
    undo: "rm /etc/wirewright; mv /etc/theirs /etc/wirewright",
    tells: ["directory critical"],
  },
  {
    name: "a process of others on the port",
    only: "wg0",
    script:
      "wg set $IF listen-port 40000; setsid perl -MSocket -e 'socket(S, AF_INET, SOCK_DGRAM, 0); bind(S, sockaddr_in($ARGV[0], INADDR_ANY)) or die; open(F, q(>), q(/tmp/holder)); print F $$; close F; sleep 120' $PORT >/dev/null 2>&1 </dev/null & for i in 1 2 3 4 5 6 7 8 9; do [ -s /tmp/holder ] && break; sleep 0.1; done",
    undo: "kill $(cat /tmp/holder); rm /tmp/holder",
    tells: ["port critical"],
  },
];
