import { readFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { AuditWriter } from "./audit-writer.ts";
import { layOut } from "./cluster.fixture.ts";

test("a line that somebody waits for is told once it is in the log, and no other", () => {
  const layout = layOut({ protocol: "echo", replicas: 1 });
  onTestFinished(layout.remove);
  const file = `${layout.folder}/audit.jsonl`;
  const told: string[] = [];
  const tell = (line: string) => {
    expect(readFileSync(file, "utf8")).toContain(line);
    told.push(line);
  };
  const announced = { kinds: ["stable", "reject"], tell } as const;
  const writer = new AuditWriter({ file, level: "decisions", replica: 2, boot: 1, announced });
  writer.add({ e: "checkpoint", n: 8, d: "a" });
  writer.add({ e: "stable", n: 8, d: "a", by: [0, 1, 2] });
  writer.add({ e: "reject", type: "frame", from: 3, reason: "malformed" });
  expect(told).toEqual([]);
  writer.write();
  writer.write();
  expect(told.map((line) => JSON.parse(line) as unknown)).toEqual([
    expect.objectContaining({ e: "stable", replica: 2, n: 8 }),
  ]);
  writer.close();
});
