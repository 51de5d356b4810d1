import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { execute, must } from "../execute.ts";
import { type Lab, privateDir } from "../state.ts";

const disksDir = (lab: Lab): string => join(lab.dir, "devices");

/**
 * Sees to it that the devices' disks lie where overlayfs can write: on the disk of the state directory, else in memory.
 * Returns what the user should know about it.
 */
export async function prepareDisks(lab: Lab): Promise<string | undefined> {
  const dir = privateDir(disksDir(lab));
  if (isMounted(dir) || (await takesOverlay(dir))) return undefined;
  await must(["mount", "-n", "-t", "tmpfs", "-o", "mode=700", "wirewright", dir]);
  return `${dir} can't hold the devices' files; keeping them in memory`;
}

export async function releaseDisks(lab: Lab): Promise<void> {
  if (isMounted(disksDir(lab))) await must(["umount", "-n", "-l", disksDir(lab)]);
}

function isMounted(dir: string): boolean {
  return readFileSync("/proc/self/mounts", "utf8").includes(` ${dir} `);
}

async function takesOverlay(dir: string): Promise<boolean> {
  const trial = join(dir, "trial");
  for (const part of ["upper", "work", "merged"]) privateDir(join(trial, part));
  const options = `lowerdir=/usr,upperdir=${trial}/upper,workdir=${trial}/work`;
  const script = 'mount -n -t overlay -o "$1" trial "$2" && touch "$2/file" && mknod "$2/../upper/gone" c 0 0';
  const outcome = await execute(["unshare", "--mount", "sh", "-c", script, "sh", options, join(trial, "merged")]);
  rmSync(trial, { recursive: true, force: true });
  return outcome.code === 0;
}
