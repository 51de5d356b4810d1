import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describeSeconds, difference, interleaved, ratio, type SelfFigure } from "../../bench/self.ts";
import { execute } from "../../lab/execute.ts";
import { bigDomain } from "./big-domain.ts";
import { CHECKOUT, timed } from "./program.ts";

const ROUNDS = 15;
const BIG_CLIENTS = 10_000;

/** Prints each package that our own modules import, as a line `SPECIFIER URL`, while the program runs as usual. */
const TRACER = `import { registerHooks } from "node:module";
registerHooks({ resolve(specifier, context, next) {
  const found = next(specifier, context);
  const ours = !(context.parentURL ?? "").includes("/node_modules/");
  if (ours && found.url.includes("/node_modules/")) process.stderr.write("package " + specifier + " " + found.url + "\\n");
  return found;
} });
`;

/** `wirewright check` against a program that imports the same packages and does nothing; and against a large file. */
export async function startupFigures(seed: string): Promise<SelfFigure[]> {
  const scratch = mkdtempSync(join(tmpdir(), "wirewright-self-"));
  try {
    const tracerFile = file(scratch, "tracer.mjs", TRACER);
    const check = (domain: string) => [process.execPath, "cli/wirewright.mjs", "check", domain];
    const packages = await packagesOf("domain.example.yaml", tracerFile);
    const bare = file(scratch, "bare.mjs", bareProgram(packages, join(scratch, "cache")));
    const big = file(
      scratch,
      "domain.yaml",
      bigDomain(BIG_CLIENTS, { server: "nas", address: "192.168.1.2", interface: "wg1" }),
    );
    const subjects = {
      check: () => timed(check("domain.example.yaml")),
      bare: () => timed([process.execPath, bare]),
      big: () => timed(check(big)),
    };
    // The first round fills the compile caches of both programs.
    for (const subject of Object.values(subjects)) await subject();
    const found = await interleaved(ROUNDS, subjects, seed);
    return [
      {
        name: "check of the example",
        claim: "wirewright check domain.example.yaml against a program that imports the same packages and does nothing",
        limit: 1.3,
        unit: "times",
        result: ratio(found.check, found.bare),
        conditions: `${describeSeconds(found.check)} against ${describeSeconds(found.bare)}; both with a warm compile cache; packages: ${packages.map(([name]) => name).join(", ")}`,
      },
      {
        name: `check of ${BIG_CLIENTS} clients`,
        claim: "its time beyond the check of the example",
        limit: 2,
        unit: "s",
        result: difference(found.big, found.check),
        conditions: `${describeSeconds(found.big)} against ${describeSeconds(found.check)}`,
      },
    ];
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** Of the sources: the bundle that is really run has them inside. */
async function packagesOf(domain: string, tracerFile: string): Promise<(readonly [string, string])[]> {
  const program = file(
    dirname(tracerFile),
    "sources.mjs",
    `import { main } from ${JSON.stringify(join(CHECKOUT, "cli/main.ts"))};\nprocess.exitCode = await main(["check", ${JSON.stringify(domain)}]);\n`,
  );
  const { code, stderr } = await execute([process.execPath, "--import", tracerFile, program], { cwd: CHECKOUT });
  if (code !== 0) throw new Error(`check ended with ${code}: ${stderr.trim().split("\n").at(-1) ?? ""}`);
  return [...new Map([...stderr.matchAll(/^package (\S+) (\S+)$/gm)].map(([, name = "", url = ""]) => [name, url]))];
}

/** Caches as the launcher does, in a folder of its own, so that neither program warms the other's. */
function bareProgram(packages: readonly (readonly [string, string])[], cache: string): string {
  const imports = packages.map(([, url]) => `await import(${JSON.stringify(url)});\n`);
  return `import module from "node:module";\nmodule.enableCompileCache(${JSON.stringify(cache)});\n${imports.join("")}`;
}

function file(directory: string, name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}
