// ESM-only packages are compiled too: Jest runs the tests as CommonJS, the program itself runs as ES modules.
const shared = {
  transform: {
    "^.+\\.(ts|mjs|js)$": [
      "@swc/jest",
      { jsc: { target: "es2023", parser: { syntax: "typescript" } }, module: { type: "commonjs" } },
    ],
  },
  transformIgnorePatterns: ["/node_modules/(?!(@noble|commander|listr2)/)"],
  extensionsToTreatAsEsm: [],
  testEnvironment: "node",
};
module.exports = {
  testSequencer: "<rootDir>/tests/support/longest-first.cjs",
  projects: [
    {
      ...shared,
      displayName: "unit",
      testMatch: ["<rootDir>/tests/**/*.test.ts"],
      testPathIgnorePatterns: ["/node_modules/", "/tests/lab/"],
    },
    { ...shared, displayName: "lab", testMatch: ["<rootDir>/tests/lab/**/*.test.ts"] },
  ],
};
