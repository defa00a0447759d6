/**
 * COPY (protocols §20.8): what others said, brought by anybody. It proves itself by the name under
 * which it was asked for, and nothing else about it.
 */
import type { Content } from "../../authentication/scheme.ts";
import { NEW_VIEW, VIEW_CHANGE } from "../messages.ts";
import type { Answer, Route } from "../route.ts";
import {
  COPY,
  decodeName,
  decodeNewView,
  decodeSaid,
  encodeName,
  encodeSaid,
  nameOf,
  type Said,
} from "./messages.ts";
import type { HeldNewView, Unsigned } from "./unsigned.ts";
import { readViewChange } from "./view-change.ts";

/** VIEW-CHANGEs that the NEW-VIEW which is sought names, and the NEW-VIEW that others entered. */
export function wantedNames(unsigned: Unsigned): readonly string[] {
  const { sought, enteredByOthers, held } = unsigned;
  const names = (sought?.viewChanges ?? []).map(({ name }) => name);
  const missing = names.filter((name) => held.named(name) === undefined);
  if (!enteredByOthers || newViewNamed(unsigned, enteredByOthers.name)) return missing;
  return [...missing, enteredByOthers.name];
}

export function newViewNamed(unsigned: Unsigned, name: string): HeldNewView | undefined {
  const { kept, fetched, newView } = unsigned;
  return [newView, fetched, ...kept.values()].find((each) => each?.name === name) ?? undefined;
}

/** @returns null if it is not here */
export function copyOf(
  unsigned: Unsigned,
  name: string,
): { readonly content: Content; readonly said: Uint8Array } | null {
  const said = saidAs(unsigned, name);
  return said && { content: { type: COPY, payload: encodeName(name) }, said: encodeSaid(said) };
}

function saidAs(unsigned: Unsigned, name: string): Said | null {
  const viewChange = unsigned.held.named(name);
  if (viewChange) {
    return { type: VIEW_CHANGE, author: viewChange.replica, payload: viewChange.payload };
  }
  const newView = newViewNamed(unsigned, name);
  return newView ? { type: NEW_VIEW, author: newView.author, payload: newView.payload } : null;
}

interface Named {
  readonly name: string;
  readonly said: Said;
}

export function copyRoute(unsigned: Unsigned): Route<Named> {
  const { viewChange, newView } = unsigned.longest;
  const longest = new Map([
    [VIEW_CHANGE, viewChange],
    [NEW_VIEW, newView],
  ]);
  return {
    name: "COPY",
    firstHand: true,
    byDigest: true,
    decode({ payload, attachment }) {
      const name = decodeName(payload);
      const said = decodeSaid(attachment);
      return name === null || said === null ? "malformed" : { name, said };
    },
    check({ name, said }) {
      const bytesMax = longest.get(said.type);
      if (bytesMax === undefined) return { refused: "type" };
      if (said.payload.length > bytesMax) return { refused: "too large" };
      return wantedNames(unsigned).includes(name) ? "yes" : "no";
    },
    take({ name, said: read }) {
      const said = { ...read, payload: read.payload.slice() };
      if (nameOf(unsigned.scheme, said) !== name) return { refused: "digest" };
      if (said.type === VIEW_CHANGE) return takeViewChange(unsigned, said);
      return takeNewView(unsigned, said, name);
    },
  };
}

/** Its primary named what no honest replica says, which is not the fault of who brought it. */
function takeViewChange(unsigned: Unsigned, { author, payload }: Said): Answer {
  const { state, scheme, held } = unsigned;
  if (author >= state.cluster.replicas) return "no";
  const viewChange = readViewChange({ scheme, cluster: state.cluster }, author, payload);
  if (typeof viewChange === "string") return "no";
  held.add(viewChange, { isCertain: false });
  return "yes";
}

function takeNewView(unsigned: Unsigned, { author, payload }: Said, name: string): Answer {
  const { state } = unsigned;
  const message = decodeNewView(payload, state.cluster);
  if (!message || state.primary(message.view) !== author) return "no";
  unsigned.fetched = { ...message, author, name, payload };
  return "yes";
}
