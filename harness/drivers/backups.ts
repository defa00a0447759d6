/**
 * Backups of the replicas' disks, and the jobs that are done to them: one rule for every world. A
 * world reads the disk of a replica and keeps the copies; what a job does and shows stands here.
 */
import { createHash } from "node:crypto";
import type { BackupJob, Endpoint } from "../../faults/fault.ts";
import type { Job } from "./active-faults.ts";
import { type Attestation, proven } from "./attestation.ts";
import type { RunLog } from "./run-log.ts";

export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Where the copies lie: a folder of the run store, or the memory of the simulator. */
export interface Tapes {
  /** Empty where there is none. */
  read(replica: Endpoint): readonly NamedBytes[];
  /** Over what was there under these names; the rest stays. */
  write(replica: Endpoint, files: readonly NamedBytes[]): void;
}

interface BackupOutcome {
  readonly attestation: Attestation;
  /** What the verification cries out loud; null = nothing was verified, or all was as indexed. */
  readonly alarm: string | null;
}

/** Who cries. */
const VERIFICATION = "the verification of the backups";

/** What a backup is checked against; it lies beside it, and no other job touches it. */
const INDEX = "index.json";

interface IndexLine {
  readonly name: string;
  readonly sha256: string;
}

/** What is on the tapes afterwards: as long as what was there, and nothing of it. */
const BOOTLEG = "BOOTLEG RECORDING, SIDE A. ";

export class Backups {
  readonly #tapes: Tapes;
  readonly #log: Pick<RunLog, "ledger">;

  constructor(tapes: Tapes, log: Pick<RunLog, "ledger">) {
    this.#tapes = tapes;
    this.#log = log;
  }

  /** @param disk the files of the replica as they are now; only a backup reads them */
  do({ job, replica }: Job, disk: readonly NamedBytes[]): Attestation {
    const { attestation, alarm } = JOBS[job](this.#tapes, replica, disk);
    if (alarm !== null) this.#log.ledger({ kind: "alarm", by: VERIFICATION, what: alarm });
    return attestation;
  }
}

function take(tapes: Tapes, replica: Endpoint, disk: readonly NamedBytes[]): BackupOutcome {
  if (disk.every(({ bytes }) => bytes.length === 0)) {
    const evidence = [`${replica}: there is nothing on its disk to back up`];
    return quiet({ outcome: "ineffective", evidence });
  }
  const lines = disk.map(({ name, bytes }): IndexLine => ({ name, sha256: digestOf(bytes) }));
  const index = { name: INDEX, bytes: Buffer.from(`${JSON.stringify(lines, null, 2)}\n`) };
  tapes.write(replica, [...disk, index]);
  return quiet(proven(`${replica}: ${sizeOf(disk)} of its disk were backed up`));
}

function overwrite(tapes: Tapes, replica: Endpoint): BackupOutcome {
  const kept = tapes.read(replica).filter(({ name }) => name !== INDEX);
  if (kept.length === 0) {
    const evidence = [`${replica}: there is no backup to overwrite`];
    return quiet({ outcome: "skipped", evidence });
  }
  const others = kept.map(({ name, bytes }) => ({ name, bytes: bootleg(bytes.length) }));
  tapes.write(replica, others);
  const changed = damaged(tapes, replica)?.wrong.length ?? 0;
  const what = `${replica}: ${sizeOf(others)} of its backup were overwritten; ${changed} are not as indexed`;
  if (changed > 0) return quiet(proven(what));
  return quiet({ outcome: "ineffective", evidence: [what] });
}

function verify(tapes: Tapes, replica: Endpoint): BackupOutcome {
  const found = damaged(tapes, replica);
  if (found === null) return loud(`${replica}: there is no backup`);
  const { wrong, files } = found;
  if (wrong.length === 0) {
    return quiet(proven(`${replica}: all ${files} files of its backup are as indexed`));
  }
  const names = wrong.join(", ");
  return loud(
    `${replica}: ${wrong.length} of ${files} files of its backup are not as indexed (${names})`,
  );
}

/** The files that are not what the index says; null where there is none. */
function damaged(
  tapes: Tapes,
  replica: Endpoint,
): { readonly wrong: readonly string[]; readonly files: number } | null {
  const kept = new Map(tapes.read(replica).map(({ name, bytes }) => [name, bytes]));
  const index = kept.get(INDEX);
  if (index === undefined) return null;
  const lines = JSON.parse(Buffer.from(index).toString("utf8")) as readonly IndexLine[];
  const wrong = lines.filter(({ name, sha256 }) => {
    const bytes = kept.get(name);
    return bytes === undefined || digestOf(bytes) !== sha256;
  });
  return { wrong: wrong.map(({ name }) => name), files: lines.length };
}

const JOBS: {
  readonly [Job in BackupJob]: (
    tapes: Tapes,
    replica: Endpoint,
    disk: readonly NamedBytes[],
  ) => BackupOutcome;
} = { take, overwrite, verify };

function quiet(attestation: Attestation): BackupOutcome {
  return { attestation, alarm: null };
}

/** The job itself was done, and this is what it is there for. */
function loud(what: string): BackupOutcome {
  return { attestation: proven(what), alarm: what };
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function sizeOf(files: readonly NamedBytes[]): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
  return `${files.length} files with ${bytes} bytes`;
}

function bootleg(length: number): Uint8Array {
  return Buffer.alloc(length, BOOTLEG);
}

/** What was done once needs no undoing: a job is over when it is done. */
export function jobOver({ replica, job }: Job): Attestation {
  return proven(`${replica}: the job to ${job} is over; nothing of it is to be undone`);
}
