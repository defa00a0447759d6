/** What a start begins with: no less than what was said before (protocols §13.1, §13.3). */
import type { RecordOf } from "../../../../nodes/protocols/contract/audit.ts";
import type { ReplicaModel, Standing } from "./replica-model.ts";
import { type Refusal, refuse, type Step, type World } from "./step.ts";

export const starting: Step<"boot"> = (state, line, world) => {
  const refused = refusedMemory(state, line, world);
  if (refused) return refused;
  const { v, h, lastExec, boot } = line;
  // A log that begins in the middle, or with a disk that is older, lacks what came before.
  if (state.lives === 0) state.isOlderThanItsLog = boot > 1 || v > 0 || h > 0 || lastExec > 0;
  state.lives = boot;
  const isKnownView = v === state.view && (v === 0 || state.entered.has(v));
  if (!isKnownView || state.standing !== "in") {
    state.standing = standingIn(state, v);
    if (state.standing === "unclear") state.forgetChoice();
  }
  state.view = v;
  state.startedIn = v;
  state.stable = h;
  // The line of an installed state may have died with its writer.
  state.reached = Math.max(state.reached, h, lastExec);
  state.hasStateOf(lastExec);
  state.decided.clear();
  state.vouched.clear();
  state.accused.clear();
  state.target = null;
  // Those of others are chosen anew, or told again.
  for (const of of state.keys.keys()) if (of !== state.id) state.keys.delete(of);
  state.claims = null;
  // A view that chose nothing goes on above its base, which is no stable checkpoint here yet.
  const last = Math.max(state.base, state.lastChosen, state.highestIn(v), h);
  state.assigned = state.standing === "in" ? last : null;
  return null;
};

function standingIn({ entered }: ReplicaModel, view: number): Standing {
  return view === 0 || entered.has(view) ? "in" : "unclear";
}

function refusedMemory(
  state: ReplicaModel,
  line: RecordOf<"boot">,
  { cluster, witnesses, weigh }: World,
): Refusal | null {
  const { v, h, lastExec, boot } = line;
  if (boot <= state.lives) return refuse("13.3", `it had started ${state.lives} times`);
  if (v < state.view) return refuse("13.3", `it was in view ${state.view} before`);
  if (h < state.saidStable) {
    return refuse("13.1", `it had sent a VIEW-CHANGE with h=${state.saidStable}`);
  }
  if (h % cluster.checkpointInterval !== 0 || lastExec % cluster.checkpointInterval !== 0) {
    return refuse("7.1", `checkpoints are of multiples of ${cluster.checkpointInterval}`);
  }
  const counted = witnesses.countedFor(state.id, line.time);
  if (counted !== null && lastExec < counted.n) {
    const why = `r${counted.replica} had counted its CHECKPOINT of n=${counted.n}`;
    return refuse("13.1", why, { records: [counted] });
  }
  if (lastExec === 0 || witnesses.stateAt(lastExec) !== undefined) return null;
  return weigh(line, refuse("13.3", `no good replica was at n=${lastExec}`), witnesses.all);
}
