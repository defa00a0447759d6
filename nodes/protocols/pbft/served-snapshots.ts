/** Snapshots that are being fetched by peers. */
import type { OwnCheckpoint } from "./checkpoint-store.ts";

/** A snapshot older than those kept anyway is kept so long for who fetches it. */
const KEPT_MS_MAX = 60_000;
/** And given up when its asker was silent for so long. */
const SILENT_MS_MAX = 10_000;

/**
 * The snapshot each peer is fetching, so that it does not vanish before its eyes when checkpoints
 * come faster than answers. One for each peer; it shares its unchanged pages with the newest.
 */
export class ServedSnapshots {
  readonly #byPeer = new Map<
    number,
    { readonly checkpoint: OwnCheckpoint; readonly since: number; askedAt: number }
  >();

  of(peer: number, sequence: number): OwnCheckpoint | undefined {
    const kept = this.#byPeer.get(peer)?.checkpoint;
    return kept?.sequence === sequence ? kept : undefined;
  }

  keep(peer: number, checkpoint: OwnCheckpoint, now: number): void {
    const kept = this.#byPeer.get(peer);
    if (kept?.checkpoint === checkpoint) kept.askedAt = now;
    else this.#byPeer.set(peer, { checkpoint, since: now, askedAt: now });
  }

  expire(now: number): void {
    for (const [peer, { since, askedAt }] of this.#byPeer) {
      const isOver = now - since > KEPT_MS_MAX || now - askedAt > SILENT_MS_MAX;
      if (isOver) this.#byPeer.delete(peer);
    }
  }
}
