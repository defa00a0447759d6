/** The few shapes of PromQL that the dashboards are made of. */

/**
 * The last value in the time that is shown. A run that is over sends nothing any more, and a plain
 * selector finds nothing five minutes later.
 */
export function last(selector: string): string {
  return `last_over_time(${selector}[$__range])`;
}

/** Of a counter, a second. */
export function perSecond(counter: string): string {
  return `rate(${counter}[$__rate_interval])`;
}

/** The quantile of a histogram within the last moments, for each of the labels `by`. */
export function recentQuantile(quantile: number, buckets: string, by: readonly string[]): string {
  const labels = ["le", ...by].join(", ");
  return `histogram_quantile(${quantile}, sum by (${labels}) (${perSecond(buckets)}))`;
}

/** The mean of a histogram over all of the time that is shown. */
export function mean(histogram: (part: "sum" | "count") => string, by: readonly string[]): string {
  const sum = (part: "sum" | "count"): string =>
    `sum by (${by.join(", ")}) (increase(${histogram(part)}[$__range]))`;
  return `${sum("sum")} / ${sum("count")}`;
}
