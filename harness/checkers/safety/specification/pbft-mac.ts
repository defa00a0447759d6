/** `pbft-mac`: vectors of codes, under keys for a while (protocols §2.9, §20). */
import type { Specification } from "./step.ts";
import { unsigned } from "./unsigned.ts";
import { keying } from "./vouching.ts";

export const pbftMac: Specification = { ...unsigned, keys: keying };
