import { FRAME } from "./frame.ts";
import type { Line } from "./inbound-scheduler.ts";
import type { Peer } from "./peer.ts";
import type { WorkMeter } from "./work-meter.ts";

export interface PeerLineOptions {
  readonly peer: Peer;
  readonly meter: WorkMeter;
  readonly hasAllowance: boolean;
  /**
   * Anything but a BEAT. Must not throw. The body is a view of the chunk that was read.
   * @returns null, or why the connection must be closed
   */
  readonly onFrame: (type: number, body: Buffer) => string | null;
}

/** The frames of one proven peer, in the order in which each of its connections brought them. */
export class PeerLine implements Line {
  readonly hasAllowance: boolean;
  readonly #options: PeerLineOptions;

  constructor(options: PeerLineOptions) {
    this.#options = options;
    this.hasAllowance = options.hasAllowance;
  }

  serve(): boolean {
    const { peer, meter, onFrame } = this.#options;
    const frame = peer.inbox.take();
    if (frame === null) return false;
    const { connection, incarnation, type, body } = frame;
    peer.countReceived(frame.wireBytes);
    meter.countBytes(body.length);
    const fault = type === FRAME.beat ? peer.beatArrived(body, incarnation) : onFrame(type, body);
    if (fault !== null) connection.close(fault);
    return true;
  }
}
