/** NEW-VIEW: by which a view is entered (protocols §9.3 to §9.7, §20.6). */
import type { RecordOf } from "../../../../nodes/protocols/contract/audit.ts";
import { short } from "../../evidence.ts";
import { type Chooser, latestPrepared } from "./choice.ts";
import type { ReplicaModel } from "./replica-model.ts";
import { type Refusal, refuse, type Step, type World } from "./step.ts";
import type { Claims } from "./witnesses.ts";

/** How a variant chooses, and what shows that others did what a choice says of them. */
export interface ViewRules {
  readonly choose: Chooser;
  /** What is selected is proved by certificates, and the base to be stable. */
  readonly isProved: boolean;
}

/** The VIEW-CHANGEs of the next NEW-VIEW. */
export const counting: Step<"claims"> = (state, line) => {
  state.claims = line;
  return null;
};

export function entering(rules: ViewRules): Step<"newview"> {
  return (state, line, world) => {
    const { v, base, selected } = line;
    const refused =
      refusedView(state, line, world) ??
      refusedForm(state, line, world) ??
      refusedChoice(state, line, { world, rules }) ??
      refusedSource(state, line, world) ??
      (rules.isProved ? unproved(state, line, world) : null);
    if (refused) return refused;
    state.view = v;
    state.standing = "in";
    state.entered.add(v);
    state.enter(base, selected);
    state.claims = null;
    return null;
  };
}

function refusedView(
  { id, view, standing, startedIn }: ReplicaModel,
  { v }: RecordOf<"newview">,
  { cluster }: World,
): Refusal | null {
  if (v < view) return refuse("9.6 (1)", `it has asked for view ${view}`);
  if (v === view && standing === "in") return refuse("9.6 (1)", "it is in that view");
  if (cluster.primaryOf(v) === id && startedIn === v) {
    return refuse("13.3", "it started while it changed to that view, and must not lead it");
  }
  return null;
}

function refusedForm(
  state: ReplicaModel,
  line: RecordOf<"newview">,
  { cluster, witnesses, weigh }: World,
): Refusal | null {
  const { v, from, base, selected } = line;
  const authors = new Set(from);
  const isOfReplicas = from.every((id) => id >= 0 && id < cluster.replicas);
  if (authors.size < cluster.quorum || authors.size < from.length || !isOfReplicas) {
    return refuse("9.6 (3)", `it takes ${cluster.quorum} VIEW-CHANGEs, and has ${from.join()}`);
  }
  if (cluster.primaryOf(v) === state.id && !authors.has(state.id)) {
    return refuse("9.5", "its own VIEW-CHANGE is not among them");
  }
  for (const author of authors) {
    if (witnesses.mayHaveAskedFor(author, v, line.time)) continue;
    const why = `r${author} sent no VIEW-CHANGE for view ${v}`;
    const refused = weigh(line, refuse("9.6 (3)", why), [author]);
    if (refused) return refused;
  }
  const isContiguous = selected.every(([n], index) => n === base + 1 + index);
  if (base % cluster.checkpointInterval !== 0 || !isContiguous) {
    return refuse("9.3", "the choice does not begin above a checkpoint, or has gaps");
  }
  return null;
}

/** The choice again, from what the VIEW-CHANGEs say. */
function refusedChoice(
  state: ReplicaModel,
  line: RecordOf<"newview">,
  { world, rules }: { readonly world: World; readonly rules: ViewRules },
): Refusal | null {
  const { v, from, base, selected } = line;
  const claims = claimsOf(state, line, { world, isProved: rules.isProved });
  if (claims === null) return null;
  const records = state.claims ? [state.claims] : [];
  const forced = rules.choose(claims, world.cluster);
  if (forced === null) {
    return refuse("20.4", `${from.join()} leave it undecided`, { records });
  }
  if (forced.base !== base) {
    return refuse("9.3", `the VIEW-CHANGEs force the base ${forced.base}`, { records });
  }
  const wrong = forced.selected.find(([, d], index) => selected[index]?.[1] !== d);
  if (wrong !== undefined) {
    const what = `${short(wrong[1])} at n=${wrong[0]} in view ${v}`;
    return refuse("9.3", `the VIEW-CHANGEs force ${what}`, { records });
  }
  if (forced.selected.length === selected.length) return null;
  const last = base + forced.selected.length;
  return refuse("9.3", `the VIEW-CHANGEs force nothing above n=${last}`, { records });
}

/** Told at level `full`; else those of good replicas, where P is all that a choice rests on. */
function claimsOf(
  { claims }: ReplicaModel,
  { v, from }: RecordOf<"newview">,
  { world: { witnesses }, isProved }: { readonly world: World; readonly isProved: boolean },
): readonly Claims[] | null {
  const found: Claims[] = [];
  for (const replica of from) {
    const told = claims?.v === v ? claims.of.find((each) => each.replica === replica) : undefined;
    const said = isProved ? witnesses.askedFor(replica, v) : undefined;
    const known = told ?? (said && { replica, h: said.h, p: said.p });
    if (known === undefined) return null;
    found.push(known);
  }
  return found;
}

/** What its primary said, if that is good; else what anybody may have said. */
function refusedSource(
  state: ReplicaModel,
  line: RecordOf<"newview">,
  { cluster, witnesses, weigh }: World,
): Refusal | null {
  const primary = cluster.primaryOf(line.v);
  if (primary === state.id || !witnesses.isOne(primary)) return null;
  const sent = witnesses.enteredBy(primary, line.v);
  if (sent === undefined) {
    if (witnesses.mayHaveEntered(primary, line.v, line.time)) return null;
    const why = `its primary, r${primary}, sent no NEW-VIEW`;
    return weigh(line, refuse("9.6 (2)", why), [primary]);
  }
  const isSame =
    sent.base === line.base &&
    sent.from.length === line.from.length &&
    sent.from.every((author) => line.from.includes(author)) &&
    sent.selected.length === line.selected.length &&
    sent.selected.every(([, d], index) => d === line.selected[index]?.[1]);
  const records = [sent];
  return isSame ? null : refuse("9.6 (2)", `r${primary} sent another NEW-VIEW`, { records });
}

/**
 * protocols §9.4: of the certificates that the choice rests on so many members are good that the
 * rest could be liars.
 */
function unproved(state: ReplicaModel, line: RecordOf<"newview">, world: World): Refusal | null {
  const { cluster, witnesses, weigh } = world;
  const { base, selected } = line;
  if (base > state.stable) {
    return refuse("9.7", `its stable checkpoint is n=${state.stable}, below the base`);
  }
  const needed = cluster.quorum - (cluster.replicas - witnesses.size);
  const claims = claimsOf(state, line, { world, isProved: true }) ?? [];
  const latest = latestPrepared(claims);
  for (const [n, d] of selected) {
    const entry = latest.get(n);
    if (entry?.d !== d) continue;
    const may = (replica: number) => witnesses.mayHaveProposed(replica, n, entry, line.time);
    if (witnesses.count(may) >= needed) continue;
    const why = `too few good replicas accepted ${short(d)} at n=${n} in view ${entry.v}`;
    const refused = weigh(line, refuse("9.4", why), witnesses.all);
    if (refused) return refused;
  }
  return null;
}
