/** The few shapes of PromQL that the dashboards are made of. */

/**
 * The last value in the time that is shown. A run that is over sends nothing any more, and a plain
 * selector finds nothing five minutes later.
 */
export function last(selector: string): string {
  return `last_over_time(${selector}[$__range])`;
}

/**
 * Of a counter, a second, between its last two samples. Grafana's own interval for rates is made
 * for one period of scraping; a long run is sampled less often than a short one (up to half a
 * minute apart in a run of an hour), and where a window holds less than two there is no rate.
 */
export function perSecond(counter: string): string {
  return `irate(${counter}[1m])`;
}

/** The quantile of what a histogram took in between its last two samples, for each of `by`. */
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
