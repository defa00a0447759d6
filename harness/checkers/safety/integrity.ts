import type { RecordOf } from "../../../nodes/protocols/contract/audit.ts";
import type { HistoryEvent } from "../../observations/observations.ts";
import { FILES } from "../../observations/store.ts";
import { badClientOf } from "../../plan/hosted-clients.ts";
import type { Checker, Evidence, Violation } from "../checker.ts";
import { CLOCK_TOLERANCE_NS, goodLogs, shownBy } from "../evidence.ts";
import { provenOutcome } from "../proof.ts";

/**
 * S-3: nothing is executed that no client asked for. The audit holds digests of operations and the
 * history their text. The checker does not encode anything itself (it would share the protocol's
 * code): it demands that texts and digests correspond one to one over the whole run.
 */
export const integrity: Checker = {
  id: "S-3",
  summary: "every executed operation was sent by its client, as it was sent, and before",
  idle: "no good replica executed anything",
  promise: "safety",
  needs: ["audits", "history"],
  check(input) {
    const bad = badClientOf(input.observations.plan);
    const invoked = new Map<string, HistoryEvent>();
    for (const event of input.observations.history) {
      if (event.type === "invoke") invoked.set(`${event.client} ${event.t}`, event);
    }
    const digests = new OneToOne();
    const violations = new Map<string, Violation>();
    const seen = new Set<string>();
    for (const [, records] of goodLogs(input)) {
      for (const record of records) {
        if (record.e !== "executed") continue;
        for (const [client, t, , digest] of record.ops) {
          const name = `${client} ${t}`;
          const invoke = invoked.get(name);
          const wrong = describe({ client, t, digest }, { record, invoke, bad }, digests);
          if (wrong !== null && !violations.has(name)) violations.set(name, wrong);
          seen.add(name);
        }
      }
    }
    return provenOutcome(input, seen.size, [...violations.values()]);
  },
};

function describe(
  { client, t, digest }: { readonly client: number; readonly t: number; readonly digest: string },
  {
    record,
    invoke,
    bad,
  }: {
    readonly record: RecordOf<"executed">;
    readonly invoke: HistoryEvent | undefined;
    readonly bad: number | null;
  },
  digests: OneToOne,
): Violation | null {
  const which = `r${record.replica} executed (client ${client}, t=${t}) at n=${record.n}`;
  // What a bad client asks for, it may: only nobody else in its name.
  if (invoke === undefined && client === bad) return null;
  if (invoke === undefined) {
    // An invoke is written down before its request leaves, but not at once.
    const until = record.time + CLOCK_TOLERANCE_NS;
    const rests = [{ file: FILES.history, until }];
    return { ...shownBy(`${which}, which was never sent`, record), rests };
  }
  const shown = (what: string): Evidence => {
    const evidence = shownBy(what, record);
    const time = Math.max(record.time, invoke.time);
    return { ...evidence, time, records: [invoke, ...(evidence.records ?? [])] };
  };
  if (record.time + CLOCK_TOLERANCE_NS < invoke.time) return shown(`${which} before it was sent`);
  const text = JSON.stringify([invoke.f, invoke.key, invoke.value]);
  if (digests.fits(text, digest)) return null;
  return shown(`${which} as another operation than the one that was sent`);
}

class OneToOne {
  readonly #digestOf = new Map<string, string>();
  readonly #textOf = new Map<string, string>();

  fits(text: string, digest: string): boolean {
    const knownDigest = this.#digestOf.get(text);
    const knownText = this.#textOf.get(digest);
    if (knownDigest === undefined && knownText === undefined) {
      this.#digestOf.set(text, digest);
      this.#textOf.set(digest, text);
      return true;
    }
    return knownDigest === digest && knownText === text;
  }
}
