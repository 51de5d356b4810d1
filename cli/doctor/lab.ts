import { existsSync } from "node:fs";
import { join } from "node:path";
import { toolchain } from "../../tools/toolchain.ts";
import { type Check, missing, ok, output } from "./check.ts";

const TOOLS = join(import.meta.dirname, "../../tools");
const SET_UP = "sh tools/run.sh setup, as root on Debian";

/** What the lab needs. The namespaces that it tries are gone when it returns. */
export async function labChecks(): Promise<readonly Check[]> {
  return Promise.all([
    root(),
    packages(),
    go(),
    ...built(),
    boringtun(),
    tun(),
    works(
      "namespaces",
      ["unshare", "--net", "ip", "link"],
      "apt-get install iproute2; a container needs CAP_SYS_ADMIN",
    ),
    works(
      "nft",
      ["unshare", "--net", "nft", "list", "ruleset"],
      "apt-get install nftables; the kernel needs nf_tables",
    ),
  ]);
}

function root(): Check {
  if (process.getuid?.() === 0) return ok("root", "you are root");
  return missing("root", "you are not root", "run the lab as root; it makes network namespaces");
}

/** Asks the list that set-up installs from. */
async function packages(): Promise<Check> {
  const script = '. "$1/debian.sh"; is_debian && missing_packages $packages';
  const absent = (await output(["sh", "-c", script, "sh", TOOLS]))?.split("\n").filter(Boolean);
  if (absent === undefined) return missing("Debian packages", "this is not Debian", "the lab needs Debian 12");
  if (absent.length === 0) return ok("Debian packages", "installed");
  return missing("Debian packages", `absent: ${absent.join(" ")}`, SET_UP);
}

/** What tools/run.sh builds. */
function built(): readonly Check[] {
  const { cacheRoot, pulumi, languageHost, commandPlugin, wireguardGo } = toolchain();
  const programs: readonly (readonly [string, string | undefined])[] = [
    ["lab pulumi", pulumi],
    ["language host", languageHost],
    ["command plugin", commandPlugin],
    ["wireguard-go", wireguardGo],
  ];
  return programs.map(([name, file]) => (file ? ok(name, file) : missing(name, `not in ${cacheRoot}`, SET_UP)));
}

/** The only part that the lab can do without. */
function boringtun(): Check {
  const { boringtun: file } = toolchain();
  return ok("boringtun", file ?? "absent, so wireguard-go takes its place; cargo builds it, https://rustup.rs");
}

function tun(): Check {
  const device = "/dev/net/tun";
  if (existsSync(device)) return ok(device, "there");
  return missing(device, "absent", "modprobe tun; a container needs --device /dev/net/tun");
}

/** Go 1.21 and later fetch the exact toolchain that a go.mod asks for; earlier ones can't build Pulumi. */
async function go(): Promise<Check> {
  const version = (await output(["go", "version"])) ?? "absent, or it does not run";
  const minor = Number(/\bgo1\.(\d+)/.exec(version)?.[1] ?? 0);
  return minor >= 21 ? ok("go", version) : missing("go", version, "install Go 1.21 or later, https://go.dev/dl");
}

async function works(name: string, argv: readonly string[], next: string): Promise<Check> {
  return (await output(argv)) === undefined ? missing(name, `fails: ${argv.join(" ")}`, next) : ok(name, "works");
}
