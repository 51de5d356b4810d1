import { writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openLabStack } from "../../../cli/input/lab-stack.ts";
import { capture } from "../../../lab/run.ts";
import { HOME, withFiles } from "../../support/cli.ts";

jest.mock("../../../lab/run.ts");

const SECRET = Buffer.from("a root secret for tests of a lab's stack").toString("base64");

/** Opens the lab's stack of the router, which has this root secret. */
const opened = (rootSecret: unknown) =>
  withFiles({}, async (dir) => {
    const project = join(dir, "project");
    await mkdir(project);
    writeFileSync(join(project, "domain.yaml"), HOME);
    const config = { "wirewright:server": "router", "wirewright:rootSecret": rootSecret };
    writeFileSync(join(project, "Pulumi.router.yaml"), JSON.stringify({ config }));
    return openLabStack({ name: "x", dir, checkout: dir }, "router");
  });

beforeEach(() => {
  jest
    .mocked(capture)
    .mockReset()
    .mockResolvedValue({ code: 0, stdout: `${SECRET}\n`, stderr: "" });
});

test("an encrypted root secret is opened by the lab's Pulumi", async () => {
  expect((await opened({ secure: "v1:abc" })).plan.server).toBe("router");
  expect(capture).toHaveBeenCalledTimes(1);
});

test("a root secret in clear is refused in the lab as anywhere else, and not shown", async () => {
  const failure = await opened(SECRET).catch((error: unknown) => error);
  expect(failure).toMatchObject({
    exitCode: 2,
    message: expect.stringMatching(
      /Pulumi\.router\.yaml or Pulumi\.yaml holds the root secret in clear; remove it there, then make a new one and store it with: pulumi config set --secret wirewright:rootSecret --stack router$/,
    ),
  });
  expect(String(failure)).not.toContain(SECRET);
  expect(capture).not.toHaveBeenCalled();
});

test("a root secret that Pulumi can't open is told with the lab that was asked", async () => {
  jest.mocked(capture).mockResolvedValue({ code: 255, stdout: "", stderr: SECRET });
  await expect(opened({ secure: "v1:abc" })).rejects.toThrow(
    "pulumi can't open the root secret of stack router; try: wirewright lab run --name x -- pulumi config --stack router",
  );
});
