import { HOME, wirewright, withFiles } from "../support/cli.ts";

jest.setTimeout(120_000);

test("the matrix has a row per client and a column per target, as text and as JSON", () =>
  withFiles({ "domain.yaml": HOME }, async (directory) => {
    const [text, json] = await Promise.all([
      wirewright(directory, ["matrix", "domain.yaml"]),
      wirewright(directory, ["matrix", "domain.yaml", "--json"]),
    ]);
    expect(text.out).toBe(
      [
        "nas/wg1",
        "  client  profile  self",
        "  runner  lab      everything",
        "",
        "router/wg0",
        "  client  profile  self        internet    lan",
        "  laptop  admin    everything  everything  everything",
        "  phone   admin    everything  everything  everything",
        "  tv      media    -           -           icmp, tcp/443",
        "",
      ].join("\n"),
    );
    const rows: readonly { from: string; reaches: readonly { name: string; ports: readonly string[] }[] }[] =
      JSON.parse(json.out);
    expect(rows.map((row) => row.from)).toEqual([
      "nas/wg1/runner",
      "router/wg0/laptop",
      "router/wg0/phone",
      "router/wg0/tv",
    ]);
    expect(rows.at(-1)?.reaches).toMatchObject([{ name: "lan", ports: ["icmp", "tcp/443"] }]);
  }));
