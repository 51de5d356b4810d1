import { Buffer } from "node:buffer";

/**
 * Which of the secrets a text holds, as base64 (padded or not, standard or URL alphabet) or hex: the places in `secrets`, never the secrets.
 * `secrets` are keys in base64.
 */
export function secretsIn(text: string, secrets: readonly string[]): number[] {
  const lower = text.toLowerCase();
  return secrets.flatMap((secret, place) => {
    const bytes = Buffer.from(secret, "base64");
    if (bytes.length < 16) return [];
    const forms = [bytes.toString("base64").replace(/=+$/, ""), bytes.toString("base64url")];
    const held = forms.some((form) => text.includes(form)) || lower.includes(bytes.toString("hex"));
    return held ? [place] : [];
  });
}

/** The keys in a wg-quick configuration that must never be archived. */
export function secretsOfConfiguration(text: string): string[] {
  return [...text.matchAll(/^\s*(?:PrivateKey|PresharedKey)\s*=\s*(\S+)\s*$/gim)].flatMap((found) => found[1] ?? []);
}
