import { readFileSync, statSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import ssh2 from "ssh2";
import { unreadable } from "../core/thrown.ts";
import { badInput } from "./bad-input.ts";

/** Who we are to a device: the text of a private key, or the socket of an agent that holds some. */
export type Identity =
  | { readonly identity: string; readonly agent?: never }
  | { readonly agent: string; readonly identity?: never };

type IdentityFile =
  | { readonly state: "usable"; readonly text: string }
  | { readonly state: "absent" | "encrypted" }
  | { readonly state: "faulty"; readonly fault: string };

/** Under ~/.ssh, in the order in which ssh tries them. */
const DEFAULT_FILES = ["id_ed25519", "id_ecdsa", "id_rsa"] as const;
const AGENT_TIMEOUT_MS = 2_000;
/** draft-ietf-sshm-ssh-agent 3.5: length, SSH_AGENTC_REQUEST_IDENTITIES; the answer is length, its number, count. */
const REQUEST_IDENTITIES = Buffer.from([0, 0, 0, 1, 11]);
const IDENTITIES_ANSWER = 12;

/**
 * The file that was asked for; otherwise an agent that holds keys, otherwise the usual files. Throws one sentence. A named
 * agent that can't be reached is a fault whatever is used: the command plugin dials it even when it is given a key.
 */
export async function findIdentity(
  asked: string | undefined,
  home: string,
  agentSocket: string | undefined,
): Promise<Identity> {
  const answer = agentSocket === undefined ? "no keys" : await askAgent(agentSocket);
  if (answer === "unreachable") {
    throw new Error(`SSH_AUTH_SOCK names ${agentSocket}, where nobody answers; unset it, or start the agent`);
  }
  const agent = answer === "keys" ? agentSocket : undefined;
  if (asked) return askedIdentity(asked, agent);
  if (agent !== undefined) return { agent };
  const files = DEFAULT_FILES.map((name) => join(home, ".ssh", name));
  const found = files.map((file) => ({ file, read: readIdentity(file) }));
  for (const { read } of found) if (read.state === "usable") return { identity: read.text };
  const encrypted = found.find(({ read }) => read.state === "encrypted");
  if (encrypted !== undefined) throw new Error(encryptedFault(encrypted.file));
  for (const { read } of found) if (read.state === "faulty") throw new Error(read.fault);
  throw new Error(
    `no SSH key: no agent answers and ${join(home, ".ssh")} has none of ${DEFAULT_FILES.join(", ")}; make one with ssh-keygen -t ed25519, or set wirewright:sshIdentity`,
  );
}

/** An encrypted file is taken for one that the agent holds, as ssh does; the device decides. */
function askedIdentity(file: string, agent: string | undefined): Identity {
  const read = readIdentity(file);
  if (read.state === "usable") return { identity: read.text };
  if (read.state === "faulty") throw badInput(read.fault);
  if (read.state === "absent") throw badInput(`there is no SSH key ${file}; correct wirewright:sshIdentity`);
  if (agent === undefined) throw new Error(encryptedFault(file));
  return { agent };
}

function encryptedFault(file: string): string {
  return `the SSH key ${file} is encrypted and no agent holds it; run ssh-add ${file}`;
}

function readIdentity(file: string): IdentityFile {
  try {
    return judgeIdentity(file);
  } catch (error) {
    return { state: "faulty", fault: `the SSH key ${unreadable(file, error)}` };
  }
}

function judgeIdentity(file: string): IdentityFile {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined || found.isDirectory()) return { state: "absent" };
  const { mode } = found;
  if ((mode & 0o077) !== 0) {
    const shown = (mode & 0o777).toString(8);
    const fault = `the SSH key ${file} has mode ${shown}, open to others; close it with chmod 600 ${file}`;
    return { state: "faulty", fault };
  }
  const text = readFileSync(file, "utf8");
  const parsed = ssh2.utils.parseKey(text);
  if (!(parsed instanceof Error) && parsed.isPrivateKey()) return { state: "usable", text };
  if (parsed instanceof Error && /encrypted/i.test(parsed.message)) return { state: "encrypted" };
  return {
    state: "faulty",
    fault: `${file} is no private SSH key of a kind that is known here; make one with ssh-keygen -t ed25519`,
  };
}

/** `no keys` of an empty agent and of one that takes the connection and stays silent. */
function askAgent(path: string): Promise<"keys" | "no keys" | "unreachable"> {
  return new Promise((done) => {
    let reached = false;
    const socket = connect(path, () => {
      reached = true;
    });
    const answer: Buffer[] = [];
    const end = (found: "keys" | "no keys" | "unreachable"): void => {
      socket.destroy();
      done(found);
    };
    socket.setTimeout(AGENT_TIMEOUT_MS, () => end("no keys"));
    socket.on("error", () => end(reached ? "no keys" : "unreachable"));
    socket.on("close", () => end("no keys"));
    socket.on("data", (part) => {
      answer.push(part);
      const head = Buffer.concat(answer);
      if (head.length >= 9) end(head[4] === IDENTITIES_ANSWER && head.readUInt32BE(5) > 0 ? "keys" : "no keys");
    });
    socket.write(REQUEST_IDENTITIES);
  });
}
