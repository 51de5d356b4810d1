import { ping } from "../../../lab/prober.ts";

/** A place whose ping says and ends as told, whatever it is asked. */
const place = (script: string) => ({ name: "somewhere", enter: ["sh", "-c", script] });
const pinged = (script: string) => ping(place(script), "192.0.2.1", { timeoutMs: 100 });

test.each([
  ["an echo", "echo '1 received'", { kind: "echo", detail: "" }],
  ["silence", "echo '0 received'; exit 1", { kind: "none", detail: "no answer" }],
  [
    "an ICMP error",
    "echo 'From 192.0.2.9 Destination Host Unreachable'; exit 1",
    { kind: "none", detail: "no answer" },
  ],
  [
    "a system that refuses to send",
    "echo 'ping: sendmsg: Operation not permitted' >&2; exit 1",
    { kind: "none", detail: "ping: sendmsg: Operation not permitted" },
  ],
  [
    "a system that knows no way",
    "echo 'ping: connect: Network is unreachable' >&2; exit 2",
    { kind: "none", detail: "ping: connect: Network is unreachable" },
  ],
])("%s", async (_, script, answer) => {
  expect(await pinged(script)).toEqual(answer);
});

test("ping may say what goes wrong, and in English", async () => {
  const { detail } = await pinged('echo "$0 $@" >&2; exit 2');
  expect(detail).toMatch(/^env LC_ALL=C ping /);
  expect(detail).not.toMatch(/ -q/);
});
