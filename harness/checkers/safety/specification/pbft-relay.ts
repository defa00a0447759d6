/** `pbft-relay`: the channel shows who speaks, and there are no keys to choose (protocols §21). */
import type { Specification } from "./step.ts";
import { unsigned } from "./unsigned.ts";

export const pbftRelay: Specification = unsigned;
