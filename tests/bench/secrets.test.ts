import { randomBytes } from "node:crypto";
import { secretsIn, secretsOfConfiguration } from "../../bench/secrets.ts";

const canary = randomBytes(32);
const secret = canary.toString("base64");

test.each([
  ["base64", secret],
  ["base64 without padding", secret.replace(/=+$/, "")],
  ["base64 for URLs", canary.toString("base64url")],
  ["hex", canary.toString("hex")],
  ["upper-case hex", canary.toString("hex").toUpperCase()],
  ["escaped in JSON", JSON.stringify({ text: `a\n${secret}` })],
])("a secret is found as %s", (_, form) => {
  expect(secretsIn(`before ${form} after`, ["AAAA", secret])).toEqual([1]);
});

test("another key is not taken for it", () => {
  expect(secretsIn(randomBytes(32).toString("base64"), [secret])).toEqual([]);
});

test("the secrets of a configuration are its private and pre-shared keys", () => {
  const text = `[Interface]\nPrivateKey = ${secret}\n[Peer]\nPublicKey = PUB=\npresharedkey=${secret}\r\n`;
  expect(secretsOfConfiguration(text)).toEqual([secret, secret]);
});
