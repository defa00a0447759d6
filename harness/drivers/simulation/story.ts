import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import type { LedgerEntry, Observations } from "../../observations/observations.ts";

/** What one plan was and what came of it, for a reader: one event a line, in time. */
export function storyOf({ plan, ledger, audits, history }: Observations): string {
  const { cluster, simulation, workload, phases } = plan;
  const events = [
    ...ledger.map((entry) => ({ time: entry.time, line: `   ${ledgerLine(entry)}` })),
    ...[...audits.values()]
      .flat()
      .filter(isTold)
      .map((record) => ({
        time: record.time,
        line: `r${record.replica} ${auditLine(record)}`,
      })),
    ...history
      .filter(({ type }) => type !== "invoke")
      .map(({ time, client, t, f, key, type }) => ({
        time,
        line: `c  ${type} ${f} ${key} (client ${client}, t=${t})`,
      })),
  ];
  return [
    JSON.stringify({ cluster, simulation, workload, phases }),
    ...plan.entries.map(({ id, ...entry }) => `${id} ${JSON.stringify(entry)}`),
    ...events
      .toSorted((a, b) => a.time - b.time)
      .map(({ time, line }) => `${(time / 1e6).toFixed(3).padStart(10)} ${line}`),
    "",
  ].join("\n");
}

function isTold({ e }: AuditRecord): boolean {
  return e !== "reject" && e !== "timer";
}

function ledgerLine(entry: LedgerEntry): string {
  const { time: _, kind, ...rest } = entry;
  if (kind === "intent") return `intent ${entry.entry} ${entry.fault}`;
  if (kind === "phase") return `phase ${entry.phase}`;
  if (kind === "load") return `load ${entry.on ? "on" : "off"}`;
  return `${kind} ${"entry" in rest ? rest.entry : ""}`;
}

function auditLine({ time: _, replica: __, boot, e, ...rest }: AuditRecord): string {
  const shown = JSON.stringify(rest).replaceAll(/"([0-9a-f]{8})[0-9a-f]{56}"/g, "$1");
  return `${e} ${shown}${e === "boot" ? ` start ${boot}` : ""}`;
}
