/** The ledger and the samples of a run, with its zero instant (observations.ts). */
import type { LedgerEntry, ReplicaMetrics, StatusSample } from "../observations/observations.ts";
import { FILES, type RunFiles } from "../observations/store.ts";
import { monotonicNs } from "./clock.ts";

/** A ledger entry without its time, kind by kind. */
export type LedgerFact = LedgerEntry extends infer Entry
  ? Entry extends LedgerEntry
    ? Omit<Entry, "time">
    : never
  : never;

type AlarmFact = Extract<LedgerFact, { readonly kind: "alarm" }>;

/**
 * Before these are acted upon they must be on the disk, or a crash would leave a fault nobody knows
 * of.
 */
const SYNCED: ReadonlySet<LedgerFact["kind"]> = new Set(["intent", "healing", "abort"]);

export class RunLog {
  readonly #store: Pick<RunFiles, "append">;
  readonly #now: () => bigint;
  #zeroNs: bigint | null = null;
  /** Lines by file: each bears its number, which tells a reader that one before it is gone. */
  readonly #written = new Map<string, number>();
  #hearAlarm: (alarm: AlarmFact, atNs: bigint) => void = () => {};
  #held: { readonly file: string; readonly line: object; readonly atNs: bigint }[] = [];

  /** @param now ns of its world's clock, which all its times are of */
  constructor(store: Pick<RunFiles, "append">, now: () => bigint = monotonicNs) {
    this.#store = store;
    this.#now = now;
  }

  /** The zero instant as `run.json` holds it; null until the cluster was verified. */
  get zeroNs(): bigint | null {
    return this.#zeroNs;
  }

  /** From here on lines are written at once; those of the set-up follow with negative times. */
  begin(zeroNs: bigint): void {
    if (this.#zeroNs !== null) return;
    this.#zeroNs = zeroNs;
    for (const { file, line, atNs } of this.#held) this.#write(file, line, atNs);
    this.#held = [];
  }

  /** Whoever cries, for whatever reason, writes it here. */
  onAlarm(listener: (alarm: AlarmFact, atNs: bigint) => void): void {
    this.#hearAlarm = listener;
  }

  /** @param atNs when it happened, if that is not now */
  ledger(fact: LedgerFact, atNs: bigint = this.#now()): void {
    this.#write(FILES.ledger, fact, atNs, SYNCED.has(fact.kind));
    if (fact.kind === "alarm") this.#hearAlarm(fact, atNs);
  }

  note(what: string, detail: string): void {
    this.ledger({ kind: "note", what, detail });
  }

  sample(sample: Omit<StatusSample, "time">, atNs: bigint = this.#now()): void {
    this.#write(FILES.samples, sample, atNs);
  }

  /** What a replica counted, by series. */
  metrics(line: Omit<ReplicaMetrics, "time">, atNs: bigint = this.#now()): void {
    this.#write(FILES.metrics, line, atNs);
  }

  #write(file: string, line: object, atNs: bigint, sync = false): void {
    if (this.#zeroNs === null) {
      this.#held.push({ file, line, atNs });
      return;
    }
    const index = this.#written.get(file) ?? 0;
    this.#written.set(file, index + 1);
    this.#store.append(file, { index, time: Number(atNs - this.#zeroNs), ...line }, { sync });
  }
}
