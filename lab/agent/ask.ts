import { connect } from "node:net";
import { codeOf, type SocketAddress } from "./socket-address.ts";
import { udpSocket } from "./udp-socket.ts";

export interface Question {
  readonly to: SocketAddress;
  /** Address to send from; the system's choice when undefined. */
  readonly source?: string;
  readonly timeoutMs: number;
}

/** `connected`: TCP got through, but whoever listens there does not echo. `refused`: something answered with no. */
export interface Answer {
  readonly kind: "echo" | "connected" | "refused" | "none";
  /** The system's word for what went wrong, if it had one. */
  readonly detail: string;
}

const NONCE = "wirewright-prober";
const SILENCE: Answer = { kind: "none", detail: "no answer" };

/** Sends once and waits for the echo. Never throws: what goes wrong is the answer. */
export function ask(question: Question): Promise<Answer> {
  return question.to.protocol === "tcp" ? askTcp(question) : askUdp(question);
}

function askTcp({ to, source, timeoutMs }: Question): Promise<Answer> {
  return new Promise((resolve) => {
    let reached = false;
    const socket = connect({ host: to.address, port: to.port, ...(source ? { localAddress: source } : {}) });
    const end = (answer: Answer) => {
      clearTimeout(timer);
      socket.resetAndDestroy();
      resolve(answer);
    };
    const timer = setTimeout(() => end(reached ? { kind: "connected", detail: "no echo" } : SILENCE), timeoutMs);
    socket.on("connect", () => {
      reached = true;
      socket.write(NONCE);
    });
    socket.on("data", (data) => {
      const echoed = data.toString().startsWith(NONCE);
      end(echoed ? { kind: "echo", detail: "" } : { kind: "connected", detail: "another service answered" });
    });
    socket.on("error", (error) => end(reached ? { kind: "connected", detail: codeOf(error) } : failed(error)));
  });
}

function askUdp({ to, source, timeoutMs }: Question): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = udpSocket(to.address);
    let open = true;
    const end = (answer: Answer) => {
      clearTimeout(timer);
      if (open) socket.close();
      open = false;
      resolve(answer);
    };
    const timer = setTimeout(() => end(SILENCE), timeoutMs);
    socket.on("message", () => end({ kind: "echo", detail: "" }));
    socket.on("error", (error) => end(failed(error)));
    socket.bind({ address: source ?? (to.address.includes(":") ? "::" : "0.0.0.0"), port: 0 }, () => {
      // Connected, so that an ICMP error comes back as one, and nobody else's datagram as an answer.
      socket.connect(to.port, to.address, (error?: Error) => {
        if (error) end(failed(error));
        else if (open) socket.send(NONCE);
      });
    });
  });
}

function failed(error: Error): Answer {
  return { kind: codeOf(error) === "ECONNREFUSED" ? "refused" : "none", detail: codeOf(error) };
}
