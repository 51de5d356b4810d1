import { randomBytes } from "node:crypto";
import { x25519 } from "@noble/curves/ed25519.js";
import { load } from "../../core/domain/load.ts";
import { compile } from "../../core/plan/compile.ts";
import { keyRing } from "../../core/plan/keys.ts";
import { emptyLock } from "../../core/plan/lock-file.ts";
import type { Execution } from "../../core/plan/types.ts";
import { renderDocument } from "../../core/render/document.ts";
import { bigDomain } from "./big-domain.ts";

// Run as a program: `node compile-worker.ts ours|bare CLIENTS` prints {seconds, peakBytes} of one subject in a process of its own.

const [subject = "", count = "0"] = process.argv.slice(2);
const clients = Number(count);
const secret = randomBytes(32);
const execution: Execution = {
  implementation: "wireguard-go",
  mtu: 1420,
  keepaliveSeconds: 0,
  presharedKeys: "on",
  clientDns: [],
  confirmSeconds: 90,
};
const text = bigDomain(clients, { server: "nas", address: "192.168.1.2", interface: "wg1" });

/** All that stands between the file and the device: parse, compile, every key of every client, the device's document. */
function ours(): number {
  const began = performance.now();
  const { domain, problems } = load(text);
  if (domain === undefined) throw new Error(`the file has problems: ${problems[0]?.message}`);
  const { plans } = compile(domain, emptyLock);
  const [plan] = plans.flatMap((server) => server.interfaces);
  if (plan?.peers.length !== clients) throw new Error(`${plan?.peers.length} peers of ${clients}`);
  renderDocument(plan, keyRing(secret), execution, "0".repeat(16));
  return (performance.now() - began) / 1000;
}

function bare(): number {
  const keys = Array.from({ length: clients }, () => new Uint8Array(randomBytes(32)));
  x25519.getPublicKey(keys[0] ?? secret);
  const began = performance.now();
  for (const key of keys) x25519.getPublicKey(key);
  return (performance.now() - began) / 1000;
}

const seconds = subject === "ours" ? ours() : bare();
process.stdout.write(`${JSON.stringify({ seconds, peakBytes: process.resourceUsage().maxRSS * 1024 })}\n`);
