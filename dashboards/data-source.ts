/** The Prometheus that `grafana/provisioning/datasources` sets up; a test compares the two. */
export const dataSource = { type: "prometheus", uid: "bft-chaos-prometheus" } as const;
