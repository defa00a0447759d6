/**
 * A VIEW-CHANGE is relayed to all in place of an acknowledgement to the new primary, so that one
 * rule counts for requests and views alike: the primary rests on K2, backups on K1
 * (protocols §19, §21.2).
 */
import type { Content } from "../../authentication/scheme.ts";
import type { NodeId } from "../../contract/core.ts";
import { encodeRelaySet, RELAY_SET } from "../relays/messages.ts";
import type { RelaySets } from "../relays/relay-sets.ts";
import { type K2, Relays } from "../relays/relays.ts";
import type { HearOf, Statement } from "../relays/sayings.ts";
import type { ReplicaState } from "../replica-state.ts";
import type { Ack, Reference } from "./messages.ts";
import { relayedRecord } from "./records.ts";
import type { ViewChangeClaims } from "./view-change.ts";
import type { Vouching, VouchingParts } from "./vouching.ts";

/** The view that is awaited, and the highest that the author asks for. */
const VIEWS_PER_AUTHOR_MAX = 2;

export class Relaying implements Vouching {
  readonly routes = [];
  readonly #state: ReplicaState;
  readonly #sets: RelaySets;
  readonly #relays: Relays;

  constructor({ state, sets }: VouchingParts) {
    this.#state = state;
    this.#sets = sets;
    this.#relays = new Relays(state.id, state.cluster, {
      authorsMax: state.cluster.replicas,
      slotsMax: VIEWS_PER_AUTHOR_MAX,
      awaited: () => state.view,
    });
  }

  remember(viewChange: ViewChangeClaims): void {
    this.#relays.hear(statementOf(viewChange));
  }

  vouch(viewChange: ViewChangeClaims): void {
    this.#sets.say(statementOf(viewChange));
    this.#state.audit({ e: "vouched", v: viewChange.view, of: viewChange.replica });
  }

  awaits(): void {
    for (const statement of this.#relays.due()) this.#relay(statement);
  }

  readonly hearOf: HearOf = (by, statement) => {
    const { view, active } = this.#state;
    if (statement.slot < view || (statement.slot === view && active)) return false;
    if (!this.#relays.hearOf(by, statement)) return false;
    this.#relay(statement);
    return true;
  };

  /** As durable as what came from its author: others count on being told again. */
  #relay(statement: Statement): void {
    this.#state.persist(relayedRecord(ackOf(statement)));
    this.#sets.say(statement);
  }

  again(view: number, author: NodeId): Content | null {
    const said = this.#relays
      .own()
      .filter((statement) => statement.author === author && statement.slot === view);
    return said.length > 0 ? { type: RELAY_SET, payload: encodeRelaySet(said) } : null;
  }

  isAdmitted(viewChange: ViewChangeClaims): boolean {
    const known: K2 | null = this.#relays.spread(statementOf(viewChange));
    return known !== null;
  }

  isBelieved(view: number, { replica, name }: Reference): boolean {
    return this.#relays.certain({ author: replica, slot: view, digest: name }) !== null;
  }

  vouchersOf({ view, replica, name }: Ack): readonly NodeId[] {
    return this.#relays.relayers({ author: replica, slot: view, digest: name });
  }

  records(): readonly Uint8Array[] {
    const needed = this.#relays.own().filter(({ slot }) => slot >= this.#state.view);
    return needed.map((statement) => relayedRecord(ackOf(statement)));
  }

  recall({ view, replica, name }: Ack): void {
    this.#relays.recall({ author: replica, slot: view, digest: name });
  }
}

function statementOf({ replica, view, digest }: ViewChangeClaims): Statement {
  return { author: replica, slot: view, digest };
}

function ackOf({ author, slot, digest }: Statement): Ack {
  return { view: slot, replica: author, name: digest };
}
