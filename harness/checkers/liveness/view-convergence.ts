import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import { liveView, type Standing, type ViewMembers } from "../../observations/live-view.ts";
import { membershipOf } from "../../plan/tolerance.ts";
import type { Checker } from "../checker.ts";
import { provenOutcome } from "../proof.ts";
import { leftBehind, type Race } from "./stretches.ts";

/**
 * L-3: a view that enough good replicas are active in takes in all that it has left behind. Who
 * gave it up is ahead, and may be: up to f of them must not go back.
 */
export const viewConvergence: Checker = {
  id: "L-3",
  summary: "no good replica that nothing strikes stays behind the view in which the others work",
  idle: "no good replica was behind the view of the others",
  promise: "liveness",
  needs: ["ledger", "audits"],
  judges: ["views"],
  check(input) {
    const members = membershipOf(input.observations.plan.cluster);
    const race = new Views({ ...members, lying: members.replicas - input.good.size });
    const { judged, violations } = leftBehind(input, race, 1);
    return provenOutcome(input, judged, violations);
  },
};

class Views implements Race {
  /** They may give up the view. */
  readonly isRelative = true;
  readonly #members: ViewMembers;
  readonly #standings = new Map<number, Standing>();
  #live: number | null = null;

  constructor(members: ViewMembers) {
    this.#members = members;
  }

  follow(record: AuditRecord): boolean {
    if (record.e !== "boot" && record.e !== "viewchange" && record.e !== "newview") return false;
    // Whether it was changing its view when it died only its next line tells.
    this.#standings.set(record.replica, { view: record.v, active: record.e !== "viewchange" });
    this.#live = liveView([...this.#standings.values()], this.#members);
    return true;
  }

  isBehind(replica: number): boolean {
    const own = this.#standings.get(replica);
    if (own === undefined || this.#live === null) return false;
    return own.view < this.#live || (own.view === this.#live && !own.active);
  }

  describe(replica: number): string {
    const own = this.#standings.get(replica);
    const where = own?.active === false ? "waited for" : "was in";
    return `r${replica} ${where} view ${own?.view} and stayed behind view ${this.#live}`;
  }
}
