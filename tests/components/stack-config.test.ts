import { setAllConfig } from "@pulumi/pulumi/runtime/config.js";
import { isRootSecretInClear, rawStackConfig, rootSecretSetting } from "../../components/stack-config.ts";

test("the settings are those named wirewright, whatever the project is called, and the root secret is not among them", () => {
  const config = {
    "wirewright:server": "router",
    "wirewright:rootSecret": "s",
    "renamed:server": "nas",
    "pulumi:x": "y",
  };
  setAllConfig(config, ["wirewright:rootSecret"]);
  expect(rawStackConfig()).toEqual({ server: "router" });
  expect([rootSecretSetting(), isRootSecretInClear()]).toEqual(["s", false]);
  setAllConfig(config, []);
  expect(isRootSecretInClear()).toBe(true);
});
