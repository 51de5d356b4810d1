// The command line in a few files instead of some two hundred: to find, read and link those takes longer than what `check`
// does. Made of the sources on first use and again whenever one of them has changed, kept beside the compile cache.
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

/** What every verb needs. Other packages stay where they are: few verbs use them, and some hold compiled code. */
const PACKED = new Set(["commander", "yaml", "zod"]);
const MAIN = "cli/main.ts";
const OURS = /^(?!node_modules[/]).*[.]ts$/;
/** How it is made, and which packages: npm writes that file anew whenever it changes one. */
const MEANS = ["cli/bundle.mjs", "node_modules/.package-lock.json"];
/** A program loads parts of its bundle late; one that was replaced longer ago than this has no reader left. */
const KEPT_MS = 24 * 3600 * 1000;

/**
 * Makes a bundle and the note by which the launcher finds it.
 * @param {string} root the checkout
 * @param {string} cache an absolute path inside its node_modules
 * @returns {Promise<string>} the file to start from: of the bundle, or of the sources where none can be made
 */
export async function makeBundle(root, cache) {
  let directory;
  try {
    mkdirSync(cache, { recursive: true });
    directory = mkdtempSync(join(cache, "bundle-"));
    const began = Date.now();
    const graph = await pack(root, directory);
    const entry = join(directory, "main.mjs");
    const state = (path) => {
      const { size, ctimeMs } = statSync(join(root, path));
      // Whether the bundle has what was written while it was made, nobody knows: such a file differs from any state.
      return [path, size, ctimeMs < began ? ctimeMs : 0];
    };
    const always = [...MEANS, ...sourcesOf(graph, MAIN, ["import-statement"])].map(state);
    const verbs = graph[MAIN].imports
      .filter(({ kind }) => kind === "dynamic-import")
      .map(({ path }) => [
        basename(path, ".ts"),
        sourcesOf(graph, path, ["import-statement", "dynamic-import"]).map(state),
      ]);
    // mkdtemp makes it for its owner alone; the sources are for everybody who may read the checkout.
    chmodSync(directory, 0o755);
    publish({ root, entry, always, verbs: Object.fromEntries(verbs) }, directory, cache);
    removeOld(cache, directory);
    return entry;
  } catch {
    if (directory) rmSync(directory, { recursive: true, force: true });
    // A bundle saves time and nothing else. If the sources are at fault, they say so better themselves.
    return join(root, "cli/main.ts");
  }
}

/** Writes the bundle. Returns what it was made from, as esbuild tells it: each source with its imports. */
async function pack(root, directory) {
  const { build, stop } = await import("esbuild");
  try {
    const { metafile } = await build({
      entryPoints: [join(root, "cli/main.ts")],
      absWorkingDir: root,
      outdir: directory,
      outExtension: { ".js": ".mjs" },
      chunkNames: "[hash]",
      bundle: true,
      splitting: true,
      minifySyntax: true,
      minifyWhitespace: true,
      format: "esm",
      platform: "node",
      target: "node22.18",
      banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
      define: { "import.meta.dirname": WHERE },
      plugins: [lean, inPlace],
      metafile: true,
      logLevel: "silent",
    });
    return metafile.inputs;
  } finally {
    await stop();
  }
}

/** Our own sources that are loaded from this one on, by imports of these kinds. */
function sourcesOf(graph, first, kinds) {
  const reached = new Set([first]);
  for (const source of reached) {
    for (const { path, kind } of graph[source].imports) if (kinds.includes(kind) && OURS.test(path)) reached.add(path);
  }
  return [...reached];
}

/** Packages that are not packed are imported as ever, and a source that asks where it lies is told where it lay. */
const WHERE = "directoryOfTheSource";
const inPlace = {
  name: "in place",
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path, importer }) =>
      PACKED.has(path) || importer.includes("/node_modules/") ? undefined : { path, external: true },
    );
    build.onLoad({ filter: /[.]ts$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      return { contents: `const ${WHERE} = ${JSON.stringify(dirname(path))};\n${text}`, loader: "ts" };
    });
  },
};

/** What is loaded and never used. */
const lean = {
  name: "lean",
  setup(build) {
    // commander asks for it at once, for verbs that are programs; it takes as long to load as commander itself.
    build.onResolve({ filter: /^node:child_process$/ }, ({ path, importer }) =>
      importer.includes("/node_modules/commander/") ? { path, namespace: "late" } : undefined,
    );
    build.onLoad({ filter: /./, namespace: "late" }, ({ path }) => ({
      contents: `export default new Proxy({}, { get: (_, name) => require(${JSON.stringify(path)})[name] });`,
    }));
    // Messages in fifty languages.
    build.onLoad({ filter: /[/]zod[/]v4[/]locales[/]index[.]js$/ }, () => ({ contents: "" }));
  },
};

/** In one step: whoever reads the note meanwhile finds the old one or the new one, and both bundles. */
function publish(note, directory, cache) {
  touchReplaced(cache);
  const draft = join(directory, "bundle.json");
  writeFileSync(draft, JSON.stringify(note));
  renameSync(draft, join(cache, "bundle.json"));
}

/** Its age counts from now on, for whoever runs it. */
function touchReplaced(cache) {
  try {
    const { entry } = JSON.parse(readFileSync(join(cache, "bundle.json"), "utf8"));
    const now = new Date();
    if (dirname(dirname(entry)) === cache) utimesSync(dirname(entry), now, now);
  } catch {
    return;
  }
}

/** Whatever goes wrong here, the new bundle is good: another process clears away as well, or they are another user's. */
function removeOld(cache, directory) {
  try {
    for (const name of readdirSync(cache)) {
      const path = join(cache, name);
      if (!name.startsWith("bundle-") || path === directory) continue;
      if (Date.now() - statSync(path).mtimeMs > KEPT_MS) rmSync(path, { recursive: true, force: true });
    }
  } catch {
    return;
  }
}
