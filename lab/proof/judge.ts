import type { Answer } from "../agent/ask.ts";

/** What policy and packets say of each other. */
export interface Proof {
  readonly outcome: "agrees" | "disagrees" | "unclear";
  readonly detail: string;
}

/** What was seen of one probe. */
export interface Sighting {
  readonly answer: Answer;
  /** Sources of the packets that got there. */
  readonly arrived: readonly string[];
  /** Another program has the port, so there was nobody of ours to answer. */
  readonly busy: boolean;
}

/** A sighting and all that it is judged by. */
export interface Case extends Sighting {
  /** Where it was looked for. */
  readonly node: string;
  /** The sources an allowed packet should bear there. */
  readonly expected: readonly string[];
  /** Whether the tunnel itself carries packets of this client; and what shows it. */
  readonly path: { readonly works: boolean; readonly evidence: string };
}

const isAnswer = ({ kind }: Answer): boolean => kind !== "none";

/** Allowed: it got there under the client's own name, and the answer came back. */
export function judgeAllowed({ node, answer, arrived, expected, busy, path }: Case): Proof {
  const from = arrived.join(" and ");
  if (arrived.length === 0) {
    if (answer.kind === "refused" || answer.kind === "echo") return no(`answered (${answer.kind}), but not by ${node}`);
    return path.works
      ? no(`nothing arrived at ${node}: ${answer.detail}; the tunnel works: ${path.evidence}`)
      : unclear(`nothing arrived at ${node}: ${answer.detail}, nor does the tunnel work: ${path.evidence}`);
  }
  const stranger = arrived.find((source) => !expected.includes(source));
  if (stranger) return no(`arrived at ${node} from ${stranger} instead of ${expected.join(" or ")}`);
  if (answer.kind === "echo" || (answer.kind === "connected" && busy))
    return yes(`arrived at ${node} from ${from}, answered`);
  if (busy) return unclear(`arrived at ${node} from ${from}, where another program has the port and does not answer`);
  return no(`arrived at ${node} from ${from}, but no answer came back (${answer.detail})`);
}

/** Denied: nothing got there and nothing came back, while another packet of the same client does get through. */
export function judgeDenied({ node, answer, arrived, path }: Case): Proof {
  if (arrived.length > 0) return no(`arrived at ${node} from ${arrived.join(" and ")}`);
  if (isAnswer(answer)) return no(`did not arrive at ${node}, but was answered (${answer.kind} ${answer.detail})`);
  if (answer.detail !== "no answer") return unclear(`the client could not send: ${answer.detail}`);
  return path.works
    ? yes(`nothing arrived at ${node}; ${path.evidence}`)
    : unclear(`nothing arrived at ${node}, but neither does anything else: ${path.evidence}`);
}

const yes = (detail: string): Proof => ({ outcome: "agrees", detail });
const no = (detail: string): Proof => ({ outcome: "disagrees", detail });
export const unclear = (detail: string): Proof => ({ outcome: "unclear", detail });
