/** What a scenario may say of a load that k6 makes; almost everything is said by its script. */
import type { Scenario } from "./scenario.ts";
import type { ScenarioSections } from "./schema.ts";
import type { Finding } from "./wording.ts";

/** Without a default: what stands there was meant. */
const SAID_BY_SCRIPT = ["mix", "operationsMax"] as const;
/** With one: only the text tells whether it was meant. */
const DEFAULTED = ["executor", "skew"] as const;

export function ofGenerator(workload: ScenarioSections["workload"]): readonly Finding[] {
  const { generator, script } = workload;
  if (generator !== "k6") {
    if (script === undefined) return [];
    const message = `the generator ${generator} has no script; allowed: generator: k6, or no script`;
    return [{ path: ["workload", "script"], message }];
  }
  const given: Readonly<Record<string, unknown>> = workload;
  const superfluous = SAID_BY_SCRIPT.filter((key) => given[key] !== undefined);
  return [
    ...(script === undefined
      ? [{ path: ["workload", "generator"], message: "k6 needs a script; write: script: load.js" }]
      : []),
    ...superfluous.map((key) => ({ path: ["workload", key], message: saidByScript(key) })),
  ];
}

/** Keys with defaults that were given all the same. */
export function superfluousForK6({ workload, source }: Scenario): readonly Finding[] {
  if (workload.generator !== "k6") return [];
  return DEFAULTED.filter((key) => source.given(["workload", key])).map((key) => ({
    path: ["workload", key],
    message: saidByScript(key),
  }));
}

function saidByScript(key: string): string {
  return `with the generator k6 its script says that; allowed: no ${key}`;
}
