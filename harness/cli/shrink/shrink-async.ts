import { type Shrinking, type Shrunk, shrinking } from "../../plan/shrink.ts";

/** `shrink`, where it takes a while to know. */
export async function shrinkAsync<Case>(
  first: Case,
  fails: (candidate: Case) => Promise<boolean>,
  options: Shrinking<Case>,
): Promise<Shrunk<Case>> {
  const search = shrinking(first, options);
  let step = search.next();
  while (step.done !== true) step = search.next(await fails(step.value));
  return step.value;
}
