/**
 * A cluster whose past is long: all were asked for a high view, asked for it as well, and then
 * everything stopped. What is on their disks and in their audit logs then is what the code under
 * test writes: their first life is played here, in no time and with nothing lost.
 */
import { viewAskedFor } from "../../../faults/byzantine/forgeries/asked-views.ts";
import type { AuditEvent } from "../../../nodes/protocols/contract/audit.ts";
import type { NodeAuthenticator } from "../../../nodes/protocols/contract/authenticator.ts";
import {
  type Effects,
  isReplica,
  type NodeId,
  type ReplicaCore,
  type TimerId,
} from "../../../nodes/protocols/contract/core.ts";
import type { ClusterParameters, Protocol } from "../../../nodes/protocols/contract/protocol.ts";

/** One replica of before, with the keys of its first life. */
export interface Predecessor {
  readonly core: ReplicaCore;
  readonly authenticator: NodeAuthenticator;
}

export interface LongPast {
  readonly view: number;
  readonly protocol: Pick<Protocol, "name">;
  readonly cluster: ClusterParameters;
  /** By id. */
  readonly predecessors: readonly Predecessor[];
}

/** What one replica left. */
export interface Legacy {
  readonly records: readonly Uint8Array[];
  readonly lines: readonly AuditEvent[];
}

/** They find each other, and no more. */
const FRAMES_MAX = 1_000;

/** @returns by id; nobody has a past where there are no views */
export function legaciesOf({ view, protocol, cluster, predecessors }: LongPast): readonly Legacy[] {
  const waiting: (() => void)[] = [];
  const lives = predecessors.map(
    ({ core }, id) => new Life(id, { core, deliver, replicas: predecessors.length }),
  );
  function deliver(to: NodeId, from: NodeId, bytes: Uint8Array): void {
    waiting.push(() => lives[to]?.frame(from, bytes));
  }
  for (const life of lives) life.begin();
  for (let frames = 0; frames < FRAMES_MAX; frames += 1) waiting.shift()?.();
  for (const [from, { authenticator }] of predecessors.entries()) {
    const bytes = viewAskedFor(protocol.name, view, { id: from, cluster, authenticator });
    if (bytes === null) return [];
    for (const [to, life] of lives.entries()) if (to !== from) life.frame(from, bytes);
  }
  return lives;
}

interface LifeParts {
  readonly core: ReplicaCore;
  readonly replicas: number;
  readonly deliver: (to: NodeId, from: NodeId, bytes: Uint8Array) => void;
}

class Life implements Effects, Legacy {
  records: readonly Uint8Array[] = [];
  readonly lines: AuditEvent[] = [];
  readonly #id: NodeId;
  readonly #parts: LifeParts;
  #due: readonly TimerId[] = [];

  constructor(id: NodeId, parts: LifeParts) {
    this.#id = id;
    this.#parts = parts;
  }

  begin(): void {
    this.#parts.core.step({ kind: "recovered", records: [] }, 0, this);
    this.#expire();
  }

  frame(from: NodeId, bytes: Uint8Array): void {
    this.#parts.core.step({ kind: "frame", from, bytes }, 0, this);
    this.#expire();
  }

  #expire(): void {
    const due = this.#due;
    this.#due = [];
    for (const id of due) this.#parts.core.step({ kind: "timer", id }, 0, this);
  }

  persist(mode: "append" | "replace", records: readonly Uint8Array[]): void {
    this.records = mode === "replace" ? [...records] : [...this.records, ...records];
  }

  send(to: NodeId, frame: Uint8Array): void {
    if (isReplica(to)) this.#parts.deliver(to, this.#id, frame);
  }

  broadcast(frame: Uint8Array): void {
    for (let to = 0; to < this.#parts.replicas; to += 1) if (to !== this.#id) this.send(to, frame);
  }

  /** Only what is due at once. */
  setTimer(id: TimerId, afterMs: number): void {
    if (afterMs === 0) this.#due = [...this.#due, id];
  }

  cancelTimer(id: TimerId): void {
    this.#due = this.#due.filter((each) => each !== id);
  }

  audit(event: AuditEvent): void {
    this.lines.push(event);
  }
}
