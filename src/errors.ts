/** How an error leaves Millrace: what happened, where, and the mend, under a code that callers can branch on. */
export interface ErrorParts {
  /** What happened, in one clause, with the names involved. */
  what: string;
  /** Where: file and line, stage, topic, partition, offset, request field. */
  where: string;
  /** What the reader does next to mend it. */
  mend: string;
  /** Whether the same call may succeed when simply made again. Default: false. */
  retryable?: boolean;
  cause?: unknown;
}

/**
 * The closed set of codes. Each has one heading in `docs/errors.md`; a test holds the two lists against each other.
 * `MR-<floor>-<number>`: a number is never given to a second meaning.
 */
export const errorCodes = {
  "MR-MODEL-001": "a declaration is not valid",
  "MR-MODEL-002": "a schema cannot be turned into typed columns",
  "MR-MODEL-003": "a name is declared twice",
  "MR-MODEL-004": "a dataset is used but not declared",
  "MR-MODEL-005": "a duration or size cannot be read",
  "MR-MODEL-006": "a project file failed to load",
  "MR-MODEL-007": "a project file did not finish loading in time",
  "MR-MODEL-008": "no project was found",
  "MR-MODEL-009": "a keyed stage reads a topic with another key",
  "MR-MODEL-010": "a time zone is not known",
  "MR-MODEL-011": "a cron expression cannot be read",
  "MR-MODEL-012": "a schedule or a date of it cannot be",
  "MR-MODEL-013": "a DAG is not valid",
  "MR-MODEL-014": "a file that a table is made of is missing",
  "MR-MODEL-015": "a topic's records cannot have the format that is asked for",
  "MR-DATA-001": "a record breaks its schema",
  "MR-DATA-002": "a batch of records is damaged",
  "MR-LOG-001": "the data folder is in use by another process",
  "MR-LOG-002": "the log is damaged",
  "MR-LOG-003": "a topic does not exist",
  "MR-LOG-004": "a partition or partition count is out of range",
  "MR-LOG-005": "an offset is out of range",
  "MR-LOG-006": "a commit was refused: its owner has been replaced",
  "MR-LOG-007": "the disk refused a write",
  "MR-LOG-008": "an identity may not read or write a topic",
  "MR-LOG-009": "the log service is not reachable",
  "MR-LOG-010": "a topic exists with another shape",
  "MR-LOG-011": "a request to the log is malformed or too large",
  "MR-LOG-012": "the state of a stage cannot be restored",
  "MR-STATE-001": "the state store refused a write",
  "MR-STATE-002": "a scheduler has been replaced",
  "MR-STATE-003": "a commit's swap was not made",
  "MR-STATE-004": "a newer Millrace has written the state store",
  "MR-STATE-005": "nobody knows whether a commit was made",
  "MR-FILES-001": "a file's key is not valid",
  "MR-FILES-002": "the file store refused a read or a write",
  "MR-FORMAT-001": "a file's format is not recognised",
  "MR-FORMAT-002": "a file holds no data",
  "MR-FORMAT-003": "a file goes past a limit",
  "MR-FORMAT-004": "a file changed while it was read",
  "MR-FORMAT-005": "a file cannot be read",
  "MR-FORMAT-006": "a file is damaged or cut short",
  "MR-FORMAT-007": "a classifier or a format is not valid",
  "MR-FORMAT-008": "rows of a file do not fit the columns of its table",
  "MR-CATALOG-001": "the catalog has no such entry",
  "MR-CATALOG-002": "a file of the catalog cannot be used",
  "MR-CATALOG-003": "an entry of the catalog has been changed by somebody else",
  "MR-CRAWL-001": "a crawler or the folder of one does not exist",
  "MR-CRAWL-002": "a file took too much to be recognised",
  "MR-CRAWL-003": "a crawl has failed",
  "MR-CRAWL-004": "a table that a source folder is to load is somebody else's",
  "MR-LAKE-001": "a table does not exist",
  "MR-LAKE-002": "a table commit lost its race",
  "MR-LAKE-003": "a table's schema does not fit the data",
  "MR-LAKE-004": "a data file is damaged or missing",
  "MR-LAKE-005": "a table's metadata is damaged or missing",
  "MR-LAKE-006": "a table is declared in a way the lake cannot keep",
  "MR-LAKE-011": "rows of a table are deleted in a way that is not supported",
  "MR-LAKE-012": "a batch of rows holds one key twice",
  "MR-ICE-001": "a request to the Iceberg catalog is not valid",
  "MR-ICE-002": "a table or namespace exists already",
  "MR-ICE-003": "a namespace does not exist",
  "MR-ICE-004": "a namespace is not empty",
  "MR-ICE-005": "a place is not the table's own",
  "MR-ICE-006": "a table of the project may not go",
  "MR-ENGINE-001": "a stage threw on a record",
  "MR-ENGINE-002": "a stage paused itself: too many records fail",
  "MR-ENGINE-003": "a stage emitted to an output it did not declare",
  "MR-ENGINE-004": "a stage emitted a record that breaks the output's schema",
  "MR-ENGINE-005": "a stage or its definition does not exist",
  "MR-ENGINE-006": "a record was late",
  "MR-ENGINE-007": "a record crashes the stage's process",
  "MR-ENGINE-008": "a stage's process died",
  "MR-ENGINE-009": "a stage's saved state cannot be used",
  "MR-SCHED-001": "a DAG does not exist",
  "MR-SCHED-002": "a run or a task of it does not exist, or is not in the state that was asked for",
  "MR-SCHED-003": "a branch chose what does not follow it",
  "MR-SCHED-004": "a task's result does not fit what is done with it",
  "MR-SCHED-005": "an attempt was lost with its worker",
  "MR-SCHED-006": "a task took too long",
  "MR-SCHED-008": "a run's parameters break their schema",
  "MR-SCHED-012": "a loop does not come to its end",
  "MR-SCHED-013": "a pool was never made",
  "MR-SCHED-014": "the DAGs of this Millrace rest",
  "MR-SCHED-007": "a backfill cannot be",
  "MR-SCHED-009": "a timetable in code has failed",
  "MR-SCHED-010": "a release cannot be taken up",
  "MR-SCHED-011": "a release is not kept",
  "MR-TASK-001": "a task's code threw",
  "MR-TASK-002": "a task's result is not JSON",
  "MR-QUALITY-001": "a check has failed",
  "MR-QUALITY-002": "a check does not fit its dataset",
  "MR-QUALITY-003": "a dataset has no checks",
  "MR-QUALITY-004": "a record breaks a check",
  "MR-QUALITY-005": "outliers cannot be looked for as asked",
  "MR-QUALITY-006": "a contract is not kept",
  "MR-QUALITY-007": "the function of a check could not be run",
  "MR-TASK-003": "a task's result is too large",
  "MR-TASK-004": "a task's code cannot be found or loaded",
  "MR-TASK-005": "the process of a task died",
  "MR-TASK-006": "a command failed",
  "MR-TASK-007": "a request failed",
  "MR-TASK-008": "a program that a task needs is not installed",
  "MR-TASK-009": "a stored result is missing or damaged",
  "MR-TASK-010": "a task's settings are not valid",
  "MR-SECRET-001": "a secret is missing",
  "MR-SECRET-002": "a secret that the task does not name",
  "MR-ALERT-001": "an alert was not sent",
  "MR-SQL-001": "the statement could not be parsed",
  "MR-SQL-002": "the statement is not allowed",
  "MR-SQL-003": "the statement reads something that does not exist",
  "MR-SQL-004": "the statement ran out of its time or memory",
  "MR-SQL-005": "the statement failed while it ran",
  "MR-WRANGLE-001": "data cannot be reshaped as asked for",
  "MR-WRANGLE-002": "data is too deep or too wide to be reshaped",
  "MR-WRANGLE-003": "rows cannot be compared as asked for",
  "MR-SQL-006": "the statement was cancelled",
  "MR-SQL-007": "what the statement reads cannot be read now",
  "MR-CONNECT-001": "an outside system cannot be reached",
  "MR-CONNECT-002": "an outside system refuses access",
  "MR-CONNECT-003": "what is asked of an outside system goes past a limit",
  "MR-CONNECT-004": "an outside system could not do what was asked",
  "MR-CONNECT-005": "the library for an outside system is not installed",
  "MR-HTTP-001": "the request is not authorised",
  "MR-HTTP-002": "the request's content type is not supported",
  "MR-HTTP-003": "the request's body is not valid JSON",
  "MR-HTTP-004": "the request is too large",
  "MR-HTTP-005": "there is nothing at this address",
  "MR-HTTP-006": "a request parameter is not valid",
  "MR-HTTP-007": "the host or origin of the request is not allowed",
  "MR-HTTP-008": "the service is busy or paused",
  "MR-HTTP-009": "the port is taken",
  "MR-HTTP-010": "the token does not reach so far",
  "MR-HTTP-011": "the certificate of the service cannot be used",
  "MR-HTTP-012": "somebody else has changed it meanwhile",
  "MR-GOVERN-001": "a token does not exist",
  "MR-GOVERN-002": "no mart is for this audience",
  "MR-STAT-001": "a statistical method is asked for what it cannot do",
  "MR-STAT-002": "there are too few values for a statistical method",
  "MR-STAT-003": "the columns of a matrix depend on one another",
  "MR-STAT-004": "the saved state of a detector cannot be used",
  "MR-WORKER-001": "a worker is of another version than its control plane",
  "MR-WORKER-002": "the bundle of a release is not what it should be",
  "MR-WORKER-003": "work cannot go to another machine",
  "MR-WORKER-004": "the control plane cannot be reached",
  "MR-MIGRATE-001": "nothing is carried over: something is in the way",
  "MR-MIGRATE-002": "what was carried over is not what was there",
  "MR-MIGRATE-003": "what is under the project is carried over, and not all of it is there yet",
  "MR-CLI-001": "a command was not understood",
  "MR-CLI-002": "Millrace is not running for this project",
  "MR-CLI-003": "the run failed",
  "MR-CLI-004": "a dbt project cannot be imported",
  "MR-DEPLOY-001": "a project cannot be deployed so",
  "MR-INTERNAL-001": "Millrace failed in a way it should not",
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** The one error type of Millrace. `code` is what programs read; the message is what people read. */
export class MillraceError extends Error {
  override readonly name = "MillraceError";
  readonly code: ErrorCode;
  readonly parts: ErrorParts;

  constructor(code: ErrorCode, parts: ErrorParts) {
    super(`${code}: ${parts.what}\n  where: ${parts.where}\n  mend:  ${parts.mend}`, { cause: parts.cause });
    this.code = code;
    this.parts = parts;
  }

  get retryable(): boolean {
    return this.parts.retryable ?? false;
  }

  /** The form that crosses processes and leaves by REST. The cause stays behind: it may hold data. */
  toJSON(): ErrorJson {
    const { what, where, mend } = this.parts;
    return { code: this.code, what, where, mend, retryable: this.retryable };
  }

  static fromJSON(json: ErrorJson): MillraceError {
    return new MillraceError(json.code, json);
  }
}

export interface ErrorJson {
  code: ErrorCode;
  what: string;
  where: string;
  mend: string;
  retryable: boolean;
}

/** The error itself when it is ours, else one that wraps it, so that every boundary can rely on a code. */
export function asMillraceError(error: unknown, where: string): MillraceError {
  if (error instanceof MillraceError) return error;
  const what = error instanceof Error ? error.message : String(error);
  return new MillraceError("MR-INTERNAL-001", { what, where, mend: "report this with the log lines around it", cause: error });
}
