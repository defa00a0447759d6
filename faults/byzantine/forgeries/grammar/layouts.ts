/**
 * The layouts of all messages, as `nodes/protocols/wire/messages.md` has them: what a liar has to
 * know of a protocol to change anything in it, and nothing more. A test holds them against what
 * honest replicas send.
 */
import {
  COPY,
  DECIDED,
  VIEW_CHANGE_ACK,
} from "../../../../nodes/protocols/pbft/claims/messages.ts";
import {
  BODY,
  CHECKPOINT,
  COMMIT,
  FETCH_BODY,
  FETCH_STATE,
  NEW_VIEW,
  PRE_PREPARE,
  PREPARE,
  STATE_PAGES,
  STATUS,
  VIEW_CHANGE,
} from "../../../../nodes/protocols/pbft/messages.ts";
import { PROVE, VOUCH } from "../../../../nodes/protocols/pbft/proofs/messages.ts";
import { FETCH_REQUEST, RELAY_SET } from "../../../../nodes/protocols/pbft/relays/messages.ts";
import { NEW_KEY } from "../../../../nodes/protocols/pbft/session-keys/new-key.ts";
import type { Envelope } from "../../../../nodes/protocols/wire/envelope.ts";
import { REPLY, REQUEST } from "../../../../nodes/protocols/wire/request.ts";
import { type Layout, type Many, type Tree, takenApart } from "./layout.ts";

/** By type of message. */
export type Layouts = ReadonlyMap<number, Layout>;

const VOTE: Layout = ["view", "number", "digest"];
const NUMBERED: Layout = ["number", "digest"];
const MESSAGES: Many = many(["message"]);
const STATEMENT: Layout = ["node", "number", "digest"];
const RELAYS: Layout = [many(STATEMENT)];
const CLAIMS: Many = many(["number", "view", "digest"]);

const COMMON: readonly (readonly [number, Layout])[] = [
  [REQUEST, ["number", "bytes"]],
  [REPLY, ["view", "number", "node", "bytes"]],
  [PRE_PREPARE, VOTE],
  [PREPARE, VOTE],
  [COMMIT, VOTE],
  [CHECKPOINT, NUMBERED],
  [FETCH_STATE, ["node", "number", { many: ["path", "digest"], counted: "u16" }]],
  [STATE_PAGES, ["node"]],
  [FETCH_BODY, NUMBERED],
  [BODY, NUMBERED],
  [DECIDED, NUMBERED],
];

const CERTIFIED: readonly (readonly [number, Layout])[] = [
  [VIEW_CHANGE, ["view", "number", MESSAGES, many(["message", MESSAGES])]],
  [NEW_VIEW, ["view", MESSAGES, MESSAGES]],
  [STATUS, ["view", "flag", "number", "number", many(["view"]), "bytes"]],
];

const KNOWN = many(["view", "flag", { many: ["count"], counted: "u16" }]);

const CLAIMED: readonly (readonly [number, Layout])[] = [
  [VIEW_CHANGE, ["view", "number", many(NUMBERED), CLAIMS, CLAIMS]],
  [NEW_VIEW, ["view", many(["node", "digest"]), ...NUMBERED, many(["digest"])]],
  [
    STATUS,
    [
      ...(["view", "flag", "number", "number", "digest"] as const),
      KNOWN,
      many(["digest"]),
      ...(["number", "bytes", "bytes"] as const),
    ],
  ],
  [COPY, ["digest"]],
];

/** Payloads, where a change of views carries what was said. */
export const certifiedLayouts: Layouts = new Map([
  ...COMMON,
  ...CERTIFIED,
  [VOUCH, ["node", "flag", "view", "number", "digest"]],
  [PROVE, ["message"]],
  [RELAY_SET, RELAYS],
  [FETCH_REQUEST, STATEMENT],
  [NEW_KEY, ["number", "flag", "bytes"]],
]);

/** Payloads, where it carries claims. */
export const claimedLayouts: Layouts = new Map([
  ...COMMON,
  ...CLAIMED,
  [VIEW_CHANGE_ACK, ["view", "node", "digest"]],
  [RELAY_SET, RELAYS],
  [FETCH_REQUEST, STATEMENT],
  [NEW_KEY, ["number", "flag", "bytes"]],
]);

/** Attachments, of those that have one. */
export const attachmentLayouts: Layouts = new Map<number, Layout>([
  [PRE_PREPARE, [MESSAGES]],
  [BODY, [MESSAGES]],
  [STATE_PAGES, [many(["bytes"])]],
  [COPY, ["flag", "node", "rest"]],
]);

function many(layout: Layout): Many {
  return { many: layout, counted: "u32" };
}

/** The payload by its layout; null for what has another, or is of no known type. */
export function treeOf({ type, payload }: Envelope, layouts: Layouts): Tree | null {
  const layout = layouts.get(type);
  return layout === undefined ? null : takenApart(layout, payload);
}
