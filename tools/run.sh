#!/bin/sh
# Sets up everything that this project needs on this machine, says what it does meanwhile, then runs it.
#   sh tools/run.sh demo|test [ARG...]   what `npm run demo` and `npm test` call
#   sh tools/run.sh setup                the set-up alone
#   sh tools/run.sh toolchain            only the part that is built from source, into the cache; needs no root
set -eu
LC_ALL=C
export LC_ALL
tools=$(cd "$(dirname "$0")" && pwd)
checkout=$(dirname "$tools")
# shellcheck source=tools/progress.sh
. "$tools/progress.sh"
# shellcheck source=tools/debian.sh
. "$tools/debian.sh"
# shellcheck source=tools/toolchain.sh
. "$tools/toolchain.sh"
# shellcheck source=tools/machine.sh
. "$tools/machine.sh"

builder=

clean_up() {
  # The builder leads a process group of its own: compilers and all end with it.
  [ -z "$builder" ] || kill -TERM "-$builder" 2>/dev/null || true
  [ -z "${child:-}" ] || kill -TERM "$child" 2>/dev/null || true
  rm -rf "$scratch"
}

# why this machine can't run the lab, or nothing
no_lab_because() {
  if ! is_debian; then
    echo "it needs Debian and this is something else"
  elif [ "$(id -u)" -ne 0 ]; then
    echo "it needs root, for network namespaces"
  elif [ -n "$(unready_items)" ]; then
    no_go_because
  fi
}

start_toolchain() {
  is_ready boringtun || [ -z "$(no_boringtun_because)" ] || say "skipped: boringtun: $(no_boringtun_because)"
  unready=$(unready_items | tr '\n' ' ')
  [ -n "$unready" ] || { say "toolchain: all there, in $cache"; return; }
  say "toolchain: building ${unready}into $cache (minutes, once)"
  setsid sh "$tools/run.sh" toolchain </dev/null &
  builder=$!
}

finish_toolchain() {
  [ -n "$builder" ] || return 0
  if watch "$builder" toolchain toolchain_life; then
    builder=
    say "toolchain: ready"
    return
  fi
  builder=
  failed=$(tr '\n' ' ' 2>/dev/null <"$cache/work/failed") || fail toolchain "the build was stopped" "run this again"
  fail "toolchain" "could not build ${failed}(the end of the log is above)" \
    "see the logs in $cache/logs; if the network was at fault, run this again: what is built stays built"
}

npm_packages() {
  if [ -e node_modules/.package-lock.json ] &&
    [ -z "$(find package-lock.json -newer node_modules/.package-lock.json)" ]; then
    say "npm packages: all there"
  else
    say "npm packages: installing by package-lock.json"
    logged "npm ci" "$scratch/npm.log" npm ci --ignore-scripts --no-audit --no-fund || {
      tail -n 15 "$scratch/npm.log" >&2
      fail "npm packages" "npm ci failed" "read the lines above; run npm ci --ignore-scripts by hand"
    }
  fi
  PATH=$checkout/node_modules/.bin:$PATH
  # As cli/wirewright.mjs has it.
  node -e 'const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit(major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18) ? 0 : 1)' ||
    fail "Node" "$(node --version) can't run TypeScript, and npm has no Node for this machine" "install Node 24"
}

set_up() {
  reason=$(no_lab_because)
  if [ -z "$reason" ]; then
    start_toolchain
    debian_packages
    [ "$mode" = demo ] || machine
  elif [ "$mode" = demo ]; then
    fail "the lab" "$reason" "run it on Debian 12 as root with Go 1.21 or later; npm test runs what it can without"
  else
    say "skipped: Debian packages, the toolchain and with them the lab: $reason"
  fi
  npm_packages
  finish_toolchain
}

main() {
  mode=${1:-}
  case $mode in
    demo | test | setup | toolchain) shift ;;
    *)
      echo "usage: sh tools/run.sh demo|test|setup|toolchain" >&2
      exit 2
      ;;
  esac
  cd "$checkout"
  if [ "$mode" = toolchain ]; then
    build_toolchain
    exit
  fi
  scratch=$(mktemp -d)
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  set_up
  clean_up
  trap - EXIT INT TERM HUP
  case $mode in
    demo) exec node cli/wirewright.mjs demo "$@" ;;
    test) exec node tools/test.ts "$@" ;;
  esac
}

main "$@"
