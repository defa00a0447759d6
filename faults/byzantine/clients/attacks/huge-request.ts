import {
  ENVELOPE_BYTES_MAX,
  FRAME_BYTES_MAX,
} from "../../../../nodes/protocols/contract/limits.ts";
import type { ClientAttack } from "./attack.ts";

const HUGE = new Uint8Array(FRAME_BYTES_MAX - ENVELOPE_BYTES_MAX);

export const hugeRequest: ClientAttack = {
  name: "huge-request",
  summary: "sends a request that just fits a frame, and that nothing which carries it would fit",
  everyMs: 1000,
  requests: ({ replicas, turn }) =>
    replicas.map((to) => ({
      to,
      timestamp: turn * replicas.length,
      valid: replicas,
      operation: HUGE,
    })),
};
