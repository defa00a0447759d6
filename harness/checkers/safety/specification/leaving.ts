/** VIEW-CHANGE: what a replica says when it leaves a view (protocols §9.1, §10.4, §20.3). */
import type { RecordOf } from "../../../../nodes/protocols/contract/audit.ts";
import { short } from "../../evidence.ts";
import type { ReplicaModel } from "./replica-model.ts";
import { type Refusal, refuse, type Step, type World } from "./step.ts";
import type { Claims } from "./witnesses.ts";

export const leaving: Step<"viewchange"> = (state, line, world) => {
  const { v, h } = line;
  if (v <= state.view) return refuse("9.1", `it is in view ${state.view}`);
  if (h !== state.stable) return refuse("9.1", `its stable checkpoint is n=${state.stable}`);
  const refused =
    refusedJump(state, line, world) ?? refusedP(state, line) ?? refusedCopy(state, line, world);
  if (refused) return refused;
  state.view = v;
  state.standing = "between";
  state.saidStable = Math.max(state.saidStable, h);
  return null;
};

/** Of W who ask for so high a view one is good. */
function refusedJump(
  state: ReplicaModel,
  line: RecordOf<"viewchange">,
  { witnesses, weigh }: World,
): Refusal | null {
  if (line.v <= state.view + 1) return null;
  const isAsked = (replica: number) =>
    replica !== state.id && witnesses.hadAskedFor(replica, line.v, line.time);
  if (witnesses.count(isAsked) > 0) return null;
  const why = `it was in view ${state.view}, and no good replica had asked for view ${line.v}`;
  return weigh(line, refuse("10.4", why), witnesses.all);
}

/** P: of every number above `h` what was prepared in the highest view, and nothing else. */
function refusedP(state: ReplicaModel, { v, h, p }: RecordOf<"viewchange">): Refusal | null {
  const named = new Map<number, { readonly d: string; readonly view: number }>();
  for (const [n, d, view] of p) {
    if (n <= h || view >= v || named.has(n)) {
      return refuse("9.2", `P has (n=${n}, view ${view})`);
    }
    const known = state.prepared.get(n);
    const isKnown = known?.v === view && known.d === d;
    // What it prepared just before a kill may have no line.
    const isNews = state.mayLackLines && (known === undefined || view > known.v);
    if (!isKnown && !isNews) {
      return refuse("9.1", `it had not prepared ${short(d)} at n=${n} in view ${view} last`);
    }
    named.set(n, { d, view });
  }
  for (const [n, { v: view, d }] of state.prepared) {
    if (n <= h || named.has(n)) continue;
    return refuse("9.1", `P lacks ${short(d)}, prepared at n=${n} in view ${view}`);
  }
  return null;
}

/** Whoever counts it has what was said. */
function refusedCopy(
  state: ReplicaModel,
  { v, h, p }: RecordOf<"viewchange">,
  { witnesses, cluster }: World,
): Refusal | null {
  const copy = witnesses.claimedOf(state.id, v);
  if (copy === undefined) return null;
  const records = [copy.line];
  const who = `r${copy.line.replica}`;
  if (copy.h !== h) return refuse("9.2", `${who} counts it with h=${copy.h}`, { records });
  const said = new Map(p.map((entry) => [entry[0], entry]));
  const isSame =
    said.size === copy.p.length &&
    copy.p.every(([n, d, view]) => said.get(n)?.[1] === d && said.get(n)?.[2] === view);
  if (!isSame) return refuse("9.2", `${who} counts it with another P`, { records });
  const wrong = wrongQ(state, copy, 8 * cluster.window) ?? wrongC(state, copy);
  return wrong === null ? null : refuse("20.2", wrong, { records });
}

/** Q: of each number above `h` every digest accepted, in the latest view; `most` at most. */
function wrongQ(state: ReplicaModel, { h, q }: Claims, most: number): string | null {
  if (q === undefined) return null;
  const named = new Map<string, number>();
  for (const [n, d, view] of q) {
    named.set(`${n} ${d}`, view);
    const votes = state.accepted.get(n) ?? [];
    const isKnown = votes.some((vote) => vote.d === d && vote.v >= view);
    if (n <= h || (!isKnown && !state.mayLackLines)) return `Q has ${short(d)} at n=${n}`;
  }
  if (named.size >= most) return null;
  for (const [n, votes] of state.accepted) {
    if (n <= h) continue;
    for (const { d, v } of votes) {
      if ((named.get(`${n} ${d}`) ?? -1) < v) return `Q lacks ${short(d)} at n=${n} in view ${v}`;
    }
  }
  return null;
}

/** C: checkpoints whose state it has. */
function wrongC(state: ReplicaModel, { h, c }: Claims): string | null {
  for (const [n, d] of c ?? []) {
    if (n < h) return `C has n=${n}`;
    const own = state.checkpoints.get(n);
    if (n > 0 && own !== d && !(own === undefined && state.mayLackLines)) {
      return `C has ${short(d)} at n=${n}`;
    }
  }
  return null;
}
