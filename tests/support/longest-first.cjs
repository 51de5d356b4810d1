const Sequencer = require("@jest/test-sequencer").default;

// Minutes each; begun first, they don't run alone at the end. Jest's own guess is the size of the file.
const LONGEST = [
  "lab/wgctl",
  "lab/crash",
  "lab/machine",
  "lab/drift",
  "lab/verify",
  "lab/pulumi-flow",
  "lab/pulumi-killed",
];

module.exports = class extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const at = LONGEST.findIndex((name) => path.endsWith(`${name}.test.ts`));
      return at < 0 ? LONGEST.length : at;
    };
    return [...super.sort(tests)].sort((a, b) => rank(a) - rank(b));
  }
};
