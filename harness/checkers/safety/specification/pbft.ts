/** PBFT: what all of its variants have in common (protocols §5 to §9, §13). */

import { counting, entering, type ViewRules } from "./entering.ts";
import {
  becomingStable,
  beingCorrupt,
  executing,
  installing,
  takingCheckpoint,
} from "./execution.ts";
import { leaving } from "./leaving.ts";
import type { Marks } from "./marks.ts";
import { acceptance, deciding, preparing } from "./ordering.ts";
import { starting } from "./restart.ts";
import { allowed, type Specification } from "./step.ts";
import { accusing } from "./vouching.ts";

export function pbft(marks: Marks, views: ViewRules): Specification {
  return {
    boot: starting,
    preprepared: acceptance(marks),
    prepared: preparing,
    committed: deciding(marks),
    decided: deciding(marks),
    executed: executing,
    checkpoint: takingCheckpoint,
    stable: becomingStable,
    viewchange: leaving,
    claims: counting,
    newview: entering(views),
    installed: installing,
    corrupt: beingCorrupt,
    evidence: accusing,
    // What is refused, and when it is due, changes nothing.
    reject: allowed,
    timer: allowed,
  };
}
