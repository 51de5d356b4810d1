/** One interface per userspace implementation on the same device, so that repairing one shows what it does to the other. */
export const DRIFT_DOMAIN = `version: 1
servers:
  router:
    address: 192.168.1.1
    endpoint: vpn.example.net
    interfaces:
      wg0: { port: 51820, network: [10.66.0.0/24, "fd00:66::/64"] }
      wg1: { port: 51821, network: [10.66.1.0/24, "fd00:66:1::/64"] }
subnets:
  lan: [192.168.1.0/24, "fd00:1::/64"]
  cameras: [192.168.7.0/24, "fd00:7::/64"]
  branch0: [192.168.50.0/24, "fd00:50::/64"]
  branch1: [192.168.51.0/24, "fd00:51::/64"]
profiles:
  admin: { reach: [lan, cameras, self] }
  mesh: { reach: [peers, { to: lan, ports: [tcp/443, tcp/8096, udp/5000-5010] }] }
bindings:
  - { profile: admin, interface: router/wg0, clients: { bystander: {}, victim: {} } }
  - { profile: mesh, interface: router/wg0, clients: { branch: { subnets: [branch0] } } }
  - { profile: admin, interface: router/wg1, clients: { bystander: {}, victim: {} } }
  - { profile: mesh, interface: router/wg1, clients: { branch: { subnets: [branch1] } } }
`;

export const DRIFT_STACK = `config:
  wirewright:domain: domain.yaml
  wirewright:server: router
  wirewright:implementation: wireguard-go
  wirewright:interfaces: { wg1: { implementation: boringtun } }
  wirewright:natInterface: wan0
  wirewright:rootSecretFile: root.secret
`;
