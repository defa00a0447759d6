/** A log of texts: written, read again, and asked what had become durable. */
import { Log, type LogFailure, type LogOptions } from "./log.ts";
import type { LogIdentity } from "./log-identity.ts";
import { readMark } from "./log-mark.ts";
import { encodeBlock } from "./log-segment.ts";

export const identity: LogIdentity = {
  replica: "r0",
  protocol: "echo",
  service: "null",
  cluster: "0123456789abcdef0123456789abcdef",
  members: "0123456789abcdef",
  epoch: 1,
};

export const record = (text: string) => new TextEncoder().encode(text);
export const texts = (records: readonly Uint8Array[]) =>
  records.map((bytes) => new TextDecoder().decode(bytes));

/** A log with its batches counted, and a way to wait for one to be durable. */
export async function openLog(directory: string, overrides: Partial<LogOptions> = {}) {
  const waiting = new Map<number, () => void>();
  const observed = { durable: 0, syncs: 0, failure: null as LogFailure | null };
  const { log, records } = await Log.open({
    directory,
    identity,
    durability: "group-commit",
    events: {
      onDurable(mark) {
        observed.durable = mark;
        for (const [wanted, resolve] of waiting) if (wanted <= mark) resolve();
      },
      onSynced: () => {
        observed.syncs += 1;
      },
      onFailed(failure) {
        observed.failure = failure;
        for (const resolve of waiting.values()) resolve();
      },
    },
    ...overrides,
  });
  let mark = 0;
  const submit = (mode: "append" | "replace", ...values: string[]) => {
    mark += 1;
    log.submit({ mode, records: values.map(record), mark });
    return new Promise<void>((resolve) => waiting.set(mark, resolve));
  };
  return { log, recovered: texts(records), observed, submit };
}

type TextBatch = ["append" | "replace", ...string[]];

export async function writeLog(directory: string, ...batches: TextBatch[]): Promise<void> {
  const opened = await openLog(directory);
  for (const batch of batches) await opened.submit(...batch);
  await opened.log.close();
}

export async function recoveredTexts(directory: string): Promise<string[]> {
  const { log, recovered } = await openLog(directory);
  await log.close();
  return recovered;
}

/** What the next write of this log would be, behind everything that is durable. */
export function nextBlock(directory: string, values: readonly string[], behind = 0): Buffer {
  return nextBlockOf(directory, values.map(record), behind);
}

export function nextBlockOf(directory: string, records: readonly Uint8Array[], behind = 0): Buffer {
  const found = readMark(directory);
  if (found === null) throw new Error("this log has no mark");
  const { generation, segment, offset } = found.mark;
  return encodeBlock({ generation, segment, offset: offset + behind }, records);
}
