import assert from "node:assert/strict";
import { test } from "vitest";
import { nullService } from "../../services/null.ts";
import type { AuthenticationScheme } from "../authentication/scheme.ts";
import { Signatures } from "../authentication/signatures.ts";
import { signedVariant } from "./certificates/signed-variant.ts";
import { BODY, FETCH_BODY, FETCH_STATE, STATE_PAGES, STATUS } from "./messages.ts";
import { Bed } from "./pbft.fixture.ts";
import { ReplicaState } from "./replica-state.ts";
import type { Answer, Arrival, Route } from "./route.ts";
import { Router } from "./router.ts";

const QUESTION = 200;
const VOUCHER = 201;

const DOUBT = { client: 1 << 16, timestamp: 1, digest: "a", sequence: 7 };

/** A table of two made-up messages: one whose answers the test gives, one that vouches for 7. */
function desk(route: Partial<Route<number>> = {}, scheme?: (bed: Bed) => AuthenticationScheme) {
  const bed = new Bed(1);
  const { cluster } = bed;
  const service = nullService.create({ argumentBytes: 0, resultBytes: 0 });
  const { authenticator } = bed.envelopes(1);
  const state = new ReplicaState({ id: 1, cluster, service, authenticator }, (state) => {
    const variant = signedVariant(state, authenticator);
    return scheme ? { ...variant, scheme: scheme(bed) } : variant;
  });
  const none = () => undefined;
  const effects = { send: none, broadcast: none, persist: none, setTimer: none, cancelTimer: none };
  state.begin(0, { ...effects, audit: none });
  const asked: string[] = [];
  const say = (step: string, answer: Answer) => {
    asked.push(step);
    return answer;
  };
  const answers: { check: Answer; take: Answer } = { check: "yes", take: "yes" };
  const question: Route<number> = {
    name: "QUESTION",
    firstHand: false,
    decode: ({ payload }) => payload.length || "malformed",
    check: () => say("check", answers.check),
    take: () => say("take", answers.take),
    ...route,
  };
  const voucher: Route<number> = {
    ...question,
    name: "VOUCHER",
    check: () => "yes",
    take: () => ({ settles: ({ sequence }) => sequence === 7 }),
  };
  const router = new Router(
    state,
    new Map([
      [QUESTION, question],
      [VOUCHER, voucher],
    ]),
  );
  const payload = Uint8Array.of(1);
  const frame = (type: number, by = 2) => bed.envelopes(by).seal({ type, payload }, "all");
  const unsigned = (by = 2) => {
    const bytes = frame(QUESTION, by).slice();
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    return bytes;
  };
  return { state, router, asked, answers, frame, unsigned };
}

test("a message is checked, then authenticated, then taken: each once", () => {
  const { state, router, asked, frame } = desk();
  router.receive(2, frame(QUESTION));
  assert.deepEqual([asked, state.meter.verifications], [["check", "take"], 1]);
});

test("what a cheap check drops or refuses is not verified", () => {
  const { state, router, asked, answers, frame } = desk();
  answers.check = "no";
  router.receive(2, frame(QUESTION));
  answers.check = { refused: "of no use" };
  router.receive(2, frame(QUESTION));
  assert.deepEqual([asked, state.meter.verifications], [["check", "check"], 0]);
  assert.deepEqual(state.rejections.byReason, { "QUESTION:of no use": 1 });
});

test("a forgery is the channel's, what an author signed is the author's", () => {
  const refused: Arrival[] = [];
  const { state, router, answers, frame, unsigned } = desk({
    refused: (_message, arrival) => void refused.push(arrival),
  });
  const blamed: number[] = [];
  state.reject = (_type, by) => void blamed.push(by);
  router.receive(3, unsigned(2));
  answers.take = { refused: "a lie" };
  router.receive(3, frame(QUESTION, 2));
  assert.deepEqual(blamed, [3, 2]);
  assert.deepEqual(
    refused.map(({ sender, from }) => [sender, from]),
    [[2, 3]],
  );
});

test("second hand, from a client, or this replica's own: only where the table says so", () => {
  const { state, router, asked, frame } = desk({ firstHand: true });
  router.receive(3, frame(QUESTION, 2));
  router.receive(1 << 16, frame(QUESTION, 2));
  router.receive(1, frame(QUESTION, 1));
  router.receive(2, frame(99, 2));
  assert.deepEqual(asked, []);
  assert.deepEqual(state.rejections.byReason, {
    "frame:second hand": 1,
    "frame:not from a replica": 1,
    "frame:unknown type": 1,
  });
});

/** As if only the channel said who speaks. */
class OverChannels extends Signatures {
  override isPortable(): boolean {
    return false;
  }
}

test("where the channel alone says who speaks, nothing counts second hand", () => {
  const overChannels = (bed: Bed) => new OverChannels(bed.cluster, bed.envelopes(1).authenticator);
  const { state, router, asked, frame } = desk({}, overChannels);
  router.receive(3, frame(QUESTION, 2));
  assert.deepEqual([asked, state.rejections.byReason], [[], { "frame:second hand": 1 }]);
  router.receive(2, frame(QUESTION, 2));
  assert.deepEqual(asked, ["check", "take"]);
});

test("what proves itself by its digest is not verified", () => {
  const { state, router, asked, unsigned } = desk({ byDigest: true });
  router.receive(2, unsigned());
  assert.deepEqual([asked, state.meter.verifications], [["check", "take"], 0]);
});

test("'not yet' is kept and asked again when a view is entered, and not before", () => {
  const { router, asked, answers, frame } = desk();
  answers.check = { notYet: "view" };
  router.receive(2, frame(QUESTION));
  router.receive(3, frame(VOUCHER, 3));
  assert.deepEqual(asked, ["check"]);
  router.enterView();
  answers.check = "yes";
  router.enterView();
  assert.deepEqual(asked, ["check", "check", "check", "take"]);
});

test("'not yet' after authentication waits for vouchers, and is decided anew at every one of its own", () => {
  const { router, asked, answers, frame } = desk();
  answers.take = { notYet: DOUBT };
  router.receive(2, frame(QUESTION));
  router.receive(3, frame(VOUCHER, 3));
  answers.take = "yes";
  router.receive(0, frame(VOUCHER, 0));
  router.receive(3, frame(VOUCHER, 3));
  assert.deepEqual(asked.filter((step) => step === "take").length, 3);
  answers.take = { notYet: { ...DOUBT, sequence: 8 } };
  router.receive(2, frame(QUESTION));
  router.receive(3, frame(VOUCHER, 3));
  assert.deepEqual(asked.filter((step) => step === "take").length, 4);
});

test("what is refused on the shelf is charged to who sent it, not to who vouched", () => {
  const { state, router, answers, frame } = desk();
  const charged: [number, number][] = [];
  state.allowances.chargeRejected = ({ from }, verifications) =>
    void charged.push([from, verifications]);
  answers.take = { notYet: DOUBT };
  router.receive(2, frame(QUESTION));
  answers.take = { refused: "a lie" };
  router.receive(3, frame(VOUCHER, 3));
  assert.deepEqual(charged, [[2, 1]]);
});

test("what is answered to its author counts over the author's own channel alone", () => {
  const bed = new Bed(1);
  const payload = Uint8Array.of(1);
  for (const type of [STATUS, FETCH_STATE, STATE_PAGES, FETCH_BODY, BODY]) {
    bed.receive(3, bed.envelopes(2).seal({ type, payload }, "all"));
  }
  assert.deepEqual(bed.core.status().rejected, { "frame:second hand": 5 });
});

test("what comes early is kept for the peer that brought it, whoever it names", () => {
  const { state, router, answers, frame } = desk();
  answers.check = { notYet: "view" };
  router.receive(2, frame(QUESTION, 2));
  for (let count = 0; count < 100; count++) router.receive(3, frame(QUESTION, 2));
  const kept = state.shelf.take((awaited) => awaited === "view").map(([from]) => from);
  assert.deepEqual([kept.includes(2), kept.length], [true, 65]);
});
