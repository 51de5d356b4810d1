# shellcheck shell=sh
# What the set-up says while it works: which step, how long so far, and a sign of life from anything that takes long.
# Sourced by run.sh.

# handed on, so that the build in the background counts from the same moment
started=${WIREWRIGHT_STARTED:-$(date +%s)}
export WIREWRIGHT_STARTED="$started"

# seconds since the set-up began, as 3:07
clock() {
  elapsed=$(($(date +%s) - started))
  printf '%d:%02d' $((elapsed / 60)) $((elapsed % 60))
}

say() {
  printf '[%s] %s\n' "$(clock)" "$*"
}

# fail STEP WHY NEXT: the last words of a set-up that can't go on. `npm test` ends with a count whatever happens.
fail() {
  {
    printf '\n[%s] set-up failed at: %s\n' "$(clock)" "$1"
    printf '  why:  %s\n' "$2"
    printf '  next: %s\n' "$3"
  } >&2
  if [ "${mode:-}" = test ]; then
    echo "tests: 0 passed, 1 failed, 0 skipped"
  fi
  exit 1
}

# watch PID TITLE LIFE...: waits for a background process; every 15 s a line with what the command LIFE prints. Returns
# the process's exit status.
watch() {
  watched=$1
  title=$2
  shift 2
  since=$(date +%s)
  spoken=$since
  while kill -0 "$watched" 2>/dev/null; do
    sleep 0.2
    now=$(date +%s)
    if [ $((now - spoken)) -ge 15 ]; then
      spoken=$now
      say "  $title, $((now - since)) s: $("$@")"
    fi
  done
  wait "$watched"
}

# the last line of a log, short enough for one line of a terminal
last_line() {
  tail -n 1 "$1" 2>/dev/null | tr -d '\r' | cut -c 1-100
}

# logged TITLE LOG COMMAND...: runs one command with its output in a log and a sign of life; its exit status. `child` is
# its process for as long as it lives: later the number may be another's.
logged() {
  log_title=$1
  log=$2
  shift 2
  "$@" >"$log" 2>&1 </dev/null &
  child=$!
  status=0
  watch "$child" "$log_title" last_line "$log" || status=$?
  child=
  return "$status"
}
