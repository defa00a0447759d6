/** When a replica's log reaches the disk; `none` keeps nothing, so a crash forgets everything. */
export const DURABILITIES = ["none", "group-commit", "fsync-each"] as const;
export type Durability = (typeof DURABILITIES)[number];
