/**
 * Who installs what others claim may skip a checkpoint that one replica alone took for stable
 * (protocols §22.3): seven replicas, r5 and r6 bad.
 */
import { expect, test } from "vitest";
import { DECIDED } from "../claims/messages.ts";
import type { Delivery } from "../cluster.fixture.ts";
import { CHECKPOINT, COMMIT, decodeCheckpoint, FETCH_STATE, STATE_PAGES } from "../messages.ts";
import { Deceived, requestMs } from "./deceived.fixture.ts";
import { PROVE } from "./messages.ts";
import { isOf, STATUS_MS } from "./proving.fixture.ts";

const LIARS = [5, 6];
const GOOD = [0, 1, 2, 3, 4];
const LAGS = 4;

const isFromLiar = ({ from }: Delivery) => LIARS.includes(from);
const isCutOff = ({ from, to }: Delivery) => from === LAGS || to === LAGS;

class Seven extends Deceived {
  isLost: (delivery: Delivery) => boolean = () => false;

  constructor() {
    super({ liar: 5, accomplices: [6], checkpointInterval: 2, faultsMax: 2 });
    this.wire((delivery) => {
      const isWithheld = isOf(CHECKPOINT, delivery) || isOf(PROVE, delivery);
      if (isFromLiar(delivery) && isWithheld) return null;
      return this.isLost(delivery) ? null : delivery.bytes;
    });
  }

  execute(count: number): void {
    for (let left = count; left > 0; left--) {
      this.ask(0);
      this.pass(20);
    }
  }

  claimOf4(id: number): Uint8Array {
    const isClaim = ({ bytes }: Delivery) => {
      const message = this.liar.open(bytes);
      const vote = message && decodeCheckpoint(message.payload);
      return message?.sender === id && !this.liar.isProof(message) && vote?.sequence === 4;
    };
    const claim = this.sentBy(id, CHECKPOINT).find(isClaim);
    if (!claim) throw new RangeError(`r${id} has not taken 4`);
    return claim.bytes;
  }

  /** Of the good ones: what each has executed, and what is stable there. */
  get standings(): readonly string[] {
    return GOOD.map((id) => {
      const status = this.cores[id]?.status();
      return `${status?.lastExec}/${status?.stable}`;
    });
  }

  /** The checkpoint of 2, with entries that are good for this one alone. */
  showTwo(to: number, authors: readonly number[]): void {
    for (const id of authors) {
      const bytes = this.shownTo([to], this.saidBy(id, CHECKPOINT));
      this.deliver({ from: 5, to, bytes });
    }
  }

  /** r4 hears who claims to have executed 4, and may fetch it; nothing else reaches it. */
  tellOfFour(authors: readonly number[]): void {
    for (const id of authors) this.deliver({ from: id, to: LAGS, bytes: this.claimOf4(id) });
    const { isLost } = this;
    const isState = (each: Delivery) => isOf(FETCH_STATE, each) || isOf(STATE_PAGES, each);
    this.isLost = (each) => isLost(each) && !isState(each);
    this.pass(5 * STATUS_MS);
  }

  /** The bad ones are silent, the good ones hear each other, and are asked eight times. */
  goOn(): void {
    this.isLost = isFromLiar;
    for (let left = 8; left > 0; left--) {
      this.ask(...GOOD);
      this.pass(20 * requestMs);
    }
  }
}

const isDecision = (each: Delivery) => isOf(COMMIT, each) || isOf(DECIDED, each);

test("who is stable at 2 by what convinces it alone does not skip it for a claim to 4", () => {
  const world = new Seven();
  world.isLost = isCutOff;
  world.execute(2);
  world.tellCheckpoint(0);
  world.pass(5);
  world.isLost = (each) => isCutOff(each) || ([1, 2, 3].includes(each.to) && isDecision(each));
  world.execute(2);
  expect(world.executed).toEqual([4, 2, 2, 2, 0, 4, 4]);
  world.showTwo(LAGS, [0, 1, 2, 3, 5]);
  expect(world.standings[LAGS]).toBe("0/2");
  world.tellOfFour([0, 5, 6]);
  world.goOn();
  expect(world.standings).toEqual(GOOD.map(() => "12/12"));
});

test("nor does who lags where another one is stable at 2 alone: its vote is needed there", () => {
  const world = new Seven();
  world.isLost = ({ from, to }) => [from, to].some((id) => id === 3 || id === LAGS);
  world.execute(2);
  expect(world.executed).toEqual([2, 2, 2, 0, 0, 2, 2]);
  world.tellCheckpoint(0);
  world.tellCheckpoint(0, 6);
  world.pass(5);
  world.showTwo(3, [0, 1, 2, 5, 6]);
  world.isLost = isCutOff;
  world.pass(6 * STATUS_MS);
  expect(world.standings).toEqual(["2/0", "2/0", "2/0", "2/2", "0/0"]);
  world.isLost = (each) => isCutOff(each) || (each.to < 3 && isDecision(each));
  world.execute(2);
  expect(world.executed).toEqual([2, 2, 2, 4, 0, 4, 4]);
  world.tellOfFour([3, 5, 6]);
  world.goOn();
  expect(world.standings).toEqual(GOOD.map(() => "12/12"));
});
