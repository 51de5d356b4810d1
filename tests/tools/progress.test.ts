// tools/progress.sh, sourced by a shell as run.sh does it.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const TOOLS = join(__dirname, "../../tools");

test.each([0, 3])("a logged command that ended with %i tells it, and its number is not kept", (code) => {
  const script = `. "$1/progress.sh"; s=0; logged title /dev/null sh -c 'exit ${code}' || s=$?; echo "$s,\${child-unset}"`;
  const { stdout, stderr } = spawnSync("sh", ["-euc", script, "sh", TOOLS], { encoding: "utf8", timeout: 60_000 });
  expect([stdout, stderr]).toEqual([`${code},\n`, ""]);
});
