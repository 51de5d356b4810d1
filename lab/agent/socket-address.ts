export interface SocketAddress {
  readonly protocol: "tcp" | "udp";
  /** Without prefix length; an IPv6 link-local one with its zone, `fe80::1%wg0`. */
  readonly address: string;
  readonly port: number;
}

/** `ECONNREFUSED` and the like; the text of an error that has no code. */
export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
