/** What one process knows of its link with one peer (both directions). */
export interface PeerCounters {
  /** Frames handed to the socket towards the peer / received from it; BEATs too, handshakes not. */
  readonly sent: number;
  readonly received: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Frames not sent: too large, replaced by a newer one, or the oldest of a full queue. */
  readonly dropped: number;
  /**
   * Number of the last BEAT for the peer: one every period, connected or not, so a refused link
   * shows like a cut one. Starts at 0 with the process.
   */
  readonly beatSent: number;
  /** The largest BEAT number from the peer's current process; 0 again after its restart. */
  readonly beatReceived: number;
  /** How many distinct BEAT numbers of the peer's current process were received: gaps = lost. */
  readonly beatsReceived: number;
  /** One-way time of the last BEAT, ms (all processes share the host's monotonic clock). */
  readonly oneWayMs: number | null;
  /** There is a connection to send on whose handshake is finished. */
  readonly connected: boolean;
  /** Finished handshakes of connections to send on. */
  readonly connects: number;
}
