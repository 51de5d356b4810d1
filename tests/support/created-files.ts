/** A file, directory or socket that a process made, or a change of mode. */
export interface Creation {
  readonly path: string;
  /** What it had at its first moment: the mode that was asked for, without the bits of the umask. */
  readonly mode: number;
}

const CHILD = /^(?:clone3?|v?fork)\(.* = (\d+)$/;
const UMASK = /^umask\((0[0-7]*)\)/;
const CREATE = /^(?:openat\(\w+, |open\(|creat\(|mkdir\(|mkdirat\(\w+, )"([^"]*)",(?: ([A-Z_|]+),)? (0[0-7]+)\) = \d+/;
const CHMOD = /^f?chmod(?:at2?)?\((?:\w+, )?(?:"([^"]*)"|\d+), (0[0-7]+)/;

/**
 * What a program and its children created, from the texts of `strace -ff -o PREFIX` by pid. Each process has an umask of
 * its own, which its children start with; that is followed here, for the mode in a call is not the mode on disk.
 */
export function creationsIn(traces: ReadonlyMap<string, string>, umask = 0o022): readonly Creation[] {
  const children = new Set(
    [...traces.values()].flatMap((text) => text.split("\n").map((line) => CHILD.exec(line)?.[1])),
  );
  const roots = [...traces.keys()].filter((pid) => !children.has(pid));
  return roots.flatMap((pid) => walk(traces, pid, umask));
}

function walk(traces: ReadonlyMap<string, string>, pid: string, inherited: number): Creation[] {
  let umask = inherited;
  return (traces.get(pid) ?? "").split("\n").flatMap((line) => {
    const child = CHILD.exec(line)?.[1];
    if (child !== undefined) return walk(traces, child, umask);
    umask = Number.parseInt(UMASK.exec(line)?.[1] ?? umask.toString(8), 8);
    return creation(line, umask);
  });
}

function creation(line: string, umask: number): Creation[] {
  const [, made, , mode] = CREATE.exec(line) ?? [];
  if (made !== undefined && mode !== undefined) return [{ path: made, mode: Number.parseInt(mode, 8) & ~umask }];
  const [, changed, to] = CHMOD.exec(line) ?? [];
  return to === undefined ? [] : [{ path: changed ?? "a descriptor", mode: Number.parseInt(to, 8) }];
}
