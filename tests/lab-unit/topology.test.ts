import { isIP } from "node:net";
import { hostsFile, topology } from "../../lab/topology.ts";
import { cableBatch, macOf, networkScript, portOf } from "../../lab/wiring.ts";

const links = topology.nodes.flatMap((node) => node.links);
const addresses = topology.nodes.flatMap((node) => [
  ...node.links.flatMap((link) => link.addresses),
  ...(node.loopback ?? []),
]);

test("no two ends of the lab share an address, a port or a hardware address", () => {
  for (const all of [addresses, links.map(portOf), links.map(macOf)]) expect(new Set(all).size).toBe(all.length);
});

test("every interface name fits the kernel's 15 bytes", () => {
  const names = links.flatMap((link) => [link.interface, portOf(link), link.segment]);
  expect(names.filter((name) => name.length > 15)).toEqual([]);
});

test("every address and every gateway is one", () => {
  const bare = [
    ...addresses.map((address) => address.replace(/\/\d+$/, "")),
    ...topology.nodes.flatMap((node) => node.gateways),
  ];
  expect(bare.filter((address) => isIP(address) === 0)).toEqual([]);
});

test("the devices answer where the example dials them", () => {
  const at = (name: string) => topology.nodes.find((node) => node.name === name)?.links[0]?.addresses[0];
  expect([at("router"), at("nas")]).toEqual(["192.168.1.1/24", "192.168.1.2/24"]);
});

test("names in a hosts file lead to addresses of the lab only", () => {
  const own = new Set(addresses.map((address) => address.replace(/\/\d+$/, "")));
  const rows = topology.nodes.flatMap((node) => hostsFile(node).trim().split("\n"));
  const led = rows.map((row) => row.split(" ")[0] ?? "").filter((address) => !["127.0.0.1", "::1"].includes(address));
  expect(led.filter((address) => !own.has(address))).toEqual([]);
});

test("a node's network is plain text for ip and a shell", () => {
  const node = topology.nodes.find(({ name }) => name === "lanhost");
  if (!node) throw new Error("no lanhost");
  expect(cableBatch(node, "ww-x-lanhost").split("\n")).toEqual([
    "link add lan-10 type veth peer name eth0 address 02:77:c0:a8:01:0a netns ww-x-lanhost",
    "link set lan-10 master lan up",
    "",
  ]);
  expect(networkScript(node)).toContain(
    "address add 192.168.1.10/24 dev eth0\naddress add fd00:1::10/64 dev eth0\nlink set eth0 up\n",
  );
});
