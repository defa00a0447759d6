import type { PeerCounters } from "../../../nodes/runtime/peer-counters.ts";

/** Of a link over which all is well. */
export const COUNTERS: PeerCounters = {
  sent: 9,
  received: 9,
  sentBytes: 900,
  receivedBytes: 900,
  dropped: 0,
  beatSent: 3,
  beatReceived: 3,
  beatsReceived: 3,
  oneWayMs: 1,
  connected: true,
  connects: 1,
};
