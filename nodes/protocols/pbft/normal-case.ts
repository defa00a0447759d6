/** Request, PRE-PREPAREs, PREPAREs, COMMITs and replies of a batch of one (protocols §6.7). */
export function normalCaseMessages(replicas: number): number {
  const backups = replicas - 1;
  return 1 + backups + backups ** 2 + replicas * backups + replicas;
}
