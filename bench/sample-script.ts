/**
 * One look at one end of a tunnel, as a POSIX script for `sh -s -- INTERFACE PID|- device|client` on standard input.
 * It prints sections of raw text, which the record keeps; `samples.ts` reads them. A tool that is missing leaves a line `!! reason`.
 * Of `wg` it asks only for a sub-command that prints no key material beyond public keys: never `dump`, `showconf` or a bare `show`.
 */
export const SAMPLE_SCRIPT = `set -u
LC_ALL=C; export LC_ALL
interface=$1 daemon=$2 end=$3
tool() {
  echo "== $1"; shift
  command -v "$1" >/dev/null 2>&1 || { echo "!! no $1 on this machine"; return 0; }
  timeout 5 "$@" 2>/dev/null || echo "!! $1 ended with $?"
}
file() {
  echo "== $1"
  cat "$2" 2>/dev/null || echo "!! can't read $2"
}
echo "== self"; echo $$
tool ticks getconf CLK_TCK
file uptime /proc/uptime
tool clock date +%s
echo "== cpu"; grep '^cpu' /proc/stat || echo "!! no /proc/stat"
if [ "$daemon" = - ]; then
  echo "== daemon"; echo "!! no daemon: the kernel runs this interface"
else
  file daemon "/proc/$daemon/stat"
  echo "== daemon-status"; grep '^Vm' "/proc/$daemon/status" || echo "!! can't read the daemon's status"
  echo "== daemon-memory"; grep '^Pss:' "/proc/$daemon/smaps_rollup" 2>/dev/null || echo "!! no smaps_rollup here"
fi
if [ "$end" = device ]; then
  echo "== processes"; cat /proc/[0-9]*/stat 2>/dev/null | sed 's/ (.*) / (-) /'
fi
tool link ip -s -s -j link show dev "$interface"
tool kernel nstat -asj
tool handshakes wg show "$interface" latest-handshakes
echo "== end"
`;

/** A shell function: the process id of the userspace daemon that runs the interface $1, or nothing. */
export const DAEMON_FUNCTION = `daemon_of() {
  for directory in /proc/[0-9]*; do
    line=$({ tr '\\000' ' ' <"$directory/cmdline"; } 2>/dev/null) || continue
    case " $line" in
      *[/\\ ]wireguard-go\\ *|*[/\\ ]boringtun-cli\\ *) ;;
      *) continue ;;
    esac
    case " $line" in *" $1 "*) echo "\${directory#/proc/}"; return 0 ;; esac
  done
}
`;

/** Prints that process id: `sh -s -- INTERFACE`. */
export const DAEMON_SCRIPT = `set -u\n${DAEMON_FUNCTION}daemon_of "$1"\n`;
