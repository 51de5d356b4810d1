# walks COUNT [SEED]: random walks from intent to intent by ../../state-walks.ts, which NODE runs; then no trace is left.
checkout=${checkout:?} here=${here:?} shell=${shell:?}
: "${NODE:?the path of node}"
foreign
on sh -c 'echo 61000 65000 >/proc/sys/net/ipv4/ip_local_port_range' # boringtun keeps the random port that it starts with
before=$(fingerprint)
gives 0 status=installed wgctl install 0123456789abcdef
DEVICE=$INIT "$NODE" "$checkout/tests/support/state-walks.ts" "$@" || stop "the walk ended early"
gives 0 status=uninstalled wgctl uninstall
check test ! -e /etc/wirewright
settled
after=$(fingerprint)
[ "$before" = "$after" ] || { echo "$before" >/mnt/a; echo "$after" >/mnt/b; diff -a /mnt/a /mnt/b || :; stop "a trace is left"; }
