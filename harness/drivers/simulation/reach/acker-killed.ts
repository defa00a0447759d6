import { type Goal, recordsOf, UNSIGNED } from "./goal.ts";

/** What it vouched for has to outlive it: others count on being told again (protocols §20.8). */
export const ackerKilled: Goal = {
  name: "acker-killed",
  summary: "who vouched for a VIEW-CHANGE of V is killed before the NEW-VIEW is sent",
  protocols: UNSIGNED,
  isSeenIn({ logs, kills }) {
    const vouched = logs.flatMap((log) => recordsOf(log, "vouched"));
    const sent = firstOfEachView(logs.flatMap((log) => recordsOf(log, "newview")));
    return vouched.some(({ v, of, replica, time }) => {
      const view = sent.get(v);
      if (!view?.from.includes(of)) return false;
      return kills.some(
        (kill) => kill.replica === replica && kill.time > time && kill.time < view.time,
      );
    });
  },
};

/** The primary enters it when it sends its NEW-VIEW, so before everybody else. */
function firstOfEachView<View extends { readonly v: number; readonly time: number }>(
  views: readonly View[],
): ReadonlyMap<number, View> {
  const first = new Map<number, View>();
  for (const view of views.toSorted((a, b) => b.time - a.time)) first.set(view.v, view);
  return first;
}
