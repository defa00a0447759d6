/** What stands in for signatures: words about others, and keys (protocols §2.9, §19, §20.5). */
import { refuse, type Step } from "./step.ts";

/** Only what its author sent, and the first of it. */
export const vouching: Step<"vouched"> = (state, line, { witnesses, weigh }) => {
  const { v, of } = line;
  if (of === state.id) return refuse("20.5", "nobody vouches for himself");
  const name = `${v} ${of}`;
  if (state.vouched.has(name)) return refuse("20.5", "it had vouched for another one");
  state.vouched.add(name);
  if (witnesses.mayHaveAskedFor(of, v, line.time)) return null;
  return weigh(line, refuse("20.5", `r${of} sent no VIEW-CHANGE for view ${v}`), [of]);
};

/** Counters of keys only rise, and the own one survives. */
export const keying: Step<"keys"> = (state, { of, counter }) => {
  const known = state.keys.get(of) ?? -1;
  if (counter <= known) return refuse("2.9", `it knows of counter ${known} of r${of}`);
  state.keys.set(of, counter);
  return null;
};

/** A good replica says one thing in one place; another is told of once (protocols §6.2, §12.6). */
export const accusing: Step<"evidence"> = (state, { against, what, v, n }, { witnesses }) => {
  if (witnesses.isOne(against)) return refuse("6.2 (3)", `r${against} is good, and so no ${what}`);
  const place = `${v} ${n}`;
  if (state.accused.has(place)) return refuse("12.6", `it has evidence at (v=${v}, n=${n})`);
  state.accused.add(place);
  return null;
};
