import { probeDevice } from "../../device/probe.ts";
import { observe, readHelper } from "../../project/observe.ts";
import { address } from "../support/domain.ts";
import { deviceOf, liveOf, planOf, probeText, salt } from "../support/live.ts";

jest.mock("../../device/probe.ts");

const wg0 = planOf(2);
const plan = { server: "router", address: address("192.168.1.1"), endpoint: "vpn.example.net", interfaces: [wg0] };
const settings = { host: "192.168.1.1", port: 22, user: "root", hostKey: "ssh-ed25519 AAAA", agent: "/agent" };

function ask(text: string) {
  jest.mocked(probeDevice).mockResolvedValue({ text });
  return observe({ plan, settings, helper: readHelper(), salt });
}

test("an answer about every interface of the plan is the device's", async () => {
  const device = deviceOf(liveOf(wg0));
  expect(await ask(probeText(device))).toEqual(device);
});

test.each([
  ["that is silent about an interface", probeText(deviceOf()), "the probe's answer says nothing of wg0"],
  ["of nothing", "", "the device's answer to the probe is empty"],
])("an answer %s is refused, and the sentence ends with the next step", async (_, text, found) => {
  await expect(ask(text)).rejects.toThrow(
    `router gave an answer that can't be trusted, so nothing was changed: ${found}; log in by hand and see what the device prints, then try again`,
  );
});
