/** PRE-PREPARE, PREPARE, COMMIT (protocols §5.2, §6.2 to §6.4). */
import type { RecordOf } from "../../../../nodes/protocols/contract/audit.ts";
import { isInWindow, type Marks } from "./marks.ts";
import { refusedMembers } from "./members.ts";
import type { ReplicaModel } from "./replica-model.ts";
import { type Refusal, refuse, type Step, type World } from "./step.ts";

/** Accepting a digest at (v, n), or proposing it. */
export function acceptance(marks: Marks): Step<"preprepared"> {
  return (state, line, world) => {
    const { v, n, d, as } = line;
    const isPrimary = world.cluster.primaryOf(v) === state.id;
    const refused = refusedVoter(state, v);
    if (refused) return refused;
    if ((as === "primary") !== isPrimary) {
      return refuse("6.2 (1)", `r${world.cluster.primaryOf(v)} is the primary of view ${v}`);
    }
    const known = state.acceptedAt(n, v);
    if (known !== undefined && known.d !== d) {
      return refuse("6.2 (3)", "it accepted another digest there");
    }
    if (!isInWindow(state, { n, cluster: world.cluster, marks })) {
      const top = marks.top(state, world.cluster);
      return refuse("6.2 (4)", `its window is (${marks.floor(state)}, ${top}]`);
    }
    const unbased = known ? null : refusedProposal(state, line, world);
    if (unbased) return unbased;
    if (known === undefined) state.accept(n, { v, d });
    state.standing = "in";
    return null;
  };
}

/** What NEW-VIEW chose; else the next number, for its primary, and what that said, for others. */
function refusedProposal(
  state: ReplicaModel,
  line: RecordOf<"preprepared">,
  { cluster, witnesses, weigh }: World,
): Refusal | null {
  const { v, n, d } = line;
  const primary = cluster.primaryOf(v);
  const choice = state.chosen?.get(n);
  if (choice !== undefined) {
    return choice === d ? null : refuse("9.7", "the NEW-VIEW of this view chose another digest");
  }
  if (primary === state.id) {
    if (state.assigned !== null && n !== state.assigned + 1) {
      return refuse("5.2", `the next number to assign is ${state.assigned + 1}`);
    }
    state.assigned = n;
    return null;
  }
  if (!witnesses.isOne(primary) || witnesses.hasProposed(primary, n, { v, d })) return null;
  const why = `its primary, r${primary}, did not propose it`;
  return weigh(line, refuse("6.2 (1)", why), [primary]);
}

function refusedVoter({ view, standing }: ReplicaModel, v: number): Refusal | null {
  if (v !== view) return refuse("6.2 (1)", `it is in view ${view}`);
  if (standing !== "between") return null;
  return refuse("9.1", `it has sent VIEW-CHANGE for view ${view} and has not entered it`);
}

export const preparing: Step<"prepared"> = (state, line, world) => {
  const { v, n, d } = line;
  const { cluster, witnesses } = world;
  const refused = refusedVoter(state, v);
  if (refused) return refused;
  if (state.acceptedAt(n, v)?.d !== d) {
    return refuse("6.3", "it has accepted no PRE-PREPARE for that digest");
  }
  const primary = cluster.primaryOf(v);
  if (!line.by.includes(primary)) {
    return refuse("6.3", `the PRE-PREPARE of the primary, r${primary}, is missing`);
  }
  const unsupported = refusedMembers(line, world, {
    section: "6.3",
    needed: cluster.quorum,
    act: "accept that digest in that view",
    did: (member) => witnesses.hasProposed(member, n, { v, d }),
  });
  if (unsupported) return unsupported;
  state.prepared.set(n, { v, d });
  return null;
};

/** `committed` of an own certificate, `decided` without one. */
export function deciding<Kind extends "committed" | "decided">(marks: Marks): Step<Kind> {
  return (state, line: RecordOf<"committed"> | RecordOf<"decided">, world) => {
    const { v, n, d } = line;
    const { cluster, witnesses } = world;
    if (n > marks.top(state, cluster) && !isInWindow(state, { n, cluster, marks })) {
      return refuse("6.4", `its window ends at ${marks.top(state, cluster)}`);
    }
    const own = state.prepared.get(n);
    const isCertified = own?.v === v && own.d === d;
    const contradicts = own?.v === v && own.d !== d;
    if (line.e === "committed" && !isCertified && (contradicts || !state.mayLackLines)) {
      return refuse("6.4", "it has not prepared that digest in that view");
    }
    const unsupported = refusedMembers(line, world, {
      section: "6.4",
      needed: cluster.quorum,
      act: "prepare that digest in that view",
      did: (member) => witnesses.hasPrepared(member, n, { v, d }),
    });
    return unsupported ?? decide(state, n, d);
  };
}

/** On the word of those who executed it, or hold COMMITs that cannot be shown (protocols §20.7). */
export const beingTold: Step<"stated"> = (state, line, world) => {
  const { n, d } = line;
  const { cluster, witnesses } = world;
  if (line.by.includes(state.id)) return refuse("20.7", "its own word does not count");
  const unsupported = refusedMembers(line, world, {
    section: "20.7",
    needed: cluster.weakQuorum,
    act: "decide that",
    did: (member) => witnesses.hasDecided(member, n, d),
  });
  return unsupported ?? decide(state, n, d);
};

function decide(state: ReplicaModel, n: number, d: string): Refusal | null {
  if ((state.everDecided.get(n) ?? d) !== d) {
    return refuse("6.4", "it had decided another digest there");
  }
  state.everDecided.set(n, d);
  state.decided.set(n, d);
  return null;
}
