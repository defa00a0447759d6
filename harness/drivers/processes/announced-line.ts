/** An audit line that a replica tells as soon as it has written it, for faults that wait for it. */
import { z } from "zod";
import { AUDIT_KINDS } from "../../../nodes/protocols/contract/audit-events.ts";

/** Checked, because the process that tells it may be a lying one. */
export const announcedLine = z.object({
  e: z.enum(AUDIT_KINDS),
  /** Monotonic ns, which all processes of one host share. */
  time: z.number().min(0),
  v: z.int().min(0).optional(),
  n: z.int().min(0).optional(),
});
export type AnnouncedLine = z.output<typeof announcedLine>;
