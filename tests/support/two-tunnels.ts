import { VERIFY_DOMAIN } from "./verify-domain.ts";

const WG0 = 'wg0: { port: 51820, network: [10.66.0.0/24, "fd00:66::/64"] }';
const SITE = "branch-lan: [192.168.50.0/24]";
const EXPECT = /^expect:/m;

/** The verify domain with a second tunnel, that has a client and a site of its own and whose profile opens the internet. */
export const TWO_TUNNELS = VERIFY_DOMAIN.replace(
  WG0,
  `${WG0}\n      wg1: { port: 51821, network: [10.67.0.0/24, "fd00:67::/64"] }`,
)
  .replace(SITE, `${SITE}\n  shed-lan: [192.168.60.0/24]`)
  .replace("profiles:\n", "profiles:\n  guest: { reach: [internet] }\n")
  .replace(
    EXPECT,
    "  - profile: guest\n    interface: router/wg1\n    clients: { visitor: {}, shed: { subnets: [shed-lan] } }\nexpect:",
  );
