import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import { COMPLETE } from "../../observations/completeness.ts";
import type { Observations, RunInfo } from "../../observations/observations.ts";
import { FILES, type RunFiles } from "../../observations/store.ts";
import type { Plan } from "../../plan/plan.ts";

/** A run store without a folder: what one run came to, for whoever judges it at once. */
export class MemoryRun implements RunFiles {
  readonly #lines = new Map<string, unknown[]>();
  readonly #audits = new Map<number, readonly AuditRecord[]>();
  #shed = 0;

  append(name: string, value: unknown): void {
    const lines = this.#lines.get(name);
    if (lines === undefined) this.#lines.set(name, [value]);
    else lines.push(value);
  }

  writeJson(name: string, value: unknown): void {
    if (name === FILES.workload) this.#shed = (value as { readonly shed: number }).shed;
  }

  writeAudit(replica: number, records: readonly AuditRecord[]): void {
    this.#audits.set(replica, records);
  }

  /** As a reader of the folder would find it. */
  observations({ plan, run, zeroNs }: MemoryRunOf): Observations {
    const audits = [...this.#audits].map(([replica, records]) => {
      const since = records.map((record) => ({ ...record, time: record.time - zeroNs }));
      return [replica, since] as const;
    });
    return {
      run,
      plan,
      history: this.#of(FILES.history),
      ledger: this.#of(FILES.ledger),
      audits: new Map(audits),
      samples: this.#of(FILES.samples),
      metrics: this.#of(FILES.metrics),
      workload: { shed: this.#shed },
      completeness: { ...COMPLETE, ended: run.harness.state === "ok" },
    };
  }

  #of<Line>(file: string): readonly Line[] {
    return (this.#lines.get(file) ?? []) as readonly Line[];
  }
}

interface MemoryRunOf {
  readonly plan: Plan;
  readonly run: RunInfo;
  readonly zeroNs: number;
}
