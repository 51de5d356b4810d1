import { z } from "zod";

/** Why a text is not what it should be. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

export function refuse(code: string, message: string, hint?: string): { readonly refusal: Refusal } {
  return { refusal: { code, message, hint } };
}

export type Parsed<T> = { readonly value: T } | { readonly refusal: Refusal };

/** A text that is parsed once, here; inside, only the parsed value exists. */
export function leaf<T>(parse: (text: string) => Parsed<T>) {
  return z.string().transform((text, context): T => {
    const parsed = parse(text);
    if ("value" in parsed) return parsed.value;
    const { code, message, hint } = parsed.refusal;
    context.issues.push({ code: "custom", input: text, message, params: { code, hint } });
    return z.NEVER;
  });
}
