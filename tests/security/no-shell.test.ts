import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { sourceFiles } from "../support/source-files.ts";

const ROOT = join(import.meta.dirname, "../..");

/** Who starts processes at all. Whoever comes new is to be looked at. */
const STARTERS = [
  "cli/doctor/check.ts",
  "cli/input/stack.ts",
  "cli/self/program.ts",
  "cli/wirewright.mjs",
  "lab/execute.ts",
  "lab/namespaces/enter.ts",
  "lab/namespaces/node.ts",
  "lab/prober.ts",
  "lab/run.ts",
  "lab/watch.ts",
  "tools/test.ts",
];
/** Scripts that come from elsewhere: the test runner's own list of commands. */
const COMPOSED = ["tools/test.ts: command"];

const parse = (file: string) =>
  ts.createSourceFile(file, readFileSync(join(ROOT, file), "utf8"), ts.ScriptTarget.Latest, true);

function nodesOf(node: ts.Node): readonly ts.Node[] {
  return [node, ...node.getChildren().flatMap(nodesOf)];
}

/** What is handed to a shell as its script: the word after "-c" in any list of words. */
function scriptsIn(source: ts.SourceFile): readonly ts.Expression[] {
  return nodesOf(source)
    .filter(ts.isArrayLiteralExpression)
    .flatMap(({ elements }) => {
      const at = elements.findIndex((word) => ts.isStringLiteral(word) && word.text === "-c");
      const shell = elements[at - 1];
      const script = elements[at + 1];
      // `ping -c` counts; a list that begins with -c belongs to a shell named elsewhere.
      const isShell = at === 0 || (shell !== undefined && ts.isStringLiteral(shell) && /^(ba|da)?sh$/.test(shell.text));
      return at >= 0 && isShell && script !== undefined ? [script] : [];
    });
}

/** A text that is the same whatever the input: written down, or made of such by name in the same file. */
function isConstant(expression: ts.Expression, source: ts.SourceFile): boolean {
  if (ts.isStringLiteral(expression) || ts.isNoSubstitutionTemplateLiteral(expression)) return true;
  if (ts.isArrayLiteralExpression(expression)) return expression.elements.every((one) => isConstant(one, source));
  if (ts.isTemplateExpression(expression))
    return expression.templateSpans.every((span) => isConstant(span.expression, source));
  if (ts.isCallExpression(expression) && ts.isPropertyAccessExpression(expression.expression)) {
    const { expression: list, name } = expression.expression;
    return name.text === "join" && isConstant(list, source);
  }
  if (!ts.isIdentifier(expression)) return false;
  const named = nodesOf(source)
    .filter(ts.isVariableDeclaration)
    .filter(({ name }) => name.getText() === expression.text);
  return (
    named.length > 0 && named.every(({ initializer }) => initializer !== undefined && isConstant(initializer, source))
  );
}

test("S10 no shell built from data: only known files start processes, none by a shell of Node's", () => {
  const starters = sourceFiles().filter((file) =>
    /["'](node:)?child_process["']/.test(readFileSync(join(ROOT, file), "utf8")),
  );
  expect(starters.filter((file) => importsValues(file))).toEqual(STARTERS.filter((file) => importsValues(file)));
  expect(starters.filter((file) => !STARTERS.includes(file))).toEqual([]);
  for (const file of starters) {
    const names = nodesOf(parse(file))
      .filter(ts.isImportDeclaration)
      .filter((one) => one.getText().includes("child_process"));
    for (const one of names) expect(one.getText()).not.toMatch(/\b(exec|execSync)\b|\*/);
    expect(readFileSync(join(ROOT, file), "utf8")).not.toMatch(/\bshell\s*:/);
  }
});

function importsValues(file: string): boolean {
  return nodesOf(parse(file))
    .filter(ts.isImportDeclaration)
    .some((one) => one.getText().includes("child_process") && !one.importClause?.isTypeOnly);
}

test("S10 no shell built from data: every script for a shell is a constant, data comes as its words or on stdin", () => {
  const composed = sourceFiles().flatMap((file) => {
    const source = parse(file);
    return scriptsIn(source)
      .filter((script) => !isConstant(script, source))
      .map((script) => `${file}: ${script.getText()}`);
  });
  expect(composed).toEqual(COMPOSED);
});

test("S10 no shell built from data: the check itself tells a constant from a built script", () => {
  const found = (text: string) => {
    const source = ts.createSourceFile("x.ts", text, ts.ScriptTarget.Latest, true);
    return scriptsIn(source).map((script) => isConstant(script, source));
  };
  expect(found('const a = ["sh", "-c", "echo"]; const B = `x`; run(["bash", "-c", `y $' + "{B}`])")).toEqual([
    true,
    true,
  ]);
  expect(
    found('run(["sh", "-c", `echo $' + '{name}`]); run(["sh", "-c", "echo " + name]); run(["sh", "-c", text()])'),
  ).toEqual([false, false, false]);
  expect(found('run(["ping", "-c", count])')).toEqual([]);
});
