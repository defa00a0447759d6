import type { Step } from "../../../../nodes/protocols/contract/model.ts";

/** One operation. `invoked` and `returned` are positions in the history; null = outcome unknown. */
export interface Call {
  readonly step: Step;
  readonly invoked: number;
  readonly returned: number | null;
}
