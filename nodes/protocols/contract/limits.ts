/**
 * How large what enters may be. Sizes are limited where they enter (at the client, at the replica
 * that first sees a request, in the service), so that nothing a replica makes of them can outgrow a
 * frame, a queue or a record: what is accepted once can always be passed on, logged and answered.
 */

const KIB = 1_024;
const MIB = 1_024 * KIB;

/** The longest body of a frame between authenticated peers; a longer one ends the connection. */
export const FRAME_BYTES_MAX = 16 * MIB;

/** What an envelope adds to its payload: header, sender, and a signature or a vector of tags. */
export const ENVELOPE_BYTES_MAX = KIB;

/** A key of a service's state: a name, not content. */
export const KEY_BYTES_MAX = KIB;

/** One value of a service's state, however it came to be: also after the last of many appends. */
export const VALUE_BYTES_MAX = MIB;

/** What a client asks for: a `cas` carries two values and a key, with their lengths. */
export const OPERATION_BYTES_MAX = 2 * VALUE_BYTES_MAX + 2 * KEY_BYTES_MAX;

/** What a service answers: a value, or the largest result the `null` service can be given. */
export const RESULT_BYTES_MAX = 2 * MIB;

/** A REQUEST as its client sealed it: what is queued, forwarded and batched. */
export const REQUEST_BYTES_MAX = OPERATION_BYTES_MAX + ENVELOPE_BYTES_MAX;

/** A REPLY: every client table holds one result a client, so that it can be sent again. */
export const REPLY_BYTES_MAX = RESULT_BYTES_MAX + ENVELOPE_BYTES_MAX;

/** Far more requests than pay: beyond some hundred only the waiting grows. */
export const BATCH_REQUESTS_MAX = 4_096;

/**
 * The bodies of one batch: the largest request always fits, and half a queue for one peer (8 MiB)
 * holds a PRE-PREPARE or a BODY, so that one batch never pushes out the other.
 */
export const BATCH_BYTES_MAX = 4 * MIB;

/**
 * A record of the log that holds messages: a NEW-VIEW may fill a frame, a decided batch comes with
 * its COMMITs. Snapshots are not messages and have a size of their own.
 */
export const MESSAGE_RECORD_BYTES_MAX = FRAME_BYTES_MAX + ENVELOPE_BYTES_MAX;

/**
 * Entries of the replicated state in one page of its tree; a single entry may be larger. Small,
 * because a checkpoint digests and logs each page in which anything changed.
 */
export const PAGE_BYTES = 16 * KIB;

/** One entry of the state: a key of the service with its value, or a client with its result. */
export const ENTRY_BYTES_MAX = RESULT_BYTES_MAX + KEY_BYTES_MAX + 64;

/** What a state transfer asks for at once: short on a slow link, long against the round trip. */
export const PAGES_ANSWER_BYTES = 256 * KIB;
