/** A fault with `repeat` is so many ordinary ones, each with a name of its own. */
import type { ScenarioFault } from "./scenario.ts";
import type { FaultSection } from "./schema.ts";

type Repetition = Pick<ScenarioFault, "name" | "atMs" | "when">;

/** @param name as the file has it, or would have it */
export function repetitionsOf(
  { atMs, when, repeat }: FaultSection,
  name: string,
): readonly Repetition[] {
  if (repeat === null) return [{ name, atMs, when }];
  return Array.from({ length: repeat.times }, (_, index) => {
    const own = repetitionName(name, index + 1);
    // Each waits for an event of its own: it lets pass those that the others are for.
    if (repeat.everyMs === null && when?.kind === "event") {
      return { name: own, atMs, when: { ...when, skip: when.skip + index } };
    }
    const laterMs = index * (repeat.everyMs ?? 0);
    // A trigger sets all of them off, each a period after the one before.
    if (when !== null)
      return { name: own, atMs, when: { ...when, delayMs: when.delayMs + laterMs } };
    return { name: own, atMs: atMs + laterMs, when };
  });
}

export function repetitionName(name: string, number: number): string {
  return `${name}-${number}`;
}
