# Shims: stand-ins for the tools, first on the helper's PATH. Each writes its arguments to /mnt/shim/log, counts, and at the
# call that /mnt/shim/plan names does something else than the tool would. dash only: Debian's busybox runs its own applets.

TOOLS="awk boringtun-cli cat cmp date env grep head ip kill mkdir mv nft perl readlink rm rmdir sed setsid sha256sum sleep sort sync tail tr wc wg wireguard-go xargs"

shims_make() {
  mkdir -p /mnt/shim/bin
  for tool in $TOOLS; do
    real=$(command -v "$tool") || continue
    [ "$tool" != kill ] || continue
    cat >"/mnt/shim/bin/$tool" <<SHIM
#!/bin/sh
echo "$tool \$*" >>/mnt/shim/log
read -r at what <"/mnt/shim/plan" || exec $real "\$@"
read -r n </mnt/shim/count
n=\$((n + 1))
set -C # two tools of a pipeline count at the same time: a number is whose file it makes
until { true >"/mnt/shim/calls/\$n"; } 2>/dev/null; do n=\$((n + 1)); done
set +C
echo "\$n" >/mnt/shim/count
[ "\$n" -eq "\$at" ] || exec $real "\$@"
read -r group </mnt/shim/group
case \$what in
  before) kill -KILL "-\$group"; exit 1 ;;
  after) code=0; $real "\$@" || code=\$?; kill -KILL "-\$group"; exit "\$code" ;;
  orphan) kill -KILL "-\$group"; exec $real "\$@" ;;
  alone) kill -KILL "\$group"; exec $real "\$@" ;;
  fail) cat >/dev/null; exit 1 ;;
  hang) exec sleep 1000 ;;
  half) $real "\$@" >/mnt/shim/out; code=\$?; size=\$(wc -c </mnt/shim/out); head -c \$((size / 2)) /mnt/shim/out; exit "\$code" ;;
  reorder) $real "\$@" >/mnt/shim/out; code=\$?; tac /mnt/shim/out; exit "\$code" ;;
  garbage) echo 'Ung\374ltig: x{}" ; 0/0'; exit 0 ;;
esac
SHIM
    chmod 0755 "/mnt/shim/bin/$tool"
  done
  plan
}

plan() { # [CALL DEED]: none without arguments
  : >/mnt/shim/log
  rm -rf /mnt/shim/calls && mkdir /mnt/shim/calls
  echo 0 >/mnt/shim/count
  echo "${*:-}" >/mnt/shim/plan
  [ $# -gt 0 ] || : >/mnt/shim/plan
}

shim() { # TOOL: the script on stdin replaces it
  { echo '#!/bin/sh'; cat; } >"/mnt/shim/bin/$1"
  chmod 0755 "/mnt/shim/bin/$1"
}

calls() { ls /mnt/shim/calls | wc -l; } # since the last plan

shimmed() { # as wgctl, through the shims and in a process group of its own
  nsenter -t "$INIT" -n -m -p -- env PATH="/mnt/shim/bin:$PATH" /usr/bin/setsid -w /bin/sh -c 'echo $$ >/mnt/shim/group; exec /etc/wirewright/wgctl "$@"' sh "$@"
}
