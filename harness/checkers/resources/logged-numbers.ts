/** What the log of a replica has to hold of numbers and views, by its own audit log. */
import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import type { CoreStatus } from "../../../nodes/protocols/contract/core.ts";
import type { Plan } from "../../plan/plan.ts";
import type { CheckerInput } from "../checker.ts";
import { goodLogs } from "../evidence.ts";
import type { Footprint } from "./footprint.ts";

interface Kept {
  readonly parameters: Plan["cluster"]["parameters"];
  readonly footprint: Footprint;
  /** How many requests each number came to have. */
  readonly requests: ReadonlyMap<number, number>;
}

/** So long it may take, on a busy disk, until the old log makes room for the new one. */
const REWRITTEN_WITHIN_NS = 500e6;

/** A request that stood in a batch once more had no effect, and no line tells of it. */
const REPEATED_MAX = 1;

/** Of all that is executed; nobody can say what a liar had ordered besides. */
export function requestsIn(input: CheckerInput): ReadonlyMap<number, number> {
  const requests = new Map<number, number>();
  if (input.good.size < input.observations.plan.cluster.parameters.replicas) return requests;
  for (const [, records] of goodLogs(input)) {
    for (const record of records) {
      if (record.e === "executed") requests.set(record.n, record.ops.length + REPEATED_MAX);
    }
  }
  return requests;
}

/** Where a replica says that it stands, in a poll or by its last line. */
type Stand = Pick<CoreStatus, "view" | "active">;

export class LoggedNumbers {
  readonly #records: readonly AuditRecord[];
  readonly #kept: Kept;
  #next = 0;
  /** Accepted, or learnt to be decided, above the stable checkpoint. */
  readonly #numbers = new Set<number>();
  /** Left or entered since a checkpoint was stable: no other writes them off. */
  #views = 0;
  #isFirstView = true;
  #told: Stand = { view: 0, active: true };
  /** What the log held when a checkpoint became stable: it is still there until it is rewritten. */
  #replaced = { bytes: 0, until: 0 };
  /** Its disk may have more than the lines of its life before tell. */
  #hasRestarted = false;

  constructor(records: readonly AuditRecord[], kept: Kept) {
    this.#records = records;
    this.#kept = kept;
  }

  /**
   * To be asked in the order of time.
   * @param polled where it said then that it stood
   */
  bytesAt(time: number, polled: Stand): number {
    for (
      let record = this.#records[this.#next];
      record !== undefined && record.time <= time;
      record = this.#records[this.#next]
    ) {
      this.#follow(record);
      this.#next += 1;
    }
    return this.#bytes(untold(polled, this.#told)) + this.#replacedAt(time);
  }

  #replacedAt(time: number): number {
    return time <= this.#replaced.until ? this.#replaced.bytes : 0;
  }

  #bytes(early: number): number {
    const { parameters, footprint } = this.#kept;
    const { numberBytes, viewChangeBytes } = footprint;
    const views = this.#views + early;
    if (views > 0 || this.#hasRestarted) {
      return (views + 1) * (parameters.window * numberBytes + viewChangeBytes);
    }
    // What is on the disk may have to wait for its line.
    const waiting = Math.min(parameters.pipeline, parameters.window) * numberBytes;
    return this.#numbersBytes() + waiting + (this.#isFirstView ? 0 : viewChangeBytes);
  }

  #numbersBytes(): number {
    const { requests, footprint } = this.#kept;
    return [...this.#numbers].reduce((sum, n) => {
      const count = requests.get(n);
      return sum + (count === undefined ? footprint.numberBytes : footprint.bytesOf(count));
    }, 0);
  }

  #follow(record: AuditRecord): void {
    switch (record.e) {
      // Who is not in the view of the others has the bodies of what they decide, and accepts none.
      case "preprepared":
      case "decided":
      case "stated":
        this.#numbers.add(record.n);
        break;
      case "viewchange":
      case "newview":
        this.#views += 1;
        this.#isFirstView = false;
        this.#told = { view: record.v, active: record.e === "newview" };
        break;
      case "boot":
        this.#hasRestarted = record.boot > 1;
        if (record.v > 0) this.#isFirstView = false;
        this.#told = { view: record.v, active: true };
        break;
      case "stable":
        this.#replaced = { bytes: this.#bytes(0), until: record.time + REWRITTEN_WITHIN_NS };
        this.#views = 0;
        this.#hasRestarted = false;
        for (const n of this.#numbers) if (n <= record.n) this.#numbers.delete(n);
        break;
      default:
    }
  }
}

/**
 * How many changes of view may be on the disk whose lines wait for it: what it says of itself is
 * ahead of them until then.
 */
function untold(polled: Stand, told: Stand): number {
  if (polled.view > told.view) return polled.active ? 2 : 1;
  return polled.view === told.view && polled.active && !told.active ? 1 : 0;
}
