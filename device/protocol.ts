/**
 * What the operator's side and the device agree on: paths, exit codes and command lines. A command line is short,
 * constant and public, because it is stored, shown in previews and printed when it fails; all data travels on stdin.
 */

export const HELPER_DIRECTORY = "/etc/wirewright";
const HELPER_PATH = `${HELPER_DIRECTORY}/wgctl`;

/** Exit codes of wgctl. */
export const HelperExit = {
  done: 0,
  usage: 64,
  badDocument: 65,
  missingTool: 69,
  timeout: 70,
  unusable: 71,
  noSpace: 73,
  busy: 75,
  pending: 76,
  rolledBack: 78,
  refused: 79,
  wrongRevision: 80,
  tooLate: 81,
  sameConnection: 82,
  remains: 83,
} as const;

/**
 * Connections to one device at a time. sshd refuses connections at random from 10 unauthenticated ones on (MaxStartups 10:30:100),
 * dropbear from 5; a Pulumi run opens 4 per processor.
 */
export const CONNECTIONS = 3;

/** Seconds. The helper waits up to 20 s for its lock; the kernel takes 16 ms to drop a peer, so 160 s for 10,000. */
const LIMIT = { install: 120, check: 120, apply: 300, confirm: 60, remove: 600 } as const;

const CONFIRM_SECONDS = /^(0|[1-9][0-9]{0,4})$/;

/**
 * Puts the helper in place from stdin and lets it install itself. The checksum is compared before anything is replaced,
 * so a connection that dies on the way leaves the old helper; sync, rename, sync survives a power cut.
 */
export function baseCommand(helperSha256: string, revision: string, identity: string): string {
  const script = [
    `set -eu; umask 077; d=${HELPER_DIRECTORY}; f=$d/.wgctl.$$; no() { ${READ_ALL}echo "wirewright: $2" >&2; exit $1; }`,
    `[ ! -L $d ] && [ ! -d $d/wgctl ] || no ${HelperExit.refused} "$d is a symbolic link, or $d/wgctl a directory; remove that by hand, then run pulumi up again"`,
    `trap "rm -f $f" EXIT; trap "exit 1" HUP INT TERM; full="$d can not be written; make room, or mount it writable, then run pulumi up again"`,
    `{ mkdir -p $d && chmod 700 $d && cat >$f; } || no ${HelperExit.noSpace} "$full"`,
    `case $(sha256sum <$f) in "$1 "*) ;; *) ${complain("the helper arrived damaged; try again", HelperExit.badDocument)};; esac`,
    `{ chmod 755 $f && sync $f && mv $f ${HELPER_PATH} && sync $d; } || no ${HelperExit.noSpace} "$full"`,
    "trap - EXIT",
    `exec timeout ${LIMIT.install} ${HELPER_PATH} install "$2" \${3+"$3"} </dev/null`,
  ].join("; ");
  const sum = checked("a checksum", helperSha256, /^[0-9a-f]{64}$/);
  return asRoot(script, sum, checkedRevision(revision), checkedIdentity(identity));
}

/** Takes everything of ours off the device, unless another resource has taken it over; refuses while an interface of ours remains. */
export function baseRemoveCommand(identity: string): string {
  // Empty: what a removal leaves that was stopped at its very end.
  const absent = `rmdir ${HELPER_DIRECTORY} 2>/dev/null; [ -e ${HELPER_DIRECTORY} ] || exit 0; `;
  return helperCommand(LIMIT.remove, absent, READ_ALL, "uninstall", checkedIdentity(identity));
}

/** Document on stdin. An unconfirmed change is rolled back after so many seconds; 0 commits at once. */
export function applyCommand(interfaceName: string, revision: string, confirmSeconds: number, user: string): string {
  const seconds = checked("a confirm window", String(confirmSeconds), CONFIRM_SECONDS);
  return plainCommand(user, LIMIT.apply, "apply", checkedName(interfaceName), checkedRevision(revision), seconds);
}

/** Document on stdin: ends as its apply would that refuses it, and changes nothing. */
export function checkCommand(interfaceName: string, revision: string, confirmSeconds: number, user: string): string {
  const seconds = checked("a confirm window", String(confirmSeconds), CONFIRM_SECONDS);
  return plainCommand(user, LIMIT.check, "check", checkedName(interfaceName), checkedRevision(revision), seconds);
}

/** Nonce on stdin. */
export function confirmCommand(interfaceName: string, revision: string, user: string): string {
  return plainCommand(user, LIMIT.confirm, "confirm", checkedName(interfaceName), checkedRevision(revision));
}

/**
 * What previews show whenever a revision changes, hence as short as can be. The base has put the helper there. A login of
 * another name may be root all the same, where there is no sudo.
 */
function plainCommand(user: string, limitSeconds: number, ...args: readonly string[]): string {
  const elevate = user === "root" ? "" : `exec /bin/sh -c '[ "$(id -u)" = 0 ] || exec sudo -n "$@"; exec "$@"' wgctl `;
  return `${elevate}timeout ${limitSeconds} ${HELPER_PATH} ${args.join(" ")}`;
}

/** The document of the last apply on stdin. */
export function removeCommand(interfaceName: string): string {
  const absent = `[ -e ${HELPER_DIRECTORY}/$2 ] || [ -e /sys/class/net/$2 ] || exit 0; `;
  return helperCommand(LIMIT.remove, absent, "", "remove", checkedName(interfaceName));
}

/** The helper's text on stdin: the operator probes with a copy of its own, also a device that has none. */
export function probeCommand(salt: string, interfaceNames: readonly string[]): string {
  const names = interfaceNames.map(checkedName);
  return asRoot(`exec sh -s -- "$@"`, "probe", checked("a salt", salt, /^[0-9a-f]{32}$/), ...names);
}

/** Who ends before all of stdin has come makes the plugin's write fail, which fails the command: dropbear takes 24 KiB ahead. */
const READ_ALL = "cat >/dev/null; ";

/** `whenMissing` may end the script well on a device without helper. A hung tool is stopped. */
function helperCommand(limitSeconds: number, whenMissing: string, first: string, ...args: readonly string[]): string {
  const missing = complain(
    "$h is missing on this device or not executable; run pulumi up to install it",
    HelperExit.missingTool,
  );
  const late = complain(`$h $1 was stopped after ${limitSeconds} s; run pulumi up again`, HelperExit.timeout);
  const script = [
    `h=${HELPER_PATH}; [ -x $h ] || { ${READ_ALL}${whenMissing}${missing}; }`,
    `${first}timeout ${limitSeconds} $h "$@"; r=$?; case $r in 124|143) ${late};; esac; exit $r`,
  ].join("; ");
  return asRoot(script, ...args);
}

/** Within double quotes of the shell, so that a script's own variables can be named. */
function complain(message: string, exitCode: number): string {
  return `echo "wirewright: ${message}" >&2; exit ${exitCode}`;
}

/**
 * Runs a script as root under /bin/sh whatever shell the login has: that shell sees plain words and single quotes. The
 * arguments come last, where a changed revision is seen at once. sudo may ask for nothing: stdin holds the data.
 */
function asRoot(script: string, ...args: readonly string[]): string {
  if (script.includes("'")) throw new RangeError("a script for a device holds a single quote");
  const elevate = `s=; [ "$(id -u)" = 0 ] || s="sudo -n"; exec $s sh -c "$0" wgctl "$@"`;
  return [`exec /bin/sh -c '${elevate}' '${script}'`, ...args.filter((arg) => arg !== "")].join(" ");
}

function checkedName(name: string): string {
  return checked("an interface name", name, /^[a-z0-9][a-z0-9-]{0,14}$/);
}

function checkedRevision(revision: string): string {
  return checked("a revision", revision, /^[0-9a-f]{16}(\.[0-9]{1,6})?$/);
}

/** Empty where nobody is asked whose it is. */
function checkedIdentity(identity: string): string {
  return checked("an identity", identity, /^([0-9a-f]{16})?$/);
}

/** The border to the shell: what is not of this form never gets into a command line. */
function checked(what: string, text: string, form: RegExp): string {
  if (!form.test(text)) throw new RangeError(`${JSON.stringify(text)} is not ${what}`);
  return text;
}
