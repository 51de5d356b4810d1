/** Marks things so that every read of one of their properties counts: work is counted here, never timed. */
export function lookCounter(): { readonly counted: <T extends object>(one: T) => T; readonly looks: () => number } {
  let looks = 0;
  const counted = <T extends object>(one: T): T => {
    const get = (of: T, key: string | symbol): unknown => {
      looks++;
      return Reflect.get(of, key);
    };
    return new Proxy(one, { get });
  };
  return { counted, looks: () => looks };
}
