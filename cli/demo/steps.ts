import { Listr, PRESET_TIMER } from "listr2";
import type { DemoStep } from "../../bench/report/demo-report.ts";
import { messageOf } from "../../project/error-code.ts";

/** What a step ends with: one line for people, and a value for the steps after it. */
export type StepResult<T> = string | { readonly detail: string; readonly value: T };

export interface Progress {
  /** Runs one step, shown while it runs, timed, recorded. Throws what the step throws, after recording it. */
  step<T = void>(name: string, work: (say: (text: string) => void) => Promise<StepResult<T>>): Promise<T>;
  /** The same, but a failure is only recorded. */
  always(name: string, work: () => Promise<string>): Promise<void>;
  done(): readonly DemoStep[];
}

/** Shows steps on a terminal, or as plain lines where there is none. */
export function stepRunner(): Progress {
  const steps: DemoStep[] = [];
  const step = async <T>(name: string, work: (say: (text: string) => void) => Promise<StepResult<T>>): Promise<T> => {
    const started = performance.now();
    const record = (status: DemoStep["status"], detail: string) =>
      steps.push({ name, status, seconds: (performance.now() - started) / 1000, detail });
    let value: T | undefined;
    const shown = new Listr(
      [
        {
          title: name,
          task: async (_, task) => {
            const result = await work((text) => {
              task.output = text;
            });
            const { detail, value: end } = typeof result === "string" ? { detail: result, value: undefined } : result;
            task.title = `${name}: ${detail}`;
            value = end;
            record("done", detail);
          },
        },
      ],
      {
        rendererOptions: { timer: PRESET_TIMER },
        fallbackRenderer: "simple",
        fallbackRendererOptions: { timer: PRESET_TIMER },
        fallbackRendererCondition: () => process.stdout.isTTY !== true,
      },
    );
    try {
      await shown.run();
    } catch (error) {
      record("failed", messageOf(error));
      throw error;
    }
    return value as T;
  };
  return {
    step,
    always: (name, work) => step<void>(name, work).catch(() => undefined),
    done: () => steps,
  };
}
