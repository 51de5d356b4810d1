import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What makes a device this device, whatever it resembles. */
export interface Personal {
  readonly hostname: string;
  /** Its `/etc/hosts`. */
  readonly hosts: string;
  /** Who may log in as root. */
  readonly authorizedKey: string;
  /** The file of its SSH key, as OpenSSH writes it. */
  readonly hostKey: string;
}

const MODES: Readonly<Record<string, number>> = { tmp: 0o1777, "var/tmp": 0o1777, root: 0o700, "root/.ssh": 0o700 };

/** Makes directories of a device, and its /tmp and /root with the modes that these have everywhere. */
export function makeDirectories(root: string, directories: readonly string[]): void {
  for (const dir of [...directories, "tmp", "root"]) mkdirSync(join(root, dir), { recursive: true });
  for (const dir of [...directories, "tmp", "root"]) {
    const mode = MODES[dir];
    if (mode !== undefined) chmodSync(join(root, dir), mode);
  }
}

/** Needs `etc` and `root/.ssh` to be there. */
export function writePersonalFiles(root: string, { hostname, hosts, authorizedKey }: Personal): void {
  const write = (path: string, text: string, mode = 0o644) => writeFileSync(join(root, path), text, { mode });
  write("etc/hostname", `${hostname}\n`);
  write("etc/hosts", hosts);
  write("etc/resolv.conf", "# no name server: names are in /etc/hosts\n");
  write("etc/shadow", "root:*:19000:0:99999:7:::\n", 0o600);
  write("root/.ssh/authorized_keys", authorizedKey, 0o600);
}
