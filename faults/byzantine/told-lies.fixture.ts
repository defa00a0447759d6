/** A short run in the simulator with one liar in it, where nothing else happens than is said. */
import { playPlan } from "../../harness/drivers/simulation/play-plan.ts";
import type { Observations } from "../../harness/observations/observations.ts";
import { planFromData } from "../../harness/plan/plan-from-data.ts";
import { executors } from "../../harness/workloads/registry.ts";
import type { AuditEvent, AuditRecord } from "../../nodes/protocols/contract/audit.ts";
import { protocolNamed } from "../../nodes/registry.ts";
import { kv } from "../../nodes/services/kv.ts";
import { faults } from "../registry.ts";

type Keys = Readonly<Record<string, unknown>>;

export class ToldLies {
  readonly observations: Observations;

  /** @param more other faults than the liar */
  constructor(
    liar: { readonly target: string; readonly behaviour: string; readonly parameters?: Keys },
    {
      protocol: name,
      cluster = {},
      rate = 50,
      more = [],
    }: {
      readonly protocol: string;
      readonly cluster?: Keys;
      /** Of requests, in a second. */
      readonly rate?: number;
      readonly more?: readonly Keys[];
    },
  ) {
    const protocol = protocolNamed(name);
    const timers = { request: "300ms", status: "50ms", client: "100ms", clientCap: "400ms" };
    const sections = {
      metadata: { name: "told-lies" },
      cluster: { protocol: name, checkpointInterval: 4, window: 8, timers, ...cluster },
      workload: { rate: `${rate}/s`, clients: 4 },
      phases: { warmup: "0ms", faults: "2s", quiet: "30s" },
      faults: [{ fault: "byzantine", at: "0ms", for: "quiet", ...liar }, ...more],
      expect: { minOperations: 0, shed: "100%" },
    };
    const plan = planFromData(sections, { protocol, service: kv, faults, executors });
    const nodes = { protocols: [protocol], services: [kv] };
    this.observations = playPlan(plan, { nodes, rerun: "" }).observations;
  }

  /** In the order in which it wrote them. */
  lines<E extends AuditEvent["e"]>(replica: number, e: E) {
    const isMeant = (line: AuditRecord): line is AuditRecord & { readonly e: E } => line.e === e;
    return (this.observations.audits.get(replica) ?? []).filter(isMeant);
  }

  /** The last that this replica counted under a name. */
  counter(replica: number, name: string): number {
    const all = this.observations.samples.filter((sample) => sample.replica === replica);
    return all.reduce((most, { status }) => Math.max(most, status?.counters[name] ?? 0), 0);
  }
}
