/** `messages.md` and its vectors: what a second implementation has to reproduce, byte for byte. */
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Ed25519Authenticator } from "../../runtime/keys.ts";
import { Channels } from "../authentication/channels.ts";
import { CheckMeter } from "../authentication/check-meter.ts";
import { MacVectors } from "../authentication/mac-vectors.ts";
import { Signatures } from "../authentication/signatures.ts";
import { SigningClient } from "../authentication/signing-client.ts";
import { parametersWith } from "../cluster-parameters.fixture.ts";
import { NULL_DIGEST } from "../contract/audit.ts";
import { withoutSigning } from "../contract/authenticator.ts";
import { clientId } from "../contract/core.ts";
import { PAGE_BYTES } from "../contract/limits.ts";
import { requestSigner } from "../contract/request-signatures.ts";
import type { ClientAuth } from "../contract/traits.ts";
import * as claims from "../pbft/claims/messages.ts";
import { encodePart } from "../pbft/claims/status-part.ts";
import * as pbft from "../pbft/messages.ts";
import * as proofs from "../pbft/proofs/messages.ts";
import {
  encodeFetchRequest,
  encodeRelaySet,
  FETCH_REQUEST,
  RELAY_SET,
} from "../pbft/relays/messages.ts";
import { decodeNewKey } from "../pbft/session-keys/new-key.ts";
import { SessionVectors } from "../pbft/session-keys/session-vectors.ts";
import { encodeFetchState, encodeNodes, encodeStatePages } from "../pbft/state-messages.ts";
import type { Page, PageNode } from "../state/page.ts";
import { PageTree } from "../state/page-tree.ts";
import type { Envelope } from "./envelope.ts";
import {
  decodeReply,
  decodeRequest,
  encodeReply,
  encodeRequest,
  makeBatch,
  requestContent,
} from "./request.ts";

const FILE = new URL("message-vectors.json", import.meta.url);

interface Vectors {
  readonly clusterId: string;
  readonly epoch: number;
  readonly keys: {
    readonly private: Record<string, string>;
    readonly public: Record<string, string>;
  };
  readonly digests: Record<string, string>;
  readonly messages: Record<string, string>;
  /** Messages with algorithm 2, in a cluster of four. */
  readonly tagged: Record<string, string>;
  /** The same REQUEST as its client seals it elsewhere: signed, and over a channel to r0. */
  readonly requests: { readonly signed: string; readonly toR0: string };
  /** A NEW-KEY of r1 in that cluster, and the keys in it: sealed with chance, so read and not made. */
  readonly newKey: { readonly counter: number; readonly frame: string; readonly keys: NamedKeys };
}

type NamedKeys = Readonly<Record<string, string>>;

const vectors = JSON.parse(readFileSync(FILE, "utf8")) as Vectors;
const ALICE = clientId({ host: 0, index: 1 });
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

function envelopesOf(node: number): Signatures {
  return new Signatures(vectors, new Ed25519Authenticator(node, vectors.keys));
}

/** One key of the service, too long for a page with anything else, and one client. */
function exampleState({ authenticator }: Signatures): { state: PageNode; page: Page } {
  const tree = new PageTree((bytes) => authenticator.digest(bytes));
  const long = { key: Uint8Array.of(0, 0x6b), value: new Uint8Array(PAGE_BYTES) };
  const client = { key: Uint8Array.of(1, 0, 1, 0, 1), value: new Uint8Array(9) };
  const page = tree.of([client]);
  if (page.kind !== "page") throw new Error("one entry is one page");
  return { state: tree.of([long, client]), page };
}

/** One message of every type, built from the same few values. */
function examples(): Pick<Vectors, "digests" | "messages"> {
  const [r0, r1, alice] = [envelopesOf(0), envelopesOf(1), envelopesOf(ALICE)];
  const operation = Uint8Array.of(0xca, 0xfe);
  const request = encodeRequest(alice, { timestamp: 17, operation });
  const opened = decodeRequest(r0, r0.open(request) as Envelope);
  if (!opened) throw new Error("the example request is well-formed");
  const batch = makeBatch(r0, [opened]);
  const vote = { view: 4, sequence: 9, digest: batch.digest };
  const checkpoint = { sequence: 128, digest: r0.authenticator.digest(Uint8Array.of(1, 2, 3)) };
  const bare = r0.seal({ type: pbft.PRE_PREPARE, payload: pbft.encodeVote(vote) }, "all");
  const prepare = r1.seal({ type: pbft.PREPARE, payload: pbft.encodeVote(vote) }, "all");
  const signed = r1.seal(
    { type: pbft.CHECKPOINT, payload: pbft.encodeCheckpoint(checkpoint) },
    "all",
  );
  const viewChange = r1.seal(
    {
      type: pbft.VIEW_CHANGE,
      payload: pbft.encodeViewChange({
        view: 5,
        stable: 128,
        checkpoints: [signed],
        prepared: [{ prePrepare: bare, prepares: [prepare] }],
      }),
    },
    "all",
  );
  const status = {
    view: 5,
    active: false,
    stable: 128,
    lastExec: 130,
    part: pbft.encodeViews([0, 5, 0, 6]),
    slots: Uint8Array.of(7, 3, 0),
  };
  const newView = { view: 5, viewChanges: [viewChange], prePrepares: [bare] };
  const { state, page } = exampleState(r0);
  const fetch = { number: 3, sequence: 128, nodes: [{ path: "1", digest: page.digest }] };
  const reply = { view: 4, timestamp: 17, client: ALICE, result: Uint8Array.of(1) };
  const messages = {
    REQUEST: request,
    REPLY: encodeReply(r1, reply),
    "PRE-PREPARE": r0.seal(
      { type: pbft.PRE_PREPARE, payload: pbft.encodeVote(vote) },
      "all",
      batch.bytes,
    ),
    PREPARE: prepare,
    COMMIT: r1.seal({ type: pbft.COMMIT, payload: pbft.encodeVote(vote) }, "all"),
    CHECKPOINT: signed,
    "VIEW-CHANGE": viewChange,
    "NEW-VIEW": r1.seal({ type: pbft.NEW_VIEW, payload: pbft.encodeNewView(newView) }, "all"),
    STATUS: r1.seal({ type: pbft.STATUS, payload: pbft.encodeStatus(status) }, "all"),
    "FETCH-STATE": r1.seal({ type: pbft.FETCH_STATE, payload: encodeFetchState(fetch) }, "all"),
    "STATE-PAGES": r0.seal(
      { type: pbft.STATE_PAGES, payload: encodeStatePages(3) },
      "all",
      encodeNodes([page.bytes]),
    ),
    "FETCH-BODY": r1.seal(
      { type: pbft.FETCH_BODY, payload: pbft.encodeCheckpoint({ ...checkpoint }) },
      "all",
    ),
    BODY: r0.seal(
      { type: pbft.BODY, payload: pbft.encodeCheckpoint({ ...checkpoint }) },
      "all",
      batch.bytes,
    ),
  };
  return {
    digests: { request: opened.digest, batch: batch.digest, state: state.digest },
    messages: Object.fromEntries(Object.entries(messages).map(([name, of]) => [name, hex(of)])),
  };
}

function macsOf(node: number): MacVectors {
  const authenticator = new Ed25519Authenticator(node, vectors.keys);
  return new MacVectors({ ...vectors, replicas: 4 }, authenticator);
}

/** What a client and a replica say to all, and a reply: two vectors, and one tag alone. */
function taggedExamples(): Vectors["tagged"] {
  const vote = { view: 4, sequence: 9, digest: examples().digests["batch"] ?? "" };
  const reply = { view: 4, timestamp: 17, client: ALICE, result: Uint8Array.of(1) };
  const operation = Uint8Array.of(0xca, 0xfe);
  return {
    REQUEST: hex(encodeRequest(macsOf(ALICE), { timestamp: 17, operation })),
    PREPARE: hex(macsOf(1).seal({ type: pbft.PREPARE, payload: pbft.encodeVote(vote) }, "all")),
    REPLY: hex(encodeReply(macsOf(1), reply)),
    ...claimExamples(vote),
    ...proofExamples(vote),
  };
}

/** How something said is made to convince others. */
function proofExamples(vote: pbft.Vote): Vectors["tagged"] {
  const { view, sequence, digest } = vote;
  const said = macsOf(0).seal({ type: pbft.PREPARE, payload: pbft.encodeVote(vote) }, "all");
  const saying = { author: 0, type: pbft.PREPARE, view, sequence, name: digest };
  const r1 = macsOf(1);
  return {
    VOUCH: hex(r1.seal({ type: proofs.VOUCH, payload: proofs.encodeVouch(saying) }, "all")),
    PROVE: hex(r1.seal({ type: proofs.PROVE, payload: proofs.encodeProve(said) }, "all")),
  };
}

/** A view change without signatures. */
function claimExamples({ view, sequence, digest }: pbft.Vote): Vectors["tagged"] {
  const r1 = macsOf(1);
  const base = { sequence: 0, digest: NULL_DIGEST };
  const viewChange = claims.encodeViewChange({
    view: 5,
    stable: 0,
    checkpoints: [base],
    prepared: new Map([[sequence, { view, digest }]]),
    prePrepared: new Map([[sequence, new Map([[digest, view]])]]),
  });
  const said = { type: pbft.VIEW_CHANGE, author: 0, payload: viewChange };
  const name = claims.nameOf(r1, said);
  const newView = claims.encodeNewView({
    view: 5,
    viewChanges: [0, 1, 2].map((replica) => ({ replica, name })),
    selection: { base, chosen: [{ sequence: 1, digest }] },
  });
  const part = encodePart({
    newView: NULL_DIGEST,
    viewChanges: [0, 1, 2, 3].map((of) => ({ view: of, counts: of < 2, vouchers: [of] })),
    wanted: [name],
    again: { first: 3, slots: Uint8Array.of(1) },
  });
  const head = { view: 5, active: false, stable: 128, lastExec: 130 };
  const status = pbft.encodeStatus({ ...head, part, slots: Uint8Array.of(7, 3, 0) });
  const ack = claims.encodeAck({ view: 5, replica: 0, name });
  const decided = pbft.encodeCheckpoint({ sequence, digest });
  const relayed = { author: ALICE, slot: 17, digest };
  const copy = { type: claims.COPY, payload: claims.encodeName(name) };
  return {
    "VIEW-CHANGE": hex(r1.seal({ type: pbft.VIEW_CHANGE, payload: viewChange }, "all")),
    "NEW-VIEW": hex(r1.seal({ type: pbft.NEW_VIEW, payload: newView }, "all")),
    STATUS: hex(r1.seal({ type: pbft.STATUS, payload: status }, "all")),
    "VIEW-CHANGE-ACK": hex(r1.seal({ type: claims.VIEW_CHANGE_ACK, payload: ack }, 0)),
    DECIDED: hex(r1.seal({ type: claims.DECIDED, payload: decided }, 0)),
    COPY: hex(r1.seal(copy, 0, claims.encodeSaid(said))),
    "RELAY-SET": hex(r1.seal({ type: RELAY_SET, payload: encodeRelaySet([relayed]) }, "all")),
    "FETCH-REQUEST": hex(r1.seal({ type: FETCH_REQUEST, payload: encodeFetchRequest(relayed) }, 0)),
  };
}

function requestExamples(): Vectors["requests"] {
  const keys = new Ed25519Authenticator(ALICE, vectors.keys);
  const content = requestContent({ timestamp: 17, operation: Uint8Array.of(0xca, 0xfe) });
  const signing = new SigningClient({ ...vectors, replicas: 4 }, keys, requestSigner(keys));
  const toR0 = new Channels(vectors, keys).seal(content, 0);
  return { signed: hex(signing.seal(content)), toR0: hex(toR0) };
}

function sessionsOf(node: number, clientAuth: ClientAuth = "mac"): SessionVectors {
  const cluster = parametersWith({ ...vectors, replicas: 4, clientAuth });
  const authenticator = withoutSigning(new Ed25519Authenticator(node, vectors.keys));
  return new SessionVectors(cluster, authenticator, { meter: new CheckMeter(), clock: { now: 0 } });
}

if (process.env["UPDATE_VECTORS"] === "1") {
  const made = { ...examples(), tagged: taggedExamples(), requests: requestExamples() };
  const all = { ...vectors, ...made };
  writeFileSync(FILE, `${JSON.stringify(all, null, 2)}\n`);
}

test("every message has the bytes of its vector", () => {
  expect(examples()).toEqual({ digests: vectors.digests, messages: vectors.messages });
});

test("every vector is opened, verified and names its type as the page does", () => {
  const page = readFileSync(new URL("messages.md", import.meta.url), "utf8");
  const all = [
    ...Object.entries(vectors.messages).map((vector) => [envelopesOf(0), ...vector] as const),
    ...Object.entries(vectors.tagged).map(
      (vector) => [macsOf(vector[0] === "REPLY" ? ALICE : 0), ...vector] as const,
    ),
    [sessionsOf(0), "NEW-KEY", vectors.newKey.frame] as const,
  ];
  for (const [scheme, name, bytes] of all) {
    const envelope = scheme.open(Buffer.from(bytes, "hex"));
    expect(envelope && scheme.verify(envelope), name).toBe(true);
    expect(page).toMatch(new RegExp(`\\| ${envelope?.type} +\\| ${name} +\\|`));
  }
  expect(new Set(all.map(([, name]) => name)).size).toBe(page.match(/^\| \d+ /gm)?.length);
});

test("each finds the key that the example of a NEW-KEY has for it", () => {
  const { counter, frame, keys } = vectors.newKey;
  const found = [0, 2, 3].map((reader, at) => {
    const scheme = sessionsOf(reader);
    const newKey = decodeNewKey((scheme.open(Buffer.from(frame, "hex")) as Envelope).payload);
    expect([newKey?.counter, newKey?.asks]).toEqual([counter, true]);
    const place = { at, about: scheme.about(1, counter) };
    return [
      `r${reader}`,
      hex(scheme.exchange.open(1, newKey?.sealed ?? new Uint8Array(0), place) ?? new Uint8Array(0)),
    ];
  });
  expect(Object.fromEntries(found)).toEqual(keys);
});

test("a changed byte, another cluster or another epoch is refused", () => {
  const bytes = Buffer.from(vectors.messages["REPLY"] ?? "", "hex");
  const envelopes = envelopesOf(0);
  const envelope = envelopes.open(bytes);
  expect(envelope && decodeReply(envelope)?.timestamp).toBe(17);
  for (const other of [{ epoch: vectors.epoch + 1 }, { clusterId: "ff".repeat(16) }]) {
    const authenticator = new Ed25519Authenticator(0, vectors.keys);
    expect(new Signatures({ ...vectors, ...other }, authenticator).open(bytes)).toBe(null);
  }
  bytes[40] = (bytes[40] ?? 0) ^ 1;
  const changed = envelopes.open(bytes);
  expect(changed && envelopes.verify(changed)).toBe(false);
});

test("messages with tags have the bytes of their vectors, and convince whom they are for", () => {
  expect(taggedExamples()).toEqual(vectors.tagged);
  const readers = { REQUEST: [0, 1, 2, 3], PREPARE: [0, 2, 3], REPLY: [ALICE] };
  for (const [name, expected] of Object.entries(readers)) {
    const bytes = Buffer.from(vectors.tagged[name] ?? "", "hex");
    const believers = [0, 1, 2, 3, ALICE].filter((node) => {
      const envelope = macsOf(node).open(bytes);
      return envelope !== null && macsOf(node).verify(envelope);
    });
    expect(believers, name).toEqual(expected);
    expect(envelopesOf(0).open(bytes), "no message of signatures").toBe(null);
  }
});

test("protocols §19.7: a signed request has the bytes of its vector, and each its entry", () => {
  expect(requestExamples()).toEqual(vectors.requests);
  const bytes = Buffer.from(vectors.requests.signed, "hex");
  for (const replica of [0, 1, 2, 3]) {
    const scheme = sessionsOf(replica, "signature");
    const envelope = scheme.open(bytes) as Envelope;
    expect(scheme.isForReader(envelope)).toBe(true);
    expect(scheme.verify(envelope)).toBe(true);
    const unsigned = Buffer.from(vectors.tagged["REQUEST"] ?? "", "hex");
    expect(scheme.open(unsigned), "clients have to sign").toBe(null);
    expect(sessionsOf(replica).open(bytes), "they need not, so they must not").toBe(null);
  }
  const toR0 = Buffer.from(vectors.requests.toR0, "hex");
  const believers = [0, 1].filter((replica) => {
    const channels = new Channels(vectors, new Ed25519Authenticator(replica, vectors.keys));
    return channels.verify(channels.open(toR0) as Envelope);
  });
  expect(believers).toEqual([0]);
});
