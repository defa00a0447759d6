import { randomInt } from "./randomness.ts";

export interface Guest {
  close(): void;
}

export interface LobbyOptions {
  readonly guestsMax: number;
  /** Nobody has to go before he had this long. */
  readonly graceMs: number;
}

/**
 * Connections of those who have proven nothing, so many at most. A guest that was let in has its
 * grace, whoever knocks; then, if there is no room, one at random goes. To evict by age alone would
 * let a flood push out everybody who is slower than the flood.
 */
export class Lobby {
  readonly #options: LobbyOptions;
  /** In the order of arrival, with the time of it. */
  readonly #guests = new Map<Guest, number>();

  constructor(options: LobbyOptions) {
    this.#options = options;
  }

  /** @returns false if there is no room: nobody here has had his grace */
  admit(guest: Guest, nowMs: number): boolean {
    if (this.#guests.size >= this.#options.guestsMax && !this.#makeRoom(nowMs)) return false;
    this.#guests.set(guest, nowMs);
    return true;
  }

  /** Whoever has gone, or has proven who he is. */
  leave(guest: Guest): void {
    this.#guests.delete(guest);
  }

  #makeRoom(nowMs: number): boolean {
    const evictable: Guest[] = [];
    for (const [guest, since] of this.#guests) {
      if (nowMs - since < this.#options.graceMs) break;
      evictable.push(guest);
    }
    if (evictable.length === 0) return false;
    const evicted = evictable[randomInt(evictable.length)];
    if (evicted === undefined) return false;
    this.leave(evicted);
    evicted.close();
    return true;
  }
}
