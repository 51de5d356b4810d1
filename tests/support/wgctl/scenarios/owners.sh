# What is not ours stays: links, tables, interfaces of another owner or resource.
wgctl install >/dev/null
defaults "${1:-wireguard-go}"
document /mnt/doc
on /usr/sbin/ip tuntap add wg0 mode tun
before=$(fingerprint)
gives 79 "not ours" wgctl apply wg0 $REVISION 0 </mnt/doc
probe wg0 | grep -q '^link tun - none no 1500$' || stop "a stranger that wears the name is not told"
gives 0 status=absent wgctl remove wg0 </mnt/doc
gives 0 things=0 wgctl gc
[ "$(fingerprint)" = "$before" ] || stop "a foreign link was touched"
on sh -c 'echo wirewright:ffffffffffffffffffffffffffffffff >/sys/class/net/wg0/ifalias'
gives 79 "not ours" wgctl apply wg0 $REVISION 0 </mnt/doc
gives 0 things=0 wgctl gc $OWNER
gives 0 things=1 wgctl gc ffffffffffffffffffffffffffffffff
check test ! -e "/proc/$INIT/root/sys/class/net/wg0"

gives 0 status=applied wgctl apply wg0 $REVISION 0 </mnt/doc
before=$(fingerprint)
mine=$OWNER OWNER=ffffffffffffffffffffffffffffffff
document /mnt/theirs
gives 79 "another owner" wgctl apply wg0 00000000000000aa 0 </mnt/theirs
gives 0 status=kept wgctl remove wg0 </mnt/theirs
NAME=wg1 PORT=52001 ADDRESSES=10.67.0.1/24
document /mnt/theirs
for verb in check apply; do
  gives 79 "there is a route to 192.168.50.0/24 by wg0 already, which is not ours" wgctl $verb wg1 00000000000000aa 0 </mnt/theirs
done
NAME=wg0 PORT=51820 ADDRESSES="10.66.0.1/24 fd00:66::1/64"
OWNER=$mine IDENTITY=ffffffffffffffff
document /mnt/replaced
gives 0 status=kept wgctl remove wg0 </mnt/replaced
gives 0 status=ready wgctl check wg0 00000000000000ab 0 </mnt/replaced
[ "$(fingerprint)" = "$before" ] || stop "changed on behalf of another owner"
gives 0 status=applied wgctl apply wg0 00000000000000ab 0 </mnt/replaced
gives 0 status=kept wgctl remove wg0 </mnt/doc
on sh -c 'kill -KILL $(pidof wireguard-go boringtun-cli); rm -f /run/wireguard/wg0.sock; sleep 0.5'
on /usr/sbin/ip tuntap add wg0 mode tun
gives 79 "not ours" wgctl apply wg0 00000000000000ac 0 </mnt/replaced
on /usr/sbin/ip link del wg0
gives 79 "taken by another" on sh -c 'PATH=$PATH:/usr/bin perl -MIO::Socket::INET -e "\$s = IO::Socket::INET->new(Proto => \"udp\", LocalPort => 51820) or die; sleep 30" & sleep 0.5; code=0; /etc/wirewright/wgctl apply wg0 00000000000000ad 0 </mnt/replaced || code=$?; kill $!; exit $code'
# a crash lost the record but not the link
gives 0 status=applied wgctl apply wg0 00000000000000ae 0 </mnt/replaced
mv /etc/wirewright/wg0 /mnt/lost
probe | grep -q '^interface wg0' || stop "an orphan is not told"
gives 0 things=1 wgctl gc $OWNER
check test ! -e "/proc/$INIT/root/sys/class/net/wg0"
gives 0 installed wgctl install
on nft list tables | grep -q wirewright && stop "the orphan's table is left"
echo "owners: done"
