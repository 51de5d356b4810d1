/** A small intent for the lab's router in which every kind of target, and a client of every kind, occurs. */
export const VERIFY_DOMAIN = `version: 1
servers:
  router:
    address: 192.168.1.1
    endpoint: vpn.example.net
    interfaces:
      wg0: { port: 51820, network: [10.66.0.0/24, "fd00:66::/64"] }
subnets:
  lan: [192.168.1.0/24, "fd00:1::/64"]
  cameras: [192.168.7.0/24, "fd00:7::/64"]
  branch-lan: [192.168.50.0/24]
profiles:
  admin: { reach: [lan, internet, self] }
  media: { reach: [{ to: lan, ports: [tcp/443, udp/5000-5010, icmp] }] }
  mesh: { reach: [peers, branch-lan, { to: self, ports: [udp/53, icmp] }] }
bindings:
  - profile: admin
    interface: router/wg0
    clients:
      laptop: {}
      desk: {}
      phone: { publicKey: "tWD7bsPLiF8wQPPiT4D7jqpHDcYCmn0gS0xMqLkS+VI=" }
  - profile: media
    interface: router/wg0
    clients: { tv: {} }
  - profile: mesh
    interface: router/wg0
    clients:
      branch: { subnets: [branch-lan] }
      roamer: {}
expect:
  - { from: router/wg0/laptop, to: 192.168.1.10, port: tcp/22, verdict: allow }
  - { from: router/wg0/laptop, to: "2606:4700:4700::1111", port: udp/53, verdict: allow }
  - { from: router/wg0/laptop, to: self, port: tcp/22, verdict: allow }
  - { from: router/wg0/laptop, to: 192.168.7.10, verdict: deny }
  - { from: router/wg0/phone, to: 192.168.7.10, port: tcp/554, verdict: deny }
  - { from: router/wg0/tv, to: 192.168.1.77, port: udp/5000-5010, verdict: allow }
  - { from: router/wg0/tv, to: 192.168.1.77, port: udp/5011, verdict: deny }
  - { from: router/wg0/tv, to: self, port: icmp, verdict: deny }
  - { from: router/wg0/branch, to: router/wg0/tv, port: tcp/22, verdict: allow }
  - { from: router/wg0/branch, to: router/wg0/phone, port: tcp/22, verdict: allow }
  - { from: router/wg0/tv, to: router/wg0/branch, port: tcp/22, verdict: deny }
`;
