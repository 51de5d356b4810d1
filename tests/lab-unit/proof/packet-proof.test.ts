import { load } from "../../../core/domain/load.ts";
import { compile } from "../../../core/plan/compile.ts";
import { emptyLock } from "../../../core/plan/lock-file.ts";
import { removeClient } from "../../../lab/client.ts";
import { castActor } from "../../../lab/proof/actors.ts";
import { provePackets } from "../../../lab/proof/packet-proof.ts";
import { sampleProbes } from "../../../lab/proof/sample.ts";
import { openStage } from "../../../lab/proof/stage.ts";
import { labOf } from "../../../lab/state.ts";
import { VERIFY_DOMAIN } from "../../support/verify-domain.ts";

jest.mock("../../../lab/client.ts");
jest.mock("../../../lab/proof/actors.ts");
jest.mock("../../../lab/proof/stage.ts");

const lab = labOf("nowhere");
const { domain } = load(VERIFY_DOMAIN);
if (!domain) throw new Error("the domain of this test has problems");
const plans = compile(domain, emptyLock).plans.flatMap((server) => server.interfaces);
const probes = sampleProbes(plans, { seed: 1, pairs: 6, landmarks: [], usable: () => true });

const nobody = () => Promise.reject(new Error("nobody is on this stage"));

interface Faults {
  readonly stage?: Error;
  readonly client?: Error;
}

test.each<[string, Faults, string]>([
  ["the stage does not close", { stage: new Error("a prober hangs") }, "a prober hangs"],
  ["the first client can't be removed", { client: new Error("a process does not end") }, "a process does not end"],
  ["neither goes well", { stage: new Error("a prober hangs"), client: new Error("unheard") }, "a prober hangs"],
])("%s: every client is removed all the same, and the first fault is thrown", async (_, faults, thrown) => {
  const fails = (fault: Error | undefined) => (fault ? Promise.reject(fault) : Promise.resolve());
  const cast: string[] = [];
  jest.mocked(openStage).mockReturnValue({ lab, host: nobody, close: () => fails(faults.stage) });
  jest.mocked(castActor).mockImplementation(async (_lab, number, { plan, peer }) => {
    cast.push(`actor-${number}`);
    return { plan, peer, node: `actor-${number}` };
  });
  jest
    .mocked(removeClient)
    .mockReset()
    .mockImplementationOnce(() => fails(faults.client));
  const proved = provePackets({
    lab,
    server: "router",
    plans,
    probes,
    casting: (plan, peer) => ({ plan, peer, at: "wan", config: "" }),
    natInterface: () => undefined,
    control: () => undefined,
    onProof: () => undefined,
  });
  await expect(proved).rejects.toThrow(thrown);
  expect(cast.length).toBeGreaterThan(1);
  expect(jest.mocked(removeClient).mock.calls).toEqual(cast.map((node) => [lab, node]));
});
