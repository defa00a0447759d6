import { z } from "zod";
import type { BehaviourState } from "../link-state.ts";

export const wantedBehaviours = z.array(
  z.strictObject({ behaviour: z.string(), parameters: z.record(z.string(), z.unknown()) }),
);

/** The line that switches a Byzantine replica process to these behaviours, and off the others. */
export function switchLine(wanted: readonly BehaviourState[]): string {
  return `${JSON.stringify(wanted)}\n`;
}

/** @throws {Error} for a line that is none */
export function parseSwitch(line: string): readonly BehaviourState[] {
  return wantedBehaviours.parse(JSON.parse(line));
}
