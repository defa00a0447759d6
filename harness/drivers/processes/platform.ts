/**
 * What a driver of real processes has to know how to do: start, kill, stop and look at them, and
 * put links between them. Everything else that a run of real processes needs stands on this.
 */
import type { Endpoint } from "../../../faults/fault.ts";
import type { LinkInjector } from "../../../faults/injectors/links.ts";
import type { NamedBytes } from "../backups.ts";
import type { CpuUsage } from "../throttles.ts";

export interface Platform {
  /** What it ran with, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** Null with `links: direct`, and before `start`. */
  readonly links: LinkInjector | null;
  /** Everything that processes need to be started: their files, and every link open. */
  start(): Promise<void>;
  /** What runs under that name, a replica or a client host, as often as it is asked for. */
  spawn(name: Endpoint): SpawnedProcess;
  /**
   * What a power cut does to the log of a replica that is down: what was never synced is gone.
   * @returns what was done, in words
   */
  cutLog(replica: Endpoint): Promise<string>;
  /** The files of a replica's log as they are on its disk now, whether it runs or not. */
  readDisk(replica: Endpoint): Promise<readonly NamedBytes[]>;
  /**
   * Bytes that the proxies cut out of live streams, in their own words; they are their doing, not
   * the replicas'.
   */
  lostBytes(): Promise<readonly string[]>;
  /** Whatever does not end with the processes. */
  stop(): Promise<void>;
}

/** Speaks in lines of JSON on its standard output and is spoken to in lines on its input. */
export interface SpawnedProcess {
  /** As evidence names it: `process 4711`. */
  readonly title: string;
  /** Null while it lives. */
  readonly ending: Ending | null;
  /** Hears what it says, in order; what is no JSON (a line cut off by a kill) comes as null. */
  onLine(listener: (line: unknown) => void): void;
  onEnd(listener: (ending: Ending) => void): void;
  /** To one that is gone nothing is said. */
  tell(line: string): void;
  /** Resolves once it is gone, with its sockets. */
  kill(): Promise<void>;
  stop(): Promise<void>;
  resume(): Promise<void>;
  look(): Promise<ProcessLook>;
  /** No more than this share of one CPU from now on; 1 = as much as there is. */
  limit(share: number): Promise<void>;
  /** What its quota has done to it so far; null where nobody can say. */
  usage(): Promise<CpuUsage | null>;
  /** What it said last on its standard error, on one line. */
  lastWords(): string;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
  /** `signal SIGSEGV`, `exit code 70`. */
  readonly words: string;
}

/** The ground truth of a process fault. */
export interface ProcessLook {
  readonly state: "running" | "stopped" | "gone";
  /** Where and as what it was seen: `process 4711 is stopped (state T)`. */
  readonly words: string;
}
