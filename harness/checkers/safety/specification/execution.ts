/** Executing, checkpoints, and the state of others (protocols §6.5, §7, §8). */
import type { RecordOf } from "../../../../nodes/protocols/contract/audit.ts";
import { short } from "../../evidence.ts";
import { refusedMembers } from "./members.ts";
import type { ReplicaModel } from "./replica-model.ts";
import { type Refusal, refuse, type Step, type World } from "./step.ts";

/** D(null): the same in every protocol. */
const NULL_REQUEST = "0".repeat(64);

export const executing: Step<"executed"> = (state, line, world) => {
  const { n, d, ops } = line;
  const refused =
    refusedNumber(state, n) ?? refusedDecision(state, line) ?? refusedCommand(line, world);
  if (refused) return refused;
  if (d === NULL_REQUEST && ops.length > 0) {
    return refuse("9.3", "the null request has no effect");
  }
  const again = tookEffect(state, line);
  if (again) return again;
  if (n % world.cluster.checkpointInterval === 0) state.owedCheckpoint = n;
  return null;
};

/** Each operation once, in the order of its client. */
export function tookEffect(state: ReplicaModel, { n, ops }: RecordOf<"executed">): Refusal | null {
  for (const [client, t] of ops) {
    const last = state.lastOf(client);
    if (t <= last) {
      return refuse("6.5", `t=${t} of client ${client} took effect after its t=${last}`);
    }
    state.tookEffect(client, t, n);
  }
  state.lastExec = n;
  return null;
}

/** Also for who agrees with nobody (protocols §17.1). */
export function refusedNumber(state: ReplicaModel, n: number): Refusal | null {
  if (n !== state.lastExec + 1) return refuse("6.5", `the next is n=${state.lastExec + 1}`);
  if (state.owedCheckpoint === null) return null;
  return refuse("7.1", `no checkpoint was taken at n=${state.owedCheckpoint}`);
}

/**
 * Decisions that were written down are executed again after a restart without being made again; so
 * are those whose line was lost.
 */
function refusedDecision(state: ReplicaModel, { n, d }: RecordOf<"executed">): Refusal | null {
  const decided = state.decided.get(n) ?? state.everDecided.get(n);
  if (decided === d) return null;
  if (decided !== undefined) {
    return refuse("6.5", `${short(decided)} is what it decided there`);
  }
  return state.mayLackLines ? null : refuse("6.5", "it has not decided that");
}

/** What it did is what everybody does there: effects follow from the state alone. */
function refusedCommand(line: RecordOf<"executed">, { witnesses }: World): Refusal | null {
  const other = witnesses.command(line.n);
  if (other === undefined || other === line) return null;
  const who = `r${other.replica}`;
  if (other.d !== line.d) {
    const why = `${who} executed ${short(other.d)} there`;
    return refuse("6.5", why, { records: [other] });
  }
  const isSame =
    other.ops.length === line.ops.length &&
    other.ops.every((effect, index) => {
      const [client, t, result, operation] = line.ops[index] ?? [];
      const [otherClient, otherT, otherResult, otherOperation] = effect;
      const same = client === otherClient && t === otherT && operation === otherOperation;
      return same && result === otherResult;
    });
  return isSame ? null : refuse("6.5", `it had other effects at ${who}`, { records: [other] });
}

export const takingCheckpoint: Step<"checkpoint"> = (state, line, { cluster, witnesses }) => {
  const { n, d } = line;
  // Restored from the disk: the line of the start comes behind it.
  const isRestored = line.boot > state.lives;
  if (n % cluster.checkpointInterval !== 0) {
    return refuse("7.1", `${n} is no multiple of ${cluster.checkpointInterval}`);
  }
  if (!isRestored && n !== state.lastExec) {
    return refuse("7.1", `it has executed up to n=${state.lastExec}`);
  }
  const known = state.checkpoints.get(n);
  if (known !== undefined && known !== d) {
    return refuse("7.1", `its state there was ${short(known)}`);
  }
  const other = witnesses.stateAt(n);
  if (other !== undefined && other.d !== d) {
    const why = `the state of r${other.replica} there is ${short(other.d)}`;
    return refuse("7.1", why, { records: [other] });
  }
  state.checkpoints.set(n, d);
  if (state.owedCheckpoint === n) state.owedCheckpoint = null;
  return null;
};

export const becomingStable: Step<"stable"> = (state, line, world) => {
  const { n, d } = line;
  const { cluster, witnesses } = world;
  if (n <= state.stable) return refuse("7.2", `n=${state.stable} is stable already`);
  if (n % cluster.checkpointInterval !== 0) {
    return refuse("7.2", `${n} is no multiple of ${cluster.checkpointInterval}`);
  }
  const unsupported = refusedMembers(line, world, {
    section: "7.2",
    needed: cluster.quorum,
    act: "have that state",
    did: (member) => witnesses.hasState(member, n, d),
  });
  if (unsupported) return unsupported;
  state.stable = n;
  state.reached = Math.max(state.reached, n);
  state.stableDigests.set(n, d);
  if (state.assigned !== null) state.assigned = Math.max(state.assigned, n);
  return null;
};

/** Where signatures prove what is stable, nothing else is fetched (protocols §8.1). */
export const fetchingProven: Step<"statetransfer"> = (state, line, world) => {
  const { n, d } = line;
  if (n > state.stable) return refuse("8.1", `what is proved ends at n=${state.stable}`);
  const stable = state.stableDigests.get(n);
  if (stable !== undefined && stable !== d) {
    return refuse("8.1", `${short(stable)} is what is stable there`);
  }
  return fetchingClaimed(state, line, world);
};

/** Where nothing does, the word of W is enough, and W of whom one is good (protocols §20.7). */
export const fetchingClaimed: Step<"statetransfer"> = (state, line, { witnesses, weigh }) => {
  const { n, d } = line;
  if (n <= state.lastExec) return refuse("8.1", `it has executed up to n=${state.lastExec}`);
  const other = witnesses.stateAt(n);
  if (other?.d !== d) {
    const refused = refuse("8.1", "no good replica was in that state");
    const certain = weigh(line, refused, witnesses.all);
    if (certain) return certain;
  }
  state.target = { n, d };
  return null;
};

export const installing: Step<"installed"> = (state, { n, d }) => {
  if (state.target?.n !== n || state.target.d !== d) {
    return refuse("8.7", "it is not the state that was fetched");
  }
  if (n <= state.lastExec) return refuse("8.7", `it has executed up to n=${state.lastExec}`);
  state.target = null;
  state.hasStateOf(n);
  state.reached = Math.max(state.reached, n);
  for (const own of state.checkpoints.keys()) if (own >= n) state.checkpoints.delete(own);
  return null;
};

/** Nothing that a good replica does brings it there. */
export const beingCorrupt: Step<"corrupt"> = (_state, { stable }) =>
  refuse("7.5", `${short(stable)} is the state of the others`);
