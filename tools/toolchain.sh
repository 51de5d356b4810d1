# shellcheck shell=sh
# Builds what no package registry has ready: the Pulumi CLI and its Node language host, wireguard-go, boringtun, and a
# stand-in for the command plugin. Everything goes into one cache outside the checkout:
#   bin/{pulumi,pulumi-language-nodejs,wireguard-go,boringtun-cli}  plugins/resource-command-v1.2.1/
#   stamps/NAME (what it was built from)  logs/NAME.log  lock
# An item is made aside and renamed into place, so it is whole or absent; two runs at once take turns. Sourced by run.sh.

pulumi_version=v3.259.0
language_host_version=v3.66.0 # the last of this module that carries the Node host; newer CLIs accept it
wireguard_go_version=v0.0.0-20260522210424-ecfc5a8d5446
boringtun_version=0.7.1
plugin_name=resource-command-v1.2.1
version_package=github.com/pulumi/pulumi/sdk/v3/go/common/version.Version

: "${tools:?is set by run.sh}"
cache=${WIREWRIGHT_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/wirewright}

# --- what there is -------------------------------------------------------------------------------------------------

# key NAME: what the item in the cache has to be made from
key() {
  case $1 in
    pulumi | language_host)
      if [ -n "$official" ]; then
        echo "installed $(stat -Lc '%n %s %Y' "$official")"
      elif [ "$1" = pulumi ]; then
        echo "built $pulumi_version"
      else
        echo "built $language_host_version"
      fi
      ;;
    command_plugin)
      if plugin=$(official_plugin); then
        echo "installed $plugin"
      else
        echo "built $(cat "$tools"/go.mod "$tools"/go.sum "$tools"/command-plugin/*.go | cksum)"
      fi
      ;;
    wireguard_go) echo "built $wireguard_go_version" ;;
    boringtun) echo "built $boringtun_version" ;;
  esac
}

# place NAME: where in the cache the item lives
place() {
  case $1 in
    pulumi) echo bin/pulumi ;;
    language_host) echo bin/pulumi-language-nodejs ;;
    wireguard_go) echo bin/wireguard-go ;;
    boringtun) echo bin/boringtun-cli ;;
    command_plugin) echo "plugins/$plugin_name/pulumi-resource-command" ;;
  esac
}

is_ready() {
  [ -x "$cache/$(place "$1")" ] && [ "$(cat "$cache/stamps/$1" 2>/dev/null)" = "$(key "$1")" ]
}

# A Pulumi that somebody installed wins over ours: 3.227 or later (exit code 7 for drift), with its Node host beside it.
# Prints its path.
find_official_pulumi() {
  path=$(command -v pulumi) && path=$(readlink -f "$path") || return 0
  case $path in "$(readlink -f "$cache")"/*) return 0 ;; esac
  [ -x "$(dirname "$path")/pulumi-language-nodejs" ] || return 0
  version=$("$path" version 2>/dev/null) || return 0
  major=${version#v}
  minor=${major#*.}
  major=${major%%.*}
  minor=${minor%%.*}
  case $major$minor in '' | *[!0-9]*) return 0 ;; esac
  if [ "$major" -gt 3 ] || { [ "$major" -eq 3 ] && [ "$minor" -ge 227 ]; }; then echo "$path"; fi
}

official=$(find_official_pulumi)

# An official command plugin in the user's PULUMI_HOME wins too; a lab's own PULUMI_HOME leads back to this cache.
official_plugin() {
  found=$(readlink -e "${PULUMI_HOME:-$HOME/.pulumi}/plugins/$plugin_name/pulumi-resource-command") || return 1
  case $found in "$(readlink -f "$cache")"/*) return 1 ;; esac
  echo "$found"
}

# --- how it is made: each function makes $1, or says why it can't ------------------------------------------------

go_build() {
  CGO_ENABLED=0 GOWORK=off nice timeout --foreground 2700 go build -v -trimpath -buildvcs=false "$@"
}

make_pulumi() {
  if [ -n "$official" ]; then ln -s "$official" "$1"; return; fi
  cd "$tools" &&
    go_build -ldflags "-s -w -X $version_package=$pulumi_version" -o "$1" github.com/pulumi/pulumi/pkg/v3/cmd/pulumi
}

make_language_host() {
  if [ -n "$official" ]; then ln -s "$(dirname "$official")/pulumi-language-nodejs" "$1"; return; fi
  cd "$tools/language-host" && go_build -ldflags "-s -w -X $version_package=$language_host_version" -o "$1" \
    github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs
}

make_command_plugin() {
  if plugin=$(official_plugin); then ln -s "$plugin" "$1"; return; fi
  # Pulumi's own plugin server comes before the stand-in where it can be reached.
  if PULUMI_HOME=$1.home PULUMI_SKIP_UPDATE_CHECK=true timeout 60 \
    "$cache/bin/pulumi" plugin install resource command "${plugin_name##*-v}"; then
    mv "$1.home/plugins/$plugin_name/pulumi-resource-command" "$1"
    return
  fi
  echo "the official command plugin can't be downloaded, which is fine: building the stand-in"
  cd "$tools" && go_build -ldflags "-s -w" -o "$1" ./command-plugin
}

make_wireguard_go() {
  GOBIN=$1.bin CGO_ENABLED=0 nice timeout --foreground 2700 \
    go install -v -trimpath -ldflags "-s -w" "golang.zx2c4.com/wireguard@$wireguard_go_version" &&
    mv "$1.bin/wireguard" "$1"
}

make_boringtun() {
  CARGO_TARGET_DIR=$1.target nice timeout --foreground 2700 \
    cargo install --locked --root "$1.root" --version "$boringtun_version" boringtun-cli &&
    mv "$1.root/bin/boringtun-cli" "$1"
}

# --- putting it together -------------------------------------------------------------------------------------------

no_boringtun_because() {
  if ! cargo --version >/dev/null 2>&1; then
    echo "no working cargo; https://rustup.rs installs it"
  elif ! command -v cc >/dev/null 2>&1; then
    echo "no C linker for cargo; apt-get install gcc"
  fi
}

# what is still to be made, boringtun only where it can be
unready_items() {
  for item in pulumi language_host command_plugin wireguard_go; do
    is_ready "$item" || echo "$item"
  done
  is_ready boringtun || [ -n "$(no_boringtun_because)" ] || echo boringtun
}

# Go 1.21 and later fetch the exact toolchain that go.mod asks for; earlier ones don't even read it.
no_go_because() {
  found=$(go version 2>/dev/null) || { echo "Go is not installed"; return; }
  minor=${found#*go1.}
  minor=${minor%%[!0-9]*}
  case $minor in '' | ? | 1? | 20) echo "Go is too old: $found" ;; esac
}

# install_item NAME LANE: makes it in a directory of its own and renames it into place
install_item() {
  if is_ready "$1"; then return; fi
  echo "$1" >"$cache/work/now.$2"
  began=$(date +%s)
  work=$(mktemp -d "$cache/work/$1.XXXXXX")
  if ! ("make_$1" "$work/item") >"$cache/logs/$1.log" 2>&1 </dev/null; then
    echo "$1" >>"$cache/work/failed"
    return 1
  fi
  rm -f "$cache/stamps/$1"
  mv -f "$work/item" "$cache/$(place "$1")"
  key "$1" >"$work/stamp"
  mv -f "$work/stamp" "$cache/stamps/$1"
  rm -rf "$work" "$cache/work/now.$2"
  say "  $1: $(($(date +%s) - began)) s"
}

# Two lanes: the CLI takes minutes, and the plugin after it shares most of its packages.
build_toolchain() {
  mkdir -p "$cache/bin" "$cache/plugins/$plugin_name" "$cache/stamps" "$cache/logs"
  exec 9>"$cache/lock"
  flock 9
  rm -rf "$cache/work"
  mkdir "$cache/work"
  { install_item pulumi a && install_item command_plugin a; } &
  lane=$!
  for item in wireguard_go language_host boringtun; do
    if [ "$item" = boringtun ] && [ -n "$(no_boringtun_because)" ]; then continue; fi
    install_item "$item" b || break
  done
  wait "$lane" || true
  [ -e "$cache/work/failed" ] || return 0
  while read -r item; do
    echo "--- the end of $cache/logs/$item.log"
    tail -n 15 "$cache/logs/$item.log"
  done <"$cache/work/failed" >&2
  return 1
}

# what the two lanes are at; read while this run or another one builds
toolchain_life() {
  for lane in "$cache"/work/now.*; do
    item=$(cat "$lane" 2>/dev/null) && printf '%s (%s) ' "$item" "$(last_line "$cache/logs/$item.log")"
  done
}
