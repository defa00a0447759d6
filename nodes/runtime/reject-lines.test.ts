import { readFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { AuditWriter } from "./audit-writer.ts";
import { layOut } from "./cluster.fixture.ts";
import { RejectLines } from "./reject-lines.ts";

test("H8: however much is rejected, the audit tells each kind once a second and how often it came", () => {
  const lines: { repeated?: number }[] = [];
  const rejects = new RejectLines((event) => lines.push(event));
  const kinds = 100;
  for (let count = 0; count < 1_600_000; count++) {
    const reason = `reason ${count % kinds}`;
    rejects.add({ e: "reject", type: "frame", from: 3, reason }, 5 + count / 1_600_000);
  }
  expect(lines).toHaveLength(32);
  rejects.tick(1006);
  expect(lines).toHaveLength(65);
  const told = lines.reduce((sum, { repeated }) => sum + (repeated ?? 1), 0);
  expect(told).toBe(1_600_000);
});

test("H8: a flood of rejected frames writes a few lines, and the last ones are not lost", () => {
  const layout = layOut({ protocol: "echo", replicas: 1 });
  onTestFinished(layout.remove);
  const file = `${layout.folder}/audit.jsonl`;
  const writer = new AuditWriter({ file, level: "full", replica: 0, boot: 1 });
  const reject = { e: "reject", type: "frame", from: 3, reason: "malformed" } as const;
  for (let count = 0; count < 50_000; count++) {
    writer.add(reject);
    if (count % 100 === 0) writer.write();
  }
  writer.close();
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  expect(lines.length).toBeLessThan(100);
  const last = JSON.parse(lines.at(-1) ?? "") as { repeated: number };
  expect(last.repeated).toBeGreaterThan(0);
});
