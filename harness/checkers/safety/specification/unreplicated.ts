/** `unreplicated`: a request after the other, each on the disk before it counts (protocols §17). */
import { refusedNumber, tookEffect } from "./execution.ts";
import { allowed, refuse, type Specification } from "./step.ts";

export const unreplicated: Specification = {
  boot(state, { v, h, lastExec, boot }) {
    if (v !== 0 || h !== lastExec) return refuse("17.1", "it starts from its snapshot");
    if (boot <= state.lives) return refuse("13.3", `it had started ${state.lives} times`);
    state.lives = boot;
    state.hasStateOf(lastExec);
    return null;
  },
  executed(state, line, { witnesses }) {
    const { n, d, ops } = line;
    const refused = refusedNumber(state, n);
    if (refused) return refused;
    const before = witnesses.command(n);
    if (before !== undefined && before.d !== d) {
      return refuse("17.1", "another request was executed there", { records: [before] });
    }
    if (ops.length !== 1) return refuse("17.1", "there is one request for each number");
    return tookEffect(state, line);
  },
  reject: allowed,
};
