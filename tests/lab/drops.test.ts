import { fingerprintOf } from "../../cli/demo/fingerprint.ts";
import { applyCommand, confirmCommand, HelperExit } from "../../device/protocol.ts";
import { generator } from "../../lab/proof/random.ts";
import { capture } from "../../lab/run.ts";
import { up } from "../../lab/up.ts";
import { deployByHand } from "../support/deployment.ts";
import { type DeviceFiles, deviceFiles } from "../support/device-files.ts";
import { driftDevice, shellOn } from "../support/drift-device.ts";
import { drawTrials, LOSSES, type Trial } from "../support/drop-trials.ts";
import { type Dropped, droppedChange, type Place } from "../support/dropped-change.ts";
import { describeLab, scratchLab, until } from "../support/lab.ts";
import { type Connections, connectionsOf } from "../support/lost-connection.ts";
import { type Sealed, sealedOf, writeStack } from "../support/sealed.ts";

// The connection is lost while a change is made: at every step, in every way. WIREWRIGHT_DROPS trials (60 meet each loss
// at each moment with and without a pty), drawn with WIREWRIGHT_SEED.

const COUNT = Number(process.env.WIREWRIGHT_DROPS ?? 12);
const SEED = Number(process.env.WIREWRIGHT_SEED ?? 1);
const WINDOW_SECONDS = 4;
/** The window of a change that nothing happens to, on a machine that is busy. */
const UNHURRIED_SECONDS = 60;
/** From the loss to rest: the end of the change, the window, the roll-back, on a machine that does other things too. */
const LIMIT_SECONDS = WINDOW_SECONDS + 12;
const SSH = ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "192.168.1.1"];
/** What says that the device has to be looked at again. */
const REFUSALS: readonly number[] = [HelperExit.busy, HelperExit.wrongRevision, HelperExit.tooLate];
const ETC = "/etc/wirewright/wg0";
const WG = `for what in public-key listen-port fwmark allowed-ips persistent-keepalive preshared-keys; do wg show wg0 $what | sort | sha256sum | sed "s/-/wg $what/"; done`;

interface Looks {
  readonly old: string;
  readonly wanted: string;
  readonly foreign: string;
}

interface Result {
  readonly trial: Trial;
  readonly lost: boolean;
  readonly end: "old" | "new" | "between";
  readonly restSeconds: number;
  readonly faults: readonly string[];
}

describeLab("a connection that is lost during a change", () => {
  const { lab, read, close } = scratchLab("drops");
  const random = generator(SEED);
  let connections: Connections;
  let device: DeviceFiles;
  let foreign: () => Promise<string>;
  /** They differ in each kind of thing: peers, addresses, routes, policy, sysctls, mtu. Now the first is live. */
  let documents: readonly [Sealed, Sealed];
  let place: Place;

  beforeAll(async () => {
    await up(lab);
    await read("sysctl -qw net.ipv4.conf.lan0.forwarding=0; nft add table inet other", "router"); // to be put back, to be left
    const stack = await writeStack(lab);
    await deployByHand(lab, stack);
    connections = await connectionsOf(lab);
    device = deviceFiles(lab, "router");
    foreign = driftDevice(shellOn(lab, stack.plan.server), stack).foreign;
    documents = [sealedOf(stack), sealedOf(stack, altered)];
  }, 120_000);
  afterAll(async () => {
    connections?.close();
    await close();
  }, 60_000);

  const overSsh = (command: string, stdin = "") => capture(lab, { argv: [...SSH, command], stdin, timeoutSeconds: 60 });

  /** As Pulumi names a change: never used before, and made for the generation that was seen. */
  const named = (sealed: Sealed): Sealed => ({
    ...sealed,
    revision: `${random.bits(64).toString(16).padStart(16, "0")}.${device.text(`${ETC}/generation`)}`,
  });

  async function change({ revision, text, nonce }: Sealed, windowSeconds: number) {
    const applied = await overSsh(applyCommand("wg0", revision, windowSeconds, "root"), text);
    return applied.code === 0 ? overSsh(confirmCommand("wg0", revision, "root"), nonce) : applied;
  }

  async function changeAll(sealed: Sealed): Promise<void> {
    const { code, stderr } = await change(named(sealed), UNHURRIED_SECONDS);
    if (code !== 0) throw new Error(`an undisturbed change: exit ${code}: ${stderr}`);
  }

  /** All that a change could alter. What one that was undone has staged is no state. */
  async function look(): Promise<string> {
    const current = device.text(`${ETC}/current`);
    const facts = `${await fingerprintOf(lab, "router")}\n${await read(WG, "router")}`;
    const lines = facts.replaceAll(`/gen/${current}/`, "/gen/current/").split("\n");
    return [
      ...lines.filter((line) => !/\/gen\/[0-9a-f]{16}/.test(line)),
      ...device.text(`${ETC}/gen/${current}/document`).split("\n"),
    ].join("\n");
  }

  const atRest = () => device.text(`${ETC}/txn`) === "" && device.helpers().length === 0;

  /** Whether it was acknowledged, if the person did it again. */
  async function again({ afterwards }: Trial, dropped: Dropped, sealed: Sealed): Promise<boolean> {
    if (!dropped.lost || afterwards === "gone") return false;
    const { code, stderr } = await change(sealed, WINDOW_SECONDS);
    if (code !== 0 && !REFUSALS.includes(code)) throw new Error(`the same again: exit ${code}: ${stderr}`);
    return code === 0;
  }

  async function attempt(trial: Trial, wanted: Sealed, before: Looks): Promise<Result> {
    const sealed = named(wanted);
    const dropped = await droppedChange(place, trial, sealed);
    const lostAt = performance.now();
    const repeated = await again(trial, dropped, sealed);
    await until("nothing is pending", () => device.text(`${ETC}/txn`) === "");
    await dropped.giveUp(); // only then: for minutes a device can't tell silence from a person who thinks
    await until("no helper is at work", atRest);
    const restSeconds = (performance.now() - lostAt) / 1000;
    const now = await look();
    const end = now === before.old ? "old" : now === before.wanted ? "new" : "between";
    const faults = {
      [`unlike old and new:\n${differences(now, before)}`]: end === "between",
      "an acknowledged confirm was lost": end !== "new" && (repeated || dropped.acknowledged()),
      [`at rest only after ${restSeconds.toFixed(1)} s`]: restSeconds > LIMIT_SECONDS,
      "state of others has changed": (await foreign()) !== before.foreign,
      "no new connection": (await overSsh("true")).code !== 0,
    };
    const faulty = Object.entries(faults).flatMap(([fault, isSo]) => (isSo ? [fault] : []));
    return { trial, lost: dropped.lost, end, restSeconds, faults: faulty };
  }

  test(
    `${COUNT} trials: old or new, nothing pending, no confirm lost, others untouched, a way in`,
    async () => {
      const startedAt = performance.now();
      await changeAll(documents[1]);
      const wholeMs = performance.now() - startedAt;
      place = { lab, device, connections, windowSeconds: WINDOW_SECONDS, wholeMs };
      await until("the watcher has gone", atRest);
      const looks = new Map([[documents[1], await look()]]);
      await changeAll(documents[0]);
      await until("the watcher has gone", atRest);
      looks.set(documents[0], await look());
      const others = await foreign();
      let [live, next] = documents;
      const results: Result[] = [];
      for (const trial of drawTrials(COUNT, SEED)) {
        const before = { old: looks.get(live) ?? "", wanted: looks.get(next) ?? "", foreign: others };
        const result = await attempt(trial, next, before);
        results.push(result);
        if (result.end === "between") break;
        if (result.end === "new") [live, next] = [next, live];
      }
      console.info(summary(results));
      expect(results.filter(({ faults }) => faults.length > 0)).toEqual([]);
      expect(results.filter(({ lost }) => lost).length).toBeGreaterThanOrEqual(COUNT * 0.75);
    },
    (COUNT * 25 + 60) * 1000,
  );
});

function altered(body: string): string {
  return body
    .replace(/^peer .*\n/m, "")
    .replace(/^mtu .*$/m, "mtu 1380")
    .replace(/^peer /m, "address 10.66.99.1/32\npeer ")
    .replace(/^route .*\n/m, "")
    .replace(/^forward-to 192\.168\.1\.0\/24\n/m, "")
    .replace(/^(nft +chain input \{\nnft .*\n)/m, "$1nft     tcp dport 9 drop\n");
}

function differences(now: string, { old, wanted }: Looks): string {
  const unlike = (other: string) => {
    const [mine, theirs] = [new Set(now.split("\n")), new Set(other.split("\n"))];
    const kept = (line: string) => !/^(private-key|peer|nonce|end) /.test(line);
    return [
      ...[...mine].filter((line) => !theirs.has(line) && kept(line)).map((line) => `+ ${line}`),
      ...[...theirs].filter((line) => !mine.has(line) && kept(line)).map((line) => `- ${line}`),
    ].slice(0, 20);
  };
  return ["to the old:", ...unlike(old), "to the new:", ...unlike(wanted)].join("\n");
}

function summary(results: readonly Result[]): string {
  const count = (isSo: (result: Result) => boolean) => results.filter(isSo).length;
  const losses = LOSSES.map((loss) => `${count(({ trial }) => trial.loss === loss)} ${loss}`).join(", ");
  const ends = (["old", "new"] as const)
    .map((end) => `${count((result) => result.end === end)} ended ${end}`)
    .join(", ");
  const missed = count(({ lost }) => !lost);
  return [
    `drops: ${results.length} trials, seed ${SEED}: ${losses}`,
    `${count(({ trial }) => trial.terminal === "pty")} with a pty`,
    ...(missed > 0 ? [`${missed} through before it was lost`] : []),
    `${ends}, ${count(({ end }) => end === "between")} between`,
    `at rest at most ${Math.max(...results.map(({ restSeconds }) => restSeconds)).toFixed(1)} s after the loss`,
  ].join("; ");
}
