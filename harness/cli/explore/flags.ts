/** What `explore` was asked for. */
export interface ExploreFlags {
  readonly part?: "protocol" | "runtime";
  readonly seed?: number;
  readonly seeds?: number;
  readonly for?: number;
  readonly jobs: number;
  readonly stopAtFirst?: true;
  readonly untilReached?: true;
  readonly out: string;
  readonly shrink: boolean;
  readonly protocol: string;
  readonly service: string;
  readonly signatures: "fast" | "ed25519";
  readonly costs: "drawn" | "off";
  readonly behaviour?: string;
  readonly attack?: string;
  readonly f?: number;
  readonly mutant?: string;
  readonly mutants: readonly string[];
  readonly story?: true;
}

/** What is added to it while seeds are played stays exact. */
export const SEED_MAX = 1_000_000_000_000;
