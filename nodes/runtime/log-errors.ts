/** Why a replica does not start with the log it finds. Nothing of that log is changed. */

/** The log lost or changed something that had been durable, or cannot say that it did not. */
export class LogCorruptError extends Error {
  override readonly name = "LogCorruptError";

  constructor(what: string) {
    super(
      `${what}. This replica may have forgotten what it said and must not vote: put the file back ` +
        "as it was, or take the replica out of the cluster; started on an empty data directory it " +
        "has amnesia and is one of the f faulty ones",
    );
  }
}

/** A whole log, but not one that this replica may go on with. */
export class ForeignLogError extends Error {
  override readonly name = "ForeignLogError";

  constructor(directory: string, differences: readonly string[]) {
    super(
      `${directory}: ${differences.join("; ")}. Nothing was changed there: give this replica its ` +
        "own data directory, or the configuration that the log was written under",
    );
  }
}
