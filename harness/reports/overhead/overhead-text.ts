import { count, milliseconds } from "../format.ts";
import { type Cell, right, tableLines } from "../text-table.ts";
import type { OverheadRow } from "./overhead.ts";
import { published } from "./published.ts";

/** Under what the figures hold: none of them means anything without it. */
export interface Conditions {
  readonly driver: string;
  readonly links: string;
  readonly durability: string;
  readonly audit: string;
  readonly clients: string;
  readonly rounds: number;
  readonly cpu: string;
  readonly cpus: number;
}

const HEADINGS: readonly Cell[] = [
  { text: "null op (KB)" },
  { text: "protocol" },
  { text: "clients", right: true },
  { text: "n", right: true },
  { text: "ops", right: true },
  { text: "ops/s", right: true },
  { text: "p50", right: true },
  { text: "p99", right: true },
  { text: "CPU us/op", right: true },
  { text: "msgs/op", right: true },
  { text: "bytes/op", right: true },
  { text: "S-6" },
  { text: "ratio", right: true },
  { text: "published", right: true },
];

const PUBLISHED_HEADINGS: readonly Cell[] = [
  { text: "published (KB)" },
  { text: "read-write", right: true },
  { text: "read-only", right: true },
  { text: "unreplicated", right: true },
  { text: "ratio", right: true },
];

export function overheadText(
  rows: readonly OverheadRow[],
  conditions: Conditions,
  colour: boolean,
): string {
  const { driver, links, durability, audit, clients, rounds, cpu, cpus } = conditions;
  const lines = [
    `driver ${driver}, links ${links}, durability ${durability}, audit ${audit}, ` +
      `${clients} clients in a closed loop, ` +
      `medians of ${rounds} ${rounds === 1 ? "round" : "rounds"}, ${cpus} x ${cpu}`,
    "",
    ...tableLines([HEADINGS, ...rows.map(cellsOf)], colour),
    "",
    ...tableLines([PUBLISHED_HEADINGS, ...published.rows.map(publishedCells)], colour),
    "",
    "CPU: of the replicas together; messages and bytes: heartbeats and STATUS included. S-6: whether",
    "the reads and writes among the null operations, so many, were linearizable.",
    "ratio: p50 over the p50 of the server alone with as many",
    "clients; published: theirs with one client, read-write over unreplicated.",
    `${published.source}:`,
    `${published.conditions}.`,
  ];
  return `${lines.join("\n")}\n`;
}

function cellsOf({
  operation,
  protocol,
  clients,
  replicas,
  median,
  ratio,
  publishedRatio,
  linearizable,
}: OverheadRow): readonly Cell[] {
  const cpuSeconds = median?.cpuSecondsPerOperation ?? null;
  return [
    { text: operation },
    { text: protocol },
    right(count(clients)),
    right(count(replicas)),
    right(median === null ? "–" : count(median.operations)),
    right(median === null ? "–" : count(median.operationsPerSecond)),
    right(milliseconds(median?.p50Ms ?? null)),
    right(milliseconds(median?.p99Ms ?? null)),
    right(cpuSeconds === null ? "–" : count(cpuSeconds * 1e6)),
    right(median === null ? "–" : median.messagesPerOperation.toFixed(1)),
    right(median === null ? "–" : count(median.bytesPerOperation)),
    judgedCell(linearizable),
    right(times(ratio)),
    right(times(publishedRatio)),
  ];
}

function judgedCell(linearizable: OverheadRow["linearizable"]): Cell {
  if (linearizable === null) return { text: "–" };
  const { outcome, judged } = linearizable;
  const tone = outcome === "valid" && judged > 0 ? "good" : "bad";
  return { text: `${outcome}, ${count(judged)}`, tone };
}

function publishedCells({
  operation,
  readWriteMs,
  readOnlyMs,
  unreplicatedMs,
}: (typeof published.rows)[number]): readonly Cell[] {
  return [
    { text: operation },
    right(milliseconds(readWriteMs)),
    right(milliseconds(readOnlyMs)),
    right(milliseconds(unreplicatedMs)),
    right(times(readWriteMs / unreplicatedMs)),
  ];
}

function times(ratio: number | null): string {
  return ratio === null ? "–" : `${ratio.toFixed(2)}x`;
}
