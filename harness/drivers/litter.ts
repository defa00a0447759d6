/**
 * What runs leave behind in one place (this machine, an engine of containers), and how it is
 * removed, knowing only the id of the run: no record of the dead harness is trusted, because there
 * may be none. Used by the reaper, by `bft-chaos clean` and by the leak scan.
 */
export interface Litter {
  /** Everything there that belongs to any run. */
  find(): Promise<readonly LeftRun[]>;
  /** What is left of one run, one line each; empty = clean. */
  residueOf(runId: string): Promise<readonly string[]>;
  /**
   * Removes what can be removed of it now.
   * @returns what was removed, one line each
   */
  remove(runId: string): Promise<readonly string[]>;
}

export interface LeftRun {
  readonly runId: string;
  readonly owner: OwnerState;
}

/** `elsewhere`: in another PID namespace, from where nobody here can tell. */
export type OwnerState = "alive" | "dead" | "elsewhere";
