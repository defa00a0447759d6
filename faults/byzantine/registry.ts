/** One line per behaviour; `behaviours` is the place of a new one. */
import { arbitrary } from "./arbitrary.ts";
import { badChunk } from "./bad-chunk.ts";
import { type BehaviourDefinition, misfit } from "./behaviour.ts";
import { brokenForwarding } from "./broken-forwarding.ts";
import { equivocate } from "./equivocate.ts";
import { falseCheckpoint } from "./false-checkpoint.ts";
import { falseDecision } from "./false-decision.ts";
import { falseRelay } from "./false-relay.ts";
import { forgedCertificate } from "./forged-certificate.ts";
import { forgedNewView } from "./forged-new-view.ts";
import { forgedProof } from "./forged-proof.ts";
import { forgedRequest } from "./forged-request.ts";
import { forgedSender } from "./forged-sender.ts";
import { garbageStorm } from "./garbage-storm.ts";
import { groundlessNewView } from "./groundless-new-view.ts";
import { hastyDecision } from "./hasty-decision.ts";
import { highestNumber } from "./highest-number.ts";
import { inventedRequest } from "./invented-request.ts";
import { leftBodies } from "./left-bodies.ts";
import { misdirectedRequest } from "./misdirected-request.ts";
import { misleadingView } from "./misleading-view.ts";
import { newKeyStorm } from "./new-key-storm.ts";
import { newViewNull } from "./new-view-null.ts";
import { oldKeyEpoch } from "./old-key-epoch.ts";
import { oneSidedCheckpoints } from "./one-sided-checkpoints.ts";
import { proofForOne } from "./proof-for-one.ts";
import { proofHog } from "./proof-hog.ts";
import { proofShapedOrder } from "./proof-shaped-order.ts";
import { replayedMessages } from "./replayed-messages.ts";
import { replayedRequest } from "./replayed-request.ts";
import { sequenceJump } from "./sequence-jump.ts";
import { silent } from "./silent.ts";
import { splitNewView } from "./split-new-view.ts";
import { spoiltVouches } from "./spoilt-vouches.ts";
import { staleViewChanges } from "./stale-view-changes.ts";
import { starvedClient } from "./starved-client.ts";
import { twoViewChanges } from "./two-view-changes.ts";
import { unheardAcks } from "./unheard-acks.ts";
import { validForSome } from "./valid-for-some.ts";
import { viewClimber } from "./view-climber.ts";
import { vouchedForgery } from "./vouched-forgery.ts";
import { withdrawnCheckpoint } from "./withdrawn-checkpoint.ts";
import { wrongBody } from "./wrong-body.ts";
import { wrongChoice } from "./wrong-choice.ts";
import { wrongReply } from "./wrong-reply.ts";

export const behaviours: readonly BehaviourDefinition[] = [
  equivocate,
  wrongReply,
  wrongBody,
  forgedRequest,
  sequenceJump,
  falseCheckpoint,
  badChunk,
  viewClimber,
  forgedCertificate,
  newViewNull,
  replayedRequest,
  silent,
  forgedSender,
  forgedProof,
  forgedNewView,
  starvedClient,
  replayedMessages,
  falseRelay,
  vouchedForgery,
  validForSome,
  twoViewChanges,
  unheardAcks,
  groundlessNewView,
  splitNewView,
  falseDecision,
  withdrawnCheckpoint,
  highestNumber,
  brokenForwarding,
  oldKeyEpoch,
  newKeyStorm,
  spoiltVouches,
  staleViewChanges,
  wrongChoice,
  proofShapedOrder,
  proofForOne,
  inventedRequest,
  hastyDecision,
  misleadingView,
  misdirectedRequest,
  arbitrary,
  garbageStorm,
  oneSidedCheckpoints,
  proofHog,
  leftBodies,
];

/** What random plans and scenarios of a protocol pick from. */
export function behavioursFor(protocol: string): readonly BehaviourDefinition[] {
  return behaviours.filter((each) => misfit(each, protocol) === null);
}

/** @throws {RangeError} naming those there are */
export function behaviourNamed(name: string): BehaviourDefinition {
  const found = behaviours.find((behaviour) => behaviour.name === name);
  if (found !== undefined) return found;
  const known = behaviours.map((behaviour) => behaviour.name).join(", ");
  throw new RangeError(`there is no behaviour ${name}; there is: ${known}`);
}
