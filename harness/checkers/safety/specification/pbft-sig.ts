/** `pbft-sig`: certificates prove what was prepared and what is stable (protocols §7, §9). */
import { byCertificates } from "./choice.ts";
import { fetchingProven } from "./execution.ts";
import { proven } from "./marks.ts";
import { pbft } from "./pbft.ts";
import type { Specification } from "./step.ts";

export const pbftSig: Specification = {
  ...pbft(proven, { choose: byCertificates, isProved: true }),
  statetransfer: fetchingProven,
};
