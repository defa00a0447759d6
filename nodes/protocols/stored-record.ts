/**
 * What a replica finds in its own log passed the log's checks, and still does not decode: another
 * version wrote it, or a disk lies. It is no bug of this replica, and it must not go on without the
 * record (protocols §13.2): the runtime ends it as one whose log is damaged.
 */
export class StoredRecordError extends Error {
  override readonly name = "StoredRecordError";
}

/** @throws {StoredRecordError} */
export function expectStored(condition: boolean, what: string): asserts condition {
  if (!condition) throw new StoredRecordError(`a record of the log does not decode: ${what}`);
}
