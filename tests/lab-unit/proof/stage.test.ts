import { execute } from "../../../lab/execute.ts";
import { type Host, occupy, vacate } from "../../../lab/proof/stage.ts";

jest.mock("../../../lab/execute.ts");

const spot = { node: "lanhost", addTo: "eth0" };
const port631 = { address: "192.168.1.50", protocol: "tcp", port: 631 } as const;
const ping = { address: "192.168.1.50", protocol: "icmp", port: 0 } as const;

/** What becomes of the addresses of a host and of what listens there, in order. */
function scriptedHost() {
  const said: string[] = [];
  jest
    .mocked(execute)
    .mockReset()
    .mockImplementation(async (argv) => {
      said.push(argv.slice(1, 4).join(" "));
      return { code: 0, stdout: "", stderr: "" };
    });
  const place = { name: "lanhost", enter: [] };
  const call = jest.fn(async (verb: string): Promise<unknown> => {
    said.push(verb);
    return { busy: false };
  });
  const close = async () => undefined;
  const host: Host = {
    place,
    prober: { place, call, close },
    watch: { arrivals: async () => [], close },
    wanted: new Map(),
  };
  return { host, said, call };
}

const PUT = "address replace 192.168.1.50/32";
const TAKEN = "address delete 192.168.1.50/32";

test("an address and a listener go with the last who wants them", async () => {
  const { host, said } = scriptedHost();
  for (const one of [port631, ping, port631]) await occupy(host, spot, one);
  expect(said.splice(0)).toEqual([PUT, "listen", PUT, PUT, "listen"]);
  for (const one of [port631, ping]) await vacate(host, spot, one);
  expect(said.splice(0)).toEqual([]);
  await vacate(host, spot, port631);
  expect(said.splice(0)).toEqual(["unlisten", TAKEN]);
  await occupy(host, spot, ping);
  await vacate(host, spot, ping);
  expect(said).toEqual([PUT, TAKEN]);
});

test("who can't listen leaves no address behind, nor takes that of others away", async () => {
  const { host, said, call } = scriptedHost();
  const refuse = () => call.mockRejectedValueOnce(new Error("EACCES"));
  refuse();
  await expect(occupy(host, spot, port631)).rejects.toThrow("EACCES");
  expect(said.splice(0)).toEqual([PUT, "unlisten", TAKEN]);
  await occupy(host, spot, ping);
  refuse();
  await expect(occupy(host, spot, port631)).rejects.toThrow("EACCES");
  expect(said).toEqual([PUT, PUT, "unlisten"]);
});

test("a listener that does not end keeps no address", async () => {
  const { host, said, call } = scriptedHost();
  await occupy(host, spot, port631);
  call.mockRejectedValueOnce(new Error("it hangs"));
  await expect(vacate(host, spot, port631)).rejects.toThrow("it hangs");
  expect(said).toEqual([PUT, "listen", TAKEN]);
});
