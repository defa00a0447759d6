import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { seriesText } from "../../nodes/metrics/exposition.ts";
import { FILES } from "../observations/store.ts";
import { exampleRun } from "../reports/example-run.fixture.ts";
import { zeroAtMs } from "./judged-points.ts";
import { LiveFeed } from "./live-feed.ts";
import type { Point } from "./point.ts";
import { recordedPoints, runPoints } from "./run-points.ts";

const run = exampleRun();
const { observations } = run;
const zeroMs = zeroAtMs(observations);
const END_MS = 70_000;

let folder: string;
let sent: Point[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-feed-"));
  sent = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

function feed(isThere: () => boolean = () => true): LiveFeed {
  const tail = (name: string) => ({ path: join(folder, name), offset: 0 });
  return new LiveFeed({
    run: observations.run,
    plan: observations.plan,
    zeroAtMs: zeroMs,
    files: { history: tail("history.jsonl"), ledger: tail("ledger.jsonl"), metrics: tail("none") },
    send: async (points) => {
      if (!isThere()) return { sent: 0, refused: 0, left: points, why: "away" };
      sent.push(...points);
      return { sent: points.length, refused: 0, left: [], why: null };
    },
  });
}

/** Writes the run as it happened, a second at a time, in pieces that end where they like. */
async function play(live: LiveFeed): Promise<void> {
  const files = [
    { name: FILES.history, lines: observations.history },
    { name: FILES.ledger, lines: observations.ledger },
  ].map(({ name, lines }) => ({ name, lines: lines.toSorted((a, b) => a.time - b.time), next: 0 }));
  for (let nowMs = 0; nowMs <= END_MS; nowMs += 1_000) {
    for (const file of files) {
      const from = file.next;
      while ((file.lines[file.next]?.time ?? Number.POSITIVE_INFINITY) <= nowMs * 1e6) file.next++;
      const text = file.lines.slice(from, file.next).map((line) => `${JSON.stringify(line)}\n`);
      appendFileSync(join(folder, file.name), text.join(""));
    }
    live.tick(zeroMs + nowMs);
    await Promise.resolve();
  }
}

const words = ({ metric, part, labels, value, atMs }: Point): string =>
  `${seriesText(metric.name + part, labels)} ${value} ${atMs}`;

function finish(live: LiveFeed) {
  const judged = runPoints(run).slice(recordedPoints(observations).length);
  return live.end(recordedPoints(observations), judged);
}

test("what was sent live and at the end is what the whole record says, each sample once", async () => {
  const live = feed();
  await play(live);
  const early = sent.length;
  const { sent: count, lost } = await finish(live);
  expect([count, lost]).toEqual([sent.length, 0]);
  expect(early).toBeGreaterThan(count / 2);
  const live1 = new Set(sent.map(words));
  expect(live1.size).toBe(sent.length);
  expect([...live1].toSorted()).toEqual(runPoints(run).map(words).toSorted());
});

test("what a receiver missed while it was away comes later, in order", async () => {
  let asked = 0;
  const live = feed(() => (asked += 1) > 20);
  await play(live);
  expect(await finish(live)).toMatchObject({ lost: 0 });
  expect(sent.map(words).toSorted()).toEqual(runPoints(run).map(words).toSorted());
});

test("what nobody ever took is told as lost", async () => {
  const live = feed(() => false);
  await play(live);
  const { sent: count, lost, why } = await finish(live);
  expect([count, why]).toEqual([0, "away"]);
  expect(lost).toBe(runPoints(run).length);
});

test("a run that could not be followed at all is sent at its end, however long it was", async () => {
  const [one] = runPoints(run);
  if (one === undefined) throw new Error("the run has no points");
  const many = Array.from({ length: 300_000 }, (_, index) => ({ ...one, atMs: zeroMs + index }));
  expect(await feed(() => false).end(many, [])).toMatchObject({ sent: 0, lost: many.length });
});
