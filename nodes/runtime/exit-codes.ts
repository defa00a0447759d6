/** How a replica process ends. Anything but `clean` comes with one line on stderr. */
export const EXIT = {
  /** SIGTERM. */
  clean: 0,
  /**
   * The log lost or changed what had been durable, or cannot say that it did not: this replica has
   * amnesia and must not go on.
   */
  corruptLog: 65,
  /** The log is whole, but of another replica, cluster, epoch, protocol, service or format. */
  foreignLog: 66,
  /** The address to listen on is taken. */
  cannotListen: 69,
  /** A broken invariant of our own, or any other exception: a bug. */
  bug: 70,
  /** An fsync or a write failed, or the disk is full. */
  disk: 74,
  /** The configuration file is missing or wrong. */
  configuration: 78,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
