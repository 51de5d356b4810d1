import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT, wirewright } from "./cli/run.ts";

jest.setTimeout(120_000);

/** Verbs that need no device, no lab and no Pulumi: their examples are executed. */
const EXECUTED: ReadonlySet<string> = new Set(["check", "plan", "why", "matrix", "lock", "client"]);

const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");
const pages = ["README.md", "docs/domain.md"].map(read).join("\n");

/** Everything after a program's name in fenced or inline code, without comments. */
function namedAfter(program: string): string[][] {
  const fenced = [...pages.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block = ""]) => block.split("\n"));
  const inline = [...pages.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
  const lines = [...fenced, ...inline].map((line) => line.split(" #")[0]?.trim() ?? "");
  return lines.filter((line) => line.startsWith(`${program} `)).map((line) => line.split(/\s+/).slice(1));
}

const verbs = [...wirewright(["--help"]).stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, verb = ""]) => verb);
const examples = verbs.flatMap((verb) =>
  [...wirewright([verb, "--help"]).stdout.matchAll(/^Example:\n {2}wirewright (.+)$/gm)].map(([, example = ""]) =>
    example.split(" "),
  ),
);
const named = [...namedAfter("npx").filter(([name]) => name === "wirewright"), ...examples.map((e) => ["", ...e])];
const commands = [...new Map(named.map(([, ...args]) => [args.join(" "), args] as const))];

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "wirewright-readme-"));
  copyFileSync(join(ROOT, "domain.example.yaml"), join(directory, "domain.yaml"));
  copyFileSync(join(ROOT, "Pulumi.router.yaml"), join(directory, "Pulumi.router.yaml"));
  const secret = Buffer.from(Array.from({ length: 32 }, (_, i) => i * 7));
  writeFileSync(join(directory, "root.secret"), secret.toString("base64"), { mode: 0o600 });
});
afterAll(() => rmSync(directory, { recursive: true }));

test("there are commands to look at", () => {
  expect(commands.length).toBeGreaterThan(15);
  expect(new Set(commands.map(([, [verb]]) => verb))).toEqual(new Set(verbs.filter((verb) => verb !== "demo")));
});

test.each(commands.filter(([, [verb = ""]]) => EXECUTED.has(verb)))("wirewright %s does what it says", (_, args) => {
  const { code, stderr } = wirewright(args, { cwd: directory });
  expect({ code, stderr: stderr.replace(/^.* is not current, .*\n/, "") }).toEqual({ code: 0, stderr: "" });
});

test.each(commands.filter(([, [verb = ""]]) => !EXECUTED.has(verb)))("wirewright %s is a command", (_, args) => {
  const own = args.slice(0, args.includes("--") ? args.indexOf("--") : undefined);
  const words = own.slice(0, own[1]?.startsWith("-") ? 1 : 2);
  const { code, stdout } = wirewright([...words, "--help"]);
  expect(code).toBe(0);
  expect(stdout).toContain(`Usage: wirewright ${words.join(" ")}`);
  for (const option of own.filter((arg) => arg.startsWith("--"))) expect(stdout).toContain(option);
});

test("every npm script that is named exists", () => {
  const scripts = Object.keys(JSON.parse(read("package.json")).scripts);
  const run = namedAfter("npm").map(([first = "", second = ""]) => (first === "run" ? second : first));
  const asked = run.filter((name) => name !== "ci");
  expect(asked).toEqual(expect.arrayContaining(["demo", "test"]));
  expect(scripts).toEqual(expect.arrayContaining(asked));
});
