import { Listr, PRESET_TIMER } from "listr2";
import type { DemoStep } from "../../bench/report/demo-report.ts";
import { messageOf } from "../../core/thrown.ts";
import { printable } from "../output.ts";

/** What a step ends with: one line for people, and a value for the steps after it. */
export type StepResult<T> = string | { readonly detail: string; readonly value: T };

type Work<T> = (say: (text: string) => void) => Promise<StepResult<T>>;

export interface StepRunner {
  /** Runs one step, shown while it runs, timed, recorded. Throws what the step throws, after recording it. */
  step<T = void>(name: string, work: Work<T>): Promise<T>;
  /** The same, but a failure is only recorded, and an interruption changes nothing. */
  always(name: string, work: () => Promise<string>): Promise<void>;
  done(): readonly DemoStep[];
}

/** Shows steps on a terminal, or as plain lines where there is none. An abort fails the step that it meets. */
export function stepRunner(signal: AbortSignal): StepRunner {
  const steps: DemoStep[] = [];
  const shown = async <T>(name: string, work: Work<T>): Promise<T> => {
    const started = performance.now();
    const record = (status: DemoStep["status"], detail: string) =>
      steps.push({ name, status, seconds: (performance.now() - started) / 1000, detail });
    let value: T | undefined;
    let failure: unknown;
    const list = new Listr(
      [
        {
          title: name,
          task: async (_, task) => {
            const say = (text: string) => {
              task.output = printable(text);
            };
            const result = await work(say).catch((error: unknown) => {
              failure = error;
              // Shown as it is.
              throw new Error(printable(messageOf(error)));
            });
            const { detail, value: end } = typeof result === "string" ? { detail: result, value: undefined } : result;
            task.title = `${name}: ${printable(detail)}`;
            value = end;
            record("done", detail);
          },
        },
      ],
      {
        // Its own listener would end the process at once, with the lab still up.
        registerSignalListeners: false,
        rendererOptions: { timer: PRESET_TIMER },
        fallbackRenderer: "simple",
        fallbackRendererOptions: { timer: PRESET_TIMER },
        fallbackRendererCondition: () => process.stdout.isTTY !== true,
      },
    );
    try {
      await list.run();
    } catch (error) {
      failure ??= error;
      record("failed", messageOf(failure));
      throw failure;
    }
    return value as T;
  };
  return {
    step: (name, work) => shown(name, (say) => abortWins(signal, () => work(say))),
    always: (name, work) => shown<void>(name, work).catch(() => undefined),
    done: () => steps,
  };
}

/** What else went wrong in interrupted work only follows from the interruption. */
async function abortWins<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  try {
    return await work();
  } finally {
    signal.throwIfAborted();
  }
}
