import { milliseconds } from "../format.ts";
import { type Cell, right, tableLines } from "../text-table.ts";
import type { FailoverRow } from "./failover.ts";

/** Under what the figures hold: most of such an outage is the timer that ends it. */
export interface FailoverConditions {
  readonly scenario: string;
  readonly driver: string;
  readonly requestMs: number;
  readonly load: string;
  readonly durability: string;
  readonly links: string;
  readonly audit: string;
  readonly rounds: number;
  readonly cpu: string;
  readonly cpus: number;
}

const HEADINGS: readonly Cell[] = [
  { text: "protocol" },
  { text: "n", right: true },
  { text: "measured", right: true },
  { text: "median", right: true },
  { text: "least", right: true },
  { text: "most", right: true },
  { text: "as expected", right: true },
];

export function failoverText(
  rows: readonly FailoverRow[],
  conditions: FailoverConditions,
  colour: boolean,
): string {
  const { scenario, driver, requestMs, load, durability, links, audit, rounds, cpu, cpus } =
    conditions;
  const lines = [
    `${scenario}: kill -9 of the primary to the next answer, ${rounds} ${rounds === 1 ? "round" : "rounds"} in turns`,
    `driver ${driver}, timers.request ${milliseconds(requestMs)}, load ${load}, durability ${durability}, ` +
      `links ${links}, audit ${audit}, ${cpus} x ${cpu}`,
    "",
    ...tableLines([HEADINGS, ...rows.map(cellsOf)], colour),
  ];
  return `${lines.join("\n")}\n`;
}

function cellsOf({
  protocol,
  replicas,
  rounds,
  asExpected,
  outageMs,
}: FailoverRow): readonly Cell[] {
  const measured = rounds.filter((round) => round.outageMs !== null).length;
  const isGood = asExpected === rounds.length;
  return [
    { text: protocol },
    right(String(replicas)),
    right(String(measured)),
    right(milliseconds(outageMs?.median ?? null)),
    right(milliseconds(outageMs?.least ?? null)),
    right(milliseconds(outageMs?.most ?? null)),
    { text: `${asExpected} of ${rounds.length}`, right: true, tone: isGood ? "good" : "bad" },
  ];
}
