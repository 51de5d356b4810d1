import { formatAddress } from "../../net/address.ts";
import type { Facts, InterfaceFact } from "../facts.ts";
import type { Path, Report } from "../place.ts";
import { dialledHost } from "./dialled.ts";
import { repeated, withLine } from "./duplicates.ts";

/** A host, by one of its names, at which an interface is reached. */
interface Door {
  readonly interface: InterfaceFact;
  /** Of the port. */
  readonly path: Path;
  readonly host: string | undefined;
  /** Whether the file gives it as the endpoint. */
  readonly isNamed: boolean;
  /** Whether it is the server's own address. */
  readonly isOwn: boolean;
}

/** Where a server is dialled at the host and port of another, its clients reach that one. */
export function checkDoors(facts: Facts, report: Report): void {
  const place = ({ host, interface: { draft } }: Door) => (host && draft.port ? `${host} ${draft.port}` : undefined);
  for (const [first, ...others] of repeated(doorsOf(facts, report), place, report)) {
    for (const second of others) {
      // One server's own ports, and one address for two servers, are reported as what they are.
      if (second.interface.server === first.interface.server || !(second.isNamed || first.isNamed)) continue;
      checkPair(first, second, report);
    }
  }
}

function doorsOf(facts: Facts, report: Report): Door[] {
  const servers = new Map(facts.servers.map((server) => [server.name, server]));
  return [...facts.interfaces.values()].flatMap((one) => {
    const server = servers.get(one.server);
    const dialled = server && dialledHost(server, report);
    const own = server?.draft.address && formatAddress(server.draft.address);
    const named = server?.draft.endpoint === undefined ? undefined : dialled;
    return [...new Set([dialled, own])].map((host) => {
      return { interface: one, path: [...one.path, "port"], host, isNamed: host === named, isOwn: host === own };
    });
  });
}

/** The later is at fault, unless it is at home there and the earlier is not. */
function checkPair(first: Door, second: Door, report: Report): void {
  const isFirstAstray = second.isOwn && !first.isOwn;
  const owner = isFirstAstray ? second : first;
  const path = isFirstAstray ? ["servers", first.interface.server, "endpoint"] : second.path;
  const { id, draft } = owner.interface;
  report.add({
    code: "duplicate-port",
    path,
    message: `${owner.host} port ${draft.port} leads to ${withLine(id, owner.path, report)} already`,
    hint: "choose another port, or give one of the servers an endpoint of its own",
  });
}
