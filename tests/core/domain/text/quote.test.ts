import { createHash } from "node:crypto";
import { load } from "../../../../core/domain/load.ts";
import { formatProblem } from "../../../../core/domain/problem.ts";
import { quote } from "../../../../core/domain/text/quote.ts";
import { edited } from "../marked.ts";

const KEY = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=";

test.each([
  ["a key", KEY],
  ["one that lost its padding", KEY.slice(0, 43)],
  ["one that lost its end", KEY.slice(0, 39)],
  ["one that lost a third", KEY.slice(0, 30)],
  ["the first half", KEY.slice(0, 22)],
  ["the second half", KEY.slice(22)],
  ["one that was wrapped", `${KEY.slice(0, 22)} ${KEY.slice(22)}`],
  ["one that was wrapped often", KEY.replace(/.{4}/g, "$&\n  ")],
  ["a piece behind a word", `PrivateKey ${KEY.slice(0, 30)}`],
  ["a piece in a path", `router/${KEY.slice(0, 30)}/laptop`],
  ["the alphabet of URLs", KEY.slice(0, 30).replaceAll("+", "-")],
  ["a secret in hex that was wrapped", "0123456789abcdef ".repeat(4)],
])("not repeated: %s", (_, text) => {
  expect(quote(text)).toMatch(/^a text of \d+ characters/);
});

test.each([
  "vpn-2.Berlin.Example.NET",
  "ec2-198-51-100-1.eu-central-1.compute.amazonaws.com",
  "Annas-Laptop-2019-Work-Room",
  "a".repeat(39),
  "living-room-of-the-main-house-2",
  "LIVING_ROOM_OF_THE_MAIN_HOUSE_2",
  "Router1/Wg0/Laptop2-Of-Anna/Work",
  "2001:0DB8:0000:0000:0000:ff00:0042:8329",
  "2001:db8:85a3:8d3:1319:8a2e:370:7348/128",
  "The laptop of Anna has 2 interfaces and a long name",
  "udp/5000-5010 and Tcp/443",
  "clients of the binding 2: LivingRoom publicKey",
])("repeated: %s", (text) => {
  expect(quote(text)).toBe(`"${text}"`);
});

test("of 2,000 keys, cut to half and wrapped, hardly one is repeated", () => {
  const repeated = Array.from({ length: 2000 }, (_, i) => {
    const key = createHash("sha256").update(`${i}`).digest("base64");
    const [start, wrap] = [i % 22, i % 21];
    const piece = key.slice(start, start + 22);
    return quote(`${piece.slice(0, wrap)}\n ${piece.slice(wrap)}`);
  }).filter((text) => text.startsWith('"'));
  expect(repeated.length).toBeLessThan(70);
});

test.each([
  ["in a plain field", "endpoint: vpn.example.net", `endpoint: ${KEY.slice(0, 22)}\n      ${KEY.slice(22)}`],
  ["in quotes", "endpoint: vpn.example.net", `endpoint: "${KEY.slice(0, 22)}\n      ${KEY.slice(22)}"`],
  ["as a block", "endpoint: vpn.example.net", `endpoint: |\n      ${KEY.slice(0, 22)}\n      ${KEY.slice(22)}`],
  ["behind words", "address: 192.168.1.2", `address: the key is\n      ${KEY.slice(0, 22)}\n      ${KEY.slice(22)}`],
])("a key that was wrapped is a secret in the file, %s", (_, find, replacement) => {
  const { problems } = load(edited(find, replacement));
  expect(problems.map(({ code }) => code)).toEqual(["secret-in-file"]);
  expect(problems.map((problem) => formatProblem("f", problem)).join("\n")).not.toMatch(/yAnz5TF|MNq\+hd2/);
});

test("a private key that was wrapped is one where a public key belongs", () => {
  const wrapped = '"qGVxQKj7Z2wNqF1z0cNvJ8Wl\n          Yp3Yq4xRkU5sT2bVd0E="';
  const { problems } = load(edited("laptop: {}", `laptop:\n        publicKey: ${wrapped}`));
  expect(problems).toMatchObject([{ code: "private-key" }]);
});
