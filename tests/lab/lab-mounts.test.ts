import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execute } from "../../lab/execute.ts";
import { describeLab } from "../support/lab.ts";

jest.setTimeout(180_000);

/**
 * A machine whose mounts are its own, so that other labs can't be mistaken for this one. Its processes are, too: no
 * `lab down` from outside would find what a script leaves whose time is up.
 */
async function onMachineOfItsOwn(script: string, state: string): Promise<string> {
  const launcher = join(import.meta.dirname, "../../cli/wirewright.mjs");
  const functions = `
    set -eu
    # Other tests' namespaces: the kernel detaches a mount here as well when its owner deletes the place it is mounted at.
    awk '$5 ~ "^/(run|tmp)/" { print $5 }' /proc/self/mountinfo | sort -r | xargs -r -n 1 umount -l || true
    mount -t tmpfs run /run
    export WIREWRIGHT_STATE=${state}
    lab() { verb=$1; shift; "${process.execPath}" "${launcher}" lab "$verb" --name mounts${process.pid} "$@"; }
    mounts() { cut -d ' ' -f 4- /proc/self/mountinfo; ls -R /run; ls -A "$WIREWRIGHT_STATE" 2>/dev/null || true; }
    trap 'lab down' EXIT
  `;
  const own = ["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"];
  const shell = ["unshare", ...own, "sh", "-c", functions + script];
  const { code, stdout, stderr } = await execute(shell, { timeoutSeconds: 120 });
  if (code !== 0) throw new Error(`exit ${code}: ${stderr}`);
  return stdout;
}

describeLab("a lab's mounts", () => {
  let state: string;
  beforeEach(() => {
    state = mkdtempSync(join(tmpdir(), "wirewright-mounts-"));
  });
  afterEach(() => rmSync(state, { recursive: true, force: true }));

  test("go with the last namespace, and nothing else of /run has changed", async () => {
    const script = `
      mounts >${state}/before; mkdir -p "$WIREWRIGHT_STATE"
      lab up; lab down
      mounts >${state}/after; diff ${state}/before ${state}/after && echo same`;
    expect(await onMachineOfItsOwn(script, join(state, "none-yet"))).toBe("same\n");
  });

  test("leave the place to somebody else's namespace, whoever came first", async () => {
    const script = `
      lab up; ip netns add late; lab down; ip netns list; ip netns exec late true; ip netns delete late
      umount /run/netns; ip netns add early; lab up; lab down; ip netns list; ip netns exec early true; ip netns delete early`;
    expect(await onMachineOfItsOwn(script, state)).toBe("late\nearly\n");
  });

  test("stay while somebody looks at them, which keeps nothing else, and go with the next lab", async () => {
    const script = `
      mounts >${state}/before
      lab up; exec 3</run/netns; lab down; exec 3<&-; ls -A /run/netns; [ -e "$WIREWRIGHT_STATE" ] || echo no files
      lab up; lab down
      mounts >${state}/after; diff ${state}/before ${state}/after && echo same`;
    expect(await onMachineOfItsOwn(script, join(state, "own"))).toBe("no files\nsame\n");
  });

  test("keep devices in memory where the state directory's file system can't hold them", async () => {
    const script = `
      mkdir /run/up /run/work
      mount -t overlay -o lowerdir=${state},upperdir=/run/up,workdir=/run/work state ${state}
      mounts >/run/before
      lab up 2>&1 | grep -o 'keeping them in memory'
      lab run --on nas -- touch /etc/kept /usr/bin/kept
      lab reboot nas
      lab run --on nas -- ls /etc/kept /usr/bin/kept
      lab down
      mounts >/run/after; diff /run/before /run/after | grep -v run/after || true`;
    expect(await onMachineOfItsOwn(script, state)).toMatch(/^keeping them in memory\n\/etc\/kept\n\/usr\/bin\/kept\n/);
  });

  test("hide a checkout and a state directory that lie below /usr", async () => {
    const script = `
      mkdir /run/up /run/work
      mount -t overlay -o lowerdir=/usr,upperdir=/run/up,workdir=/run/work usr /usr
      mkdir -p /usr/src/home/state
      export HOME=/usr/src/home WIREWRIGHT_STATE=/usr/src/home/state
      echo canary > /usr/src/home/secret
      lab up >/dev/null
      ls -d /usr/src/home; lab run --on nas -- sh -c 'ls -d /usr/src; find /usr/src -name "*home*" -o -name "*state*" -o -name secret'`;
    expect(await onMachineOfItsOwn(script, state)).toBe("/usr/src/home\n/usr/src\n");
  });
});
