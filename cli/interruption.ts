/**
 * Aborted by Ctrl-C, SIGTERM or the loss of the terminal, so that what is up comes down before the end. It may be told
 * twice, which must not kill: npm passes on the Ctrl-C that the terminal has sent already.
 */
export function interruption(): AbortSignal {
  const stop = new AbortController();
  const abort = () => stop.abort(new Error("interrupted"));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, abort);
  return stop.signal;
}
