/** Did a replica really lie? From its own count, as the harness sees it. */
import type { Attestation } from "../attestation.ts";
import { HonestyWatch, type Lie, type LieStatus, LieWatch } from "../lies.ts";
import { type Ground, observe } from "./ground.ts";
import type { Sighting } from "./sightings.ts";

export interface BehaviourQuestion extends Lie {
  readonly entry: string;
  readonly sinceNs: bigint;
  /** Aborted when the fault is about to be healed. */
  readonly signal: AbortSignal;
  readonly durationMs: number;
}

export async function attestBehaviour(
  { entry, replica, behaviour, sinceNs, signal, durationMs }: BehaviourQuestion,
  ground: Ground,
): Promise<Attestation> {
  const lie = { replica, behaviour };
  const statusSince = (ns: bigint) => lastSaid(replica, ns, ground)?.status ?? null;
  const watch = new LieWatch(lie, statusSince(0n));
  const decide = (): Attestation | null => {
    if (signal.aborted) return null;
    const shared = ground.isLieShared(entry, lie);
    return watch.look({ status: statusSince(shared ? 0n : sinceNs), shared });
  };
  const observation = { endpoints: [replica], deadlineMs: durationMs + 1_000, signal, decide };
  const seen = await observe(ground.sightings, observation);
  return seen ?? watch.doubt(ground.processState(replica));
}

export interface HonestyQuestion extends Lie {
  readonly entry: string;
  readonly sinceNs: bigint;
  /** Aborted when the run is over. */
  readonly signal: AbortSignal;
}

export async function attestHonestAgain(
  { entry, replica, behaviour, sinceNs, signal }: HonestyQuestion,
  ground: Ground,
): Promise<Attestation> {
  const lie = { replica, behaviour };
  const watch = new HonestyWatch(lie, ground.periodMs);
  const decide = (): Attestation | null => {
    const said = lastSaid(replica, sinceNs, ground);
    return watch.look({
      status: said?.status ?? null,
      atMs: Number(said?.atNs ?? sinceNs) / 1e6,
      shared: ground.isLieShared(entry, lie),
      process: ground.processStateWithout(entry, replica),
    });
  };
  const { sightings, patienceMs: deadlineMs } = ground;
  const seen = await observe(sightings, { endpoints: [replica], deadlineMs, signal, decide });
  if (seen) return seen;
  if (!signal.aborted) return watch.doubt();
  const what = `${replica}: ${behaviour}: the run ended before its count had stood still`;
  return { outcome: "indeterminate", evidence: [what] };
}

interface Said {
  readonly status: LieStatus;
  readonly atNs: bigint;
}

/** Null before its first answer to a question from then on. */
function lastSaid(replica: string, sinceNs: bigint, ground: Ground): Said | null {
  const last: Sighting | undefined = ground.sightings.since(replica, sinceNs).at(-1);
  if (last === undefined) return null;
  const { acts, answer, atNs } = last;
  if (acts) return { status: { boot: 0, counters: acts }, atNs };
  if (!answer) return null;
  return { status: { boot: answer.boot, counters: answer.status.counters }, atNs };
}
