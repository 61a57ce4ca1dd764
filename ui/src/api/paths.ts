// Written by scripts/generate-client.ts from the routes of the server. Not to be edited.

export type Error = {
  "error": {
    "code": string;
    "what": string;
    "where": string;
    "mend": string;
    "retryable": boolean;
  };
};

export interface paths {
  "/api/v1/status": {
    parameters: {};
    /** The state of the project: stages, topics, tables, sources. */
    get: {
      parameters: {
      };
      responses: {
        200: { content: { "application/json": {
          "project": string;
          "release": string;
          "startedAt": string;
          "idle": boolean;
          "planes": ({
            "id": string;
            /** It is the one that answers: figures of stages and services are of its own processes. */
            "self": boolean;
            "machine": string | null;
            "pid": number | null;
            "since": string | null;
            "lastSeen": string;
            /** The release that its DAGs run. */
            "release": string | null;
            /** It holds nothing as long as others work: it only looks, or cannot run what the others run. */
            "standsBack": boolean;
            /** The parts of the DAGs that it runs. */
            "shards": (number)[];
            "stages": (string)[];
            /** What it does for all of them. */
            "duties": (string)[];
            "problem": {
              "code": string;
              "what": string;
              "where": string;
              "mend": string;
              "retryable": boolean;
            } | null;
          })[];
          "services": ({
            "name": string;
            "pid": number | null;
            "restarts": number;
          })[];
          /** What stages use is charged by: the configuration's `prices`. */
          "prices": {
            "currency": string;
            "coreHour": number;
            "gibHour": number;
          } | null;
          "stages": ({
            "name": string;
            "kind": string;
            "state": "running" | "starting" | "paused" | "failed" | "drained" | "stopped";
            "reason"?: string;
            "instances": ({
              "pid": number;
              "memoryBytes": number;
              "cpuSeconds": number;
              "startedAt": string;
              "restarts": number;
              /** Where it is, when it is a worker's. */
              "machine"?: string;
            })[];
            "scale": {
              "min": number;
              "max": number;
            };
            "recordsInPerSecond": number;
            "recordsOutPerSecond": number;
            /** On Kafka, which counts ends of transactions too, at most so many; so are dead letters and late records. */
            "recordsIn": number;
            "recordsOut": number;
            "lagRecords": number | null;
            "deadLetters": number;
            "lateRecords": number;
            /** What its processes have used since midnight UTC. */
            "today": {
              "cpuSeconds": number;
              "memoryGibSeconds": number;
            };
            /** Records that break a check which lets them through, once for each check, since the control plane's start. */
            "warnedRecords": number;
            "lastError"?: {
              "code": string;
              "what": string;
              "where": string;
              "mend": string;
              "retryable": boolean;
              "at": string;
            };
          })[];
          "topics": ({
            "name": string;
            /** On Kafka, which counts ends of transactions too, at most so many. */
            "records": number;
            "bytes": number;
            "partitions": number;
            /** When the log took the newest record; null while that is not known. */
            "newestAt": string | null;
            /** Records that came, whoever wrote them: the mean of the last ten seconds. */
            "recordsPerSecond": number;
          })[];
          "tables": ({
            "name": string;
            "rows": number;
            "snapshot": string | null;
            "files": number;
            /** When the current snapshot was committed. */
            "newestAt": string | null;
          })[];
          "external": ({
            "name": string;
            "kind": "files" | "postgres";
            "at": string;
          })[];
          "marts": ({
            "name": string;
            "readers": (string)[];
            "tables": number;
            /** Tokens that open it now. */
            "tokens": number;
          })[];
          "sources": ({
            "name": string;
            "bounded": boolean;
            "progress"?: {
              "done": number;
              "total": number | null;
            };
            "ended": boolean;
          })[];
          "problems": ({
            "code": string;
            "what": string;
            "where": string;
            "mend": string;
            "retryable": boolean;
            "file": string;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/attention": {
    parameters: {};
    /** What needs a person now, the gravest first. */
    get: {
      parameters: {
      };
      responses: {
        200: { content: { "application/json": {
          "items": ({
            "kind": "problem" | "stage" | "dead-letters" | "check" | "run" | "approval" | "alert";
            /** Of the stage, dataset or DAG; of a problem, the file. */
            "name": string;
            /** `bad`: something is broken. `warn`: something piles up. `wait`: somebody is waited for. `hold`: somebody has stopped it. */
            "tone": "bad" | "warn" | "wait" | "hold";
            "text": string;
            "at": string | null;
            "run": string | null;
            "task": string | null;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/pipelines": {
    parameters: {};
    /** The parts of the project's graph that have nothing to do with one another: their stages, topics and tables. */
    get: {
      parameters: {
      };
      responses: {
        200: { content: { "application/json": {
          "pipelines": ({
            "name": string;
            "stages": (string)[];
            "topics": (string)[];
            "tables": (string)[];
            /** The node of the graph before and behind which most of it stands. */
            "middle": string;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/summary": {
    parameters: {};
    /** The results of the project's summary queries. */
    get: {
      parameters: {
      };
      responses: {
        200: { content: { "application/json": {
          "results": ({
            "name": string;
            "title": string;
            "sql": string;
            "columns": ({
              "name": string;
              "type": string;
            })[];
            "rows": ((unknown)[])[];
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/manifest": {
    parameters: {};
    /** The project as it was declared. */
    get: {
      parameters: {
      };
      responses: {
        200: { content: { "application/json": {
          [name: string]: unknown;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/graph": {
    parameters: {};
    /** The project as a graph: what runs, the datasets between, and what reads and writes what. */
    get: {
      parameters: {
      };
      responses: {
        200: { content: { "application/json": {
          "release": string;
          "nodes": ({
            "id": string;
            "kind": "source" | "topic" | "stage" | "sink" | "table" | "view" | "external" | "dag" | "task";
            "name": string;
            /** What kind of stage, table, schedule or task. */
            "form": string;
            /** Of a task: its DAG. */
            "parent"?: string;
            /** Made by Millrace for another one. */
            "internal"?: boolean;
          })[];
          "edges": ({
            "from": string;
            "to": string;
            /** Rows or records go along it; or what is behind waits for what is before. */
            "kind": "data" | "order";
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/openapi.json": {
    parameters: {};
    /** This interface as an OpenAPI 3.1 document. */
    get: {
      parameters: {
      };
      responses: {
        200: { content: { "application/json": {
          [name: string]: unknown;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/livez": {
    parameters: {};
    /** Answers while the process does. */
    get: {
      parameters: {
      };
      responses: {
        200: { content: { "text/plain; charset=utf-8": string } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/readyz": {
    parameters: {};
    /** Whether records would be taken now. The reasons against it are told by `/api/v1/ready`. */
    get: {
      parameters: {
      };
      responses: {
        200: { content: { "text/plain; charset=utf-8": string } };
        503: { content: { "text/plain; charset=utf-8": string } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/ready": {
    parameters: {};
    /** Whether records would be taken now, and why not. */
    get: {
      parameters: {
      };
      responses: {
        200: { content: { "application/json": {
          "ready": boolean;
          "reasons": (string)[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/metrics": {
    parameters: {};
    /** Metrics in Prometheus' text format. */
    get: {
      parameters: {
      };
      responses: {
        200: { content: { "text/plain; version=0.0.4; charset=utf-8": string } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/live": {
    parameters: {};
    /** Follows the project as server-sent events: its status, at most once a second, and hints of what else has changed. */
    get: {
      parameters: {
      };
      responses: {
        200: { content: { "text/event-stream": string } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/sessions/invite": {
    parameters: {};
    /** Makes a code that signs a browser in to the web interface: once, and within ten minutes. */
    post: {
      parameters: {
      };
      responses: {
        200: { content: { "application/json": {
          "secret": string;
          "expiresAt": string;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/sessions": {
    parameters: {};
    /** Gives a code from a link for a session of a week, which is sent as a token is. */
    post: {
      parameters: {
      };
      requestBody: { content: { "application/json": {
        "code": string;
      } } };
      responses: {
        200: { content: { "application/json": {
          "secret": string;
          "expiresAt": string;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/stages": {
    parameters: {};
    /** All stages, by name. */
    get: {
      parameters: {
        query?: {
          /** Most items of the page. */
          "limit"?: number;
          /** `next` of the page before. */
          "after"?: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "stages": ({
            "name": string;
            "kind": string;
            "state": "running" | "starting" | "paused" | "failed" | "drained" | "stopped";
            "reason"?: string;
            "instances": ({
              "pid": number;
              "memoryBytes": number;
              "cpuSeconds": number;
              "startedAt": string;
              "restarts": number;
              /** Where it is, when it is a worker's. */
              "machine"?: string;
            })[];
            "scale": {
              "min": number;
              "max": number;
            };
            "recordsInPerSecond": number;
            "recordsOutPerSecond": number;
            /** On Kafka, which counts ends of transactions too, at most so many; so are dead letters and late records. */
            "recordsIn": number;
            "recordsOut": number;
            "lagRecords": number | null;
            "deadLetters": number;
            "lateRecords": number;
            /** What its processes have used since midnight UTC. */
            "today": {
              "cpuSeconds": number;
              "memoryGibSeconds": number;
            };
            /** Records that break a check which lets them through, once for each check, since the control plane's start. */
            "warnedRecords": number;
            "lastError"?: {
              "code": string;
              "what": string;
              "where": string;
              "mend": string;
              "retryable": boolean;
              "at": string;
            };
          })[];
          "next": string | null;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/stages/{stage}": {
    parameters: {};
    /** The state of one stage. */
    get: {
      parameters: {
        path: {
          "stage": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "name": string;
          "kind": string;
          "state": "running" | "starting" | "paused" | "failed" | "drained" | "stopped";
          "reason"?: string;
          "instances": ({
            "pid": number;
            "memoryBytes": number;
            "cpuSeconds": number;
            "startedAt": string;
            "restarts": number;
            /** Where it is, when it is a worker's. */
            "machine"?: string;
          })[];
          "scale": {
            "min": number;
            "max": number;
          };
          "recordsInPerSecond": number;
          "recordsOutPerSecond": number;
          /** On Kafka, which counts ends of transactions too, at most so many; so are dead letters and late records. */
          "recordsIn": number;
          "recordsOut": number;
          "lagRecords": number | null;
          "deadLetters": number;
          "lateRecords": number;
          /** What its processes have used since midnight UTC. */
          "today": {
            "cpuSeconds": number;
            "memoryGibSeconds": number;
          };
          /** Records that break a check which lets them through, once for each check, since the control plane's start. */
          "warnedRecords": number;
          "lastError"?: {
            "code": string;
            "what": string;
            "where": string;
            "mend": string;
            "retryable": boolean;
            "at": string;
          };
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/stages/{stage}/pause": {
    parameters: {};
    /** Stops a stage behind its epoch; a source takes no more. */
    post: {
      parameters: {
        path: {
          "stage": string;
        };
      };
      requestBody?: { content: { "application/json": {
        "reason"?: string;
      } | null } };
      responses: {
        200: { content: { "application/json": {
          "name": string;
          "kind": string;
          "state": "running" | "starting" | "paused" | "failed" | "drained" | "stopped";
          "reason"?: string;
          "instances": ({
            "pid": number;
            "memoryBytes": number;
            "cpuSeconds": number;
            "startedAt": string;
            "restarts": number;
            /** Where it is, when it is a worker's. */
            "machine"?: string;
          })[];
          "scale": {
            "min": number;
            "max": number;
          };
          "recordsInPerSecond": number;
          "recordsOutPerSecond": number;
          /** On Kafka, which counts ends of transactions too, at most so many; so are dead letters and late records. */
          "recordsIn": number;
          "recordsOut": number;
          "lagRecords": number | null;
          "deadLetters": number;
          "lateRecords": number;
          /** What its processes have used since midnight UTC. */
          "today": {
            "cpuSeconds": number;
            "memoryGibSeconds": number;
          };
          /** Records that break a check which lets them through, once for each check, since the control plane's start. */
          "warnedRecords": number;
          "lastError"?: {
            "code": string;
            "what": string;
            "where": string;
            "mend": string;
            "retryable": boolean;
            "at": string;
          };
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/stages/{stage}/resume": {
    parameters: {};
    /** Lets a paused stage go on. */
    post: {
      parameters: {
        path: {
          "stage": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "name": string;
          "kind": string;
          "state": "running" | "starting" | "paused" | "failed" | "drained" | "stopped";
          "reason"?: string;
          "instances": ({
            "pid": number;
            "memoryBytes": number;
            "cpuSeconds": number;
            "startedAt": string;
            "restarts": number;
            /** Where it is, when it is a worker's. */
            "machine"?: string;
          })[];
          "scale": {
            "min": number;
            "max": number;
          };
          "recordsInPerSecond": number;
          "recordsOutPerSecond": number;
          /** On Kafka, which counts ends of transactions too, at most so many; so are dead letters and late records. */
          "recordsIn": number;
          "recordsOut": number;
          "lagRecords": number | null;
          "deadLetters": number;
          "lateRecords": number;
          /** What its processes have used since midnight UTC. */
          "today": {
            "cpuSeconds": number;
            "memoryGibSeconds": number;
          };
          /** Records that break a check which lets them through, once for each check, since the control plane's start. */
          "warnedRecords": number;
          "lastError"?: {
            "code": string;
            "what": string;
            "where": string;
            "mend": string;
            "retryable": boolean;
            "at": string;
          };
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/stages/{stage}/restart": {
    parameters: {};
    /** Drains the stage's processes and starts them anew. */
    post: {
      parameters: {
        path: {
          "stage": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "name": string;
          "kind": string;
          "state": "running" | "starting" | "paused" | "failed" | "drained" | "stopped";
          "reason"?: string;
          "instances": ({
            "pid": number;
            "memoryBytes": number;
            "cpuSeconds": number;
            "startedAt": string;
            "restarts": number;
            /** Where it is, when it is a worker's. */
            "machine"?: string;
          })[];
          "scale": {
            "min": number;
            "max": number;
          };
          "recordsInPerSecond": number;
          "recordsOutPerSecond": number;
          /** On Kafka, which counts ends of transactions too, at most so many; so are dead letters and late records. */
          "recordsIn": number;
          "recordsOut": number;
          "lagRecords": number | null;
          "deadLetters": number;
          "lateRecords": number;
          /** What its processes have used since midnight UTC. */
          "today": {
            "cpuSeconds": number;
            "memoryGibSeconds": number;
          };
          /** Records that break a check which lets them through, once for each check, since the control plane's start. */
          "warnedRecords": number;
          "lastError"?: {
            "code": string;
            "what": string;
            "where": string;
            "mend": string;
            "retryable": boolean;
            "at": string;
          };
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/stages/{stage}/scale": {
    parameters: {};
    /** Sets how many processes the stage may have. */
    put: {
      parameters: {
        path: {
          "stage": string;
        };
      };
      requestBody: { content: { "application/json": {
        "min"?: number;
        "max"?: number;
      } } };
      responses: {
        200: { content: { "application/json": {
          "name": string;
          "kind": string;
          "state": "running" | "starting" | "paused" | "failed" | "drained" | "stopped";
          "reason"?: string;
          "instances": ({
            "pid": number;
            "memoryBytes": number;
            "cpuSeconds": number;
            "startedAt": string;
            "restarts": number;
            /** Where it is, when it is a worker's. */
            "machine"?: string;
          })[];
          "scale": {
            "min": number;
            "max": number;
          };
          "recordsInPerSecond": number;
          "recordsOutPerSecond": number;
          /** On Kafka, which counts ends of transactions too, at most so many; so are dead letters and late records. */
          "recordsIn": number;
          "recordsOut": number;
          "lagRecords": number | null;
          "deadLetters": number;
          "lateRecords": number;
          /** What its processes have used since midnight UTC. */
          "today": {
            "cpuSeconds": number;
            "memoryGibSeconds": number;
          };
          /** Records that break a check which lets them through, once for each check, since the control plane's start. */
          "warnedRecords": number;
          "lastError"?: {
            "code": string;
            "what": string;
            "where": string;
            "mend": string;
            "retryable": boolean;
            "at": string;
          };
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/stages/{stage}/figures": {
    parameters: {};
    /** How a stage has done since the control plane's start: up to ten minutes second by second, up to six hours in steps of ten. */
    get: {
      parameters: {
        query?: {
          "minutes"?: number;
        };
        path: {
          "stage": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          /** Between two points. */
          "stepMs": number;
          /** The points, the oldest first: milliseconds since 1970. What follows has a value for each; null is not known. */
          "at": (number)[];
          /** A second; rates are means of the ten seconds before. */
          "recordsIn": (number | null)[];
          "recordsOut": (number | null)[];
          "lag": (number | null)[];
          /** From the log's taking of a record to the commit of the epoch that has it: half of the records came through within. Within a fifth. */
          "latencyP50Ms": (number | null)[];
          /** 99 in 100 of them. */
          "latencyP99Ms": (number | null)[];
          /** Processors in use. */
          "cores": (number | null)[];
          "memoryBytes": (number | null)[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/stages/{stage}/log": {
    parameters: {};
    /** The last lines that a stage's processes on this machine have said, the oldest first. */
    get: {
      parameters: {
        query?: {
          /** `number` of a line: those behind it. */
          "after"?: number;
        };
        path: {
          "stage": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "lines": ({
            /** Grows by one with each line of the stage, from 1 on at the control plane's start. */
            "number": number;
            "at": string;
            "level": "trace" | "debug" | "info" | "warn" | "error" | "fatal";
            "text": string;
            /** What else it says, as JSON; cut where it is long. */
            "fields"?: string;
            /** The process that said it; absent for what is said about the stage. */
            "pid"?: number;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/stages/{stage}/log/tail": {
    parameters: {};
    /** Follows a stage's log as server-sent events. */
    get: {
      parameters: {
        query?: {
          /** `number` of a line: those behind it. */
          "after"?: number;
        };
        path: {
          "stage": string;
        };
      };
      responses: {
        200: { content: { "text/event-stream": string } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/stages/{stage}/code": {
    parameters: {};
    /** The release that a stage runs, what it reads and writes, and the file that declares it. */
    get: {
      parameters: {
        path: {
          "stage": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "release": string;
          "kind": string;
          "reads": (string)[];
          "writes": (string)[];
          "file": {
            "path": string;
            "line": number;
            "export": string | null;
            /** As the release has it; null where its copy is gone. Cut behind 256 KiB. */
            "text": string | null;
          } | null;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/topics": {
    parameters: {};
    /** All topics, by name. */
    get: {
      parameters: {
        query?: {
          /** Most items of the page. */
          "limit"?: number;
          /** `next` of the page before. */
          "after"?: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "topics": ({
            "name": string;
            /** On Kafka, which counts ends of transactions too, at most so many. */
            "records": number;
            "bytes": number;
            "partitions": number;
          })[];
          "next": string | null;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/topics/{topic}": {
    parameters: {};
    /** One topic: schema, retention, partitions with their offsets. */
    get: {
      parameters: {
        path: {
          "topic": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "name": string;
          "partitions": number;
          "key"?: string;
          "eventTime"?: string;
          "retentionMs"?: number;
          "retentionBytes"?: number;
          "compact"?: boolean;
          "internal"?: string;
          "columns"?: ({
            "name": string;
            "type": string;
            "nullable": boolean;
            "optional"?: boolean;
          })[];
          "schema"?: {
            [name: string]: unknown;
          };
          "partitionInfo": ({
            "partition": number;
            "start": number;
            "end": number;
            "records": number;
            "bytes": number;
            /** Milliseconds since 1970. */
            "eventTimeMax"?: number;
          })[];
          /** Stages of this release. */
          "writtenBy": (string)[];
          "readBy": (string)[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/topics/{topic}/groups": {
    parameters: {};
    /** Who reads a topic, how far each has come in each partition, and how much is left. */
    get: {
      parameters: {
        path: {
          "topic": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "groups": ({
            "group": string;
            "members": ({
              "member": string;
              "tasks": (number)[];
            })[];
            "partitions": ({
              "partition": number;
              "offset": number;
              /** Records not yet read. */
              "lag": number;
            })[];
            "lag": number;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/topics/{topic}/schemas": {
    parameters: {};
    /** The schemas that the topic has had, the newest first: those of the releases that this control plane keeps. */
    get: {
      parameters: {
        path: {
          "topic": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "schemas": ({
            "release": string;
            "at": string;
            "current": boolean;
            "schema": {
              [name: string]: unknown;
            };
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/topics/{topic}/records": {
    parameters: {};
    /** A page of a topic's records, from an offset, a time, the start or the end. */
    get: {
      parameters: {
        query?: {
          /** One partition; without it, all of them. */
          "partition"?: number;
          /** First offset; needs `partition`. */
          "offset"?: number;
          /** From the first record of this event time or later. */
          "time"?: string;
          /** `end`: the newest records. */
          "from"?: "start" | "end";
          /** `next` of the page before. */
          "cursor"?: string;
          /** `previous` of a page: the newest records before it. */
          "before"?: string;
          /** Comparisons joined by `and`: `delay > 60 and origin = SFO`; names are fields, `key`, `partition`, `offset`, `time` and `header.<name>`; `~` looks for text. A page then has what was found within a bounded look. */
          "filter"?: string;
          /** Longest text within a record; what is longer is cut, and of more than 2,000 values the first are shown. */
          "textMax"?: number;
          /** Most records of the page. */
          "limit"?: number;
        };
        path: {
          "topic": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "topic": string;
          "records": ({
            "partition": number;
            "offset": number;
            "eventTime": string;
            "appendedAt": string;
            "key": string | null;
            "headers": ((string)[])[];
            "value": {
              [name: string]: unknown;
            } | null;
            /** Parts of it were left out, as `textMax` asks for. */
            "shortened"?: boolean;
          })[];
          /** Cursor of the next page: there is always one, for more may come. */
          "next": string;
          /** Sent as `before`: the page before this one. */
          "previous": string;
          "atStart": boolean;
          "atEnd": boolean;
          /** Records that were looked at. */
          "scanned": number;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
    /** Produces one record or many to a topic. Answers with their offsets when they are on disk. */
    post: {
      parameters: {
        path: {
          "topic": string;
        };
      };
      requestBody: { content: { "application/json": {
        /** The record; the topic's schema says its fields. */
        "value": {
          [name: string]: unknown;
        };
        /** Default: the value of the topic's key field. */
        "key"?: string | null;
        /** Pairs of name and value. */
        "headers"?: ((string)[])[];
        /** Default: the topic's event-time field, else the time of arrival. */
        "eventTime"?: string;
      } | {
        "records": ({
          /** The record; the topic's schema says its fields. */
          "value": {
            [name: string]: unknown;
          };
          /** Default: the value of the topic's key field. */
          "key"?: string | null;
          /** Pairs of name and value. */
          "headers"?: ((string)[])[];
          /** Default: the topic's event-time field, else the time of arrival. */
          "eventTime"?: string;
        })[];
      } } };
      responses: {
        200: { content: { "application/json": {
          "accepted": ({
            "index": number;
            "partition": number;
            "offset": number | null;
          })[];
          "rejectedCount": number;
          "rejected": ({
            "index": number;
            "violations": ({
              "field": string;
              "rule": string;
              "message": string;
            })[];
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/topics/{topic}/tail": {
    parameters: {};
    /** Follows a topic as server-sent events. Send the last id back as `Last-Event-ID` to go on without a gap. */
    get: {
      parameters: {
        query?: {
          "partition"?: number;
          "from"?: "start" | "end";
          /** Comparisons joined by `and`: `delay > 60 and origin = SFO`; names are fields, `key`, `partition`, `offset`, `time` and `header.<name>`; `~` looks for text. A page then has what was found within a bounded look. */
          "filter"?: string;
          /** Longest text within a record; what is longer is cut, and of more than 2,000 values the first are shown. */
          "textMax"?: number;
          /** Go on from the newest where there are more records to come than so many in a partition; `gap` tells what was passed over. */
          "behindMax"?: number;
        };
        path: {
          "topic": string;
        };
      };
      responses: {
        200: { content: { "text/event-stream": string } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/dlq": {
    parameters: {};
    /** Stages that may have dead letters, with how many stand there. */
    get: {
      parameters: {
        query?: {
          /** Most items of the page. */
          "limit"?: number;
          /** `next` of the page before. */
          "after"?: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "stages": ({
            "stage": string;
            "topic": string;
            "records": number;
          })[];
          "next": string | null;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/dlq/{stage}/records": {
    parameters: {};
    /** A page of a stage's dead letters that wait; their headers say what failed, and where they came from. Those that were sent again stand in the topic alone. */
    get: {
      parameters: {
        query?: {
          /** One partition; without it, all of them. */
          "partition"?: number;
          /** First offset; needs `partition`. */
          "offset"?: number;
          /** From the first record of this event time or later. */
          "time"?: string;
          /** `end`: the newest records. */
          "from"?: "start" | "end";
          /** `next` of the page before. */
          "cursor"?: string;
          /** `previous` of a page: the newest records before it. */
          "before"?: string;
          /** Comparisons joined by `and`: `delay > 60 and origin = SFO`; names are fields, `key`, `partition`, `offset`, `time` and `header.<name>`; `~` looks for text. A page then has what was found within a bounded look. */
          "filter"?: string;
          /** Longest text within a record; what is longer is cut, and of more than 2,000 values the first are shown. */
          "textMax"?: number;
          /** Most records of the page. */
          "limit"?: number;
        };
        path: {
          "stage": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "topic": string;
          "records": ({
            "partition": number;
            "offset": number;
            "eventTime": string;
            "appendedAt": string;
            "key": string | null;
            "headers": ((string)[])[];
            "value": {
              [name: string]: unknown;
            } | null;
            /** Parts of it were left out, as `textMax` asks for. */
            "shortened"?: boolean;
          })[];
          /** Cursor of the next page: there is always one, for more may come. */
          "next": string;
          /** Sent as `before`: the page before this one. */
          "previous": string;
          "atStart": boolean;
          "atEnd": boolean;
          /** Records that were looked at. */
          "scanned": number;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/dlq/{stage}/redrive": {
    parameters: {};
    /** Sends dead letters through their stage again. */
    post: {
      parameters: {
        path: {
          "stage": string;
        };
      };
      requestBody?: { content: { "application/json": {
        /** Most records, the oldest first. */
        "limit"?: number;
        "filter"?: {
          "errorCode"?: string;
        };
        /** These alone, by their places in the topic of dead letters. Those that no longer wait there are passed over. */
        "records"?: ({
          "partition": number;
          "offset": number;
        })[];
        /** Only count. */
        "dryRun"?: boolean;
      } | null } };
      responses: {
        200: { content: { "application/json": {
          "matched": number;
          "redriven": number;
          "dryRun": boolean;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/dlq/{stage}/discard": {
    parameters: {};
    /** Lets dead letters wait no longer, without sending them anywhere. They stand in their topic until its retention. */
    post: {
      parameters: {
        path: {
          "stage": string;
        };
      };
      requestBody?: { content: { "application/json": {
        /** Most records, the oldest first. */
        "limit"?: number;
        "filter"?: {
          "errorCode"?: string;
        };
        /** These alone, by their places in the topic of dead letters. Those that no longer wait there are passed over. */
        "records"?: ({
          "partition": number;
          "offset": number;
        })[];
        /** Only count. */
        "dryRun"?: boolean;
      } | null } };
      responses: {
        200: { content: { "application/json": {
          "matched": number;
          "discarded": number;
          "dryRun": boolean;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/tables": {
    parameters: {};
    /** All tables, by name. */
    get: {
      parameters: {
        query?: {
          /** Most items of the page. */
          "limit"?: number;
          /** `next` of the page before. */
          "after"?: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "tables": ({
            "name": string;
            "rows": number;
            "snapshot": string | null;
            "files": number;
            /** When the current snapshot was committed. */
            "newestAt": string | null;
          })[];
          "next": string | null;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/tables/{table}": {
    parameters: {};
    /** One table: columns, partitions, snapshots, tags and branches. */
    get: {
      parameters: {
        path: {
          "table": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "name": string;
          "rows": number;
          "snapshot": string | null;
          "files": number;
          /** When the current snapshot was committed. */
          "newestAt": string | null;
          "columns": ({
            "name": string;
            "type": string;
            "nullable": boolean;
            "optional"?: boolean;
          })[];
          "partitionBy": ({
            "column": string;
            "transform": string;
            "parameter"?: number;
          })[];
          "bytes": number;
          "snapshots": ({
            "id": string;
            "at": string;
            "operation": string;
            "rows": number;
            "files": number;
            "summary": {
              [name: string]: unknown;
            };
          })[];
          "refs": ({
            "name": string;
            "kind": "tag" | "branch";
            "snapshot": string;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/tables/{table}/partitions": {
    parameters: {};
    /** What lies in each partition of a table, the greatest values first. */
    get: {
      parameters: {
        query?: {
          /** Most items of the page. */
          "limit"?: number;
          /** `next` of the page before. */
          "after"?: string;
          /** Id of a snapshot, a tag or a branch. Default: the table as it is. */
          "version"?: string;
        };
        path: {
          "table": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "by": ({
            "name": string;
            "column": string;
            "transform": string;
          })[];
          /** Of all partitions together: rows that were deleted and stand in the files until they are compacted. */
          "deletedRows": number;
          "count": number;
          "partitions": ({
            /** Id of the partition spec that it was written by. */
            "spec": number;
            /** By name of the partition field; of one whose transform is not known, as it is kept. */
            "values": {
              [name: string]: string | null;
            };
            /** In its files, those among them that were deleted since and not yet taken out. */
            "rows": number;
            "files": number;
            "bytes": number;
          })[];
          /** `after` of the next page, which is of the same version; null on the last. */
          "next": string | null;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/tables/{table}/tag": {
    parameters: {};
    /** Gives a version of a table a name: it stays for as long as it has it. */
    post: {
      parameters: {
        path: {
          "table": string;
        };
      };
      requestBody: { content: { "application/json": {
        "tag": string;
        /** Id of a snapshot, a tag or a branch. Default: the table as it is. */
        "version"?: string;
        /** A duration, counted from the version's own time. Default: for ever. */
        "keepFor"?: string;
      } } };
      responses: {
        200: { content: { "application/json": {
          "name": string;
          "rows": number;
          "snapshot": string | null;
          "files": number;
          /** When the current snapshot was committed. */
          "newestAt": string | null;
          "columns": ({
            "name": string;
            "type": string;
            "nullable": boolean;
            "optional"?: boolean;
          })[];
          "partitionBy": ({
            "column": string;
            "transform": string;
            "parameter"?: number;
          })[];
          "bytes": number;
          "snapshots": ({
            "id": string;
            "at": string;
            "operation": string;
            "rows": number;
            "files": number;
            "summary": {
              [name: string]: unknown;
            };
          })[];
          "refs": ({
            "name": string;
            "kind": "tag" | "branch";
            "snapshot": string;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/tables/{table}/untag": {
    parameters: {};
    /** Takes the name of a version back; the version stays until it is old. */
    post: {
      parameters: {
        path: {
          "table": string;
        };
      };
      requestBody: { content: { "application/json": {
        "tag": string;
      } } };
      responses: {
        200: { content: { "application/json": {
          "name": string;
          "rows": number;
          "snapshot": string | null;
          "files": number;
          /** When the current snapshot was committed. */
          "newestAt": string | null;
          "columns": ({
            "name": string;
            "type": string;
            "nullable": boolean;
            "optional"?: boolean;
          })[];
          "partitionBy": ({
            "column": string;
            "transform": string;
            "parameter"?: number;
          })[];
          "bytes": number;
          "snapshots": ({
            "id": string;
            "at": string;
            "operation": string;
            "rows": number;
            "files": number;
            "summary": {
              [name: string]: unknown;
            };
          })[];
          "refs": ({
            "name": string;
            "kind": "tag" | "branch";
            "snapshot": string;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/sql": {
    parameters: {};
    /** Runs one SELECT over tables and topics. */
    post: {
      parameters: {
      };
      requestBody: { content: { "application/json": {
        /** One SELECT statement. */
        "sql": string;
        /** Most rows of the answer. */
        "limit"?: number;
        /** A duration, as "30s"; at most "10m". */
        "timeout"?: string;
        /** Who asks. */
        "by"?: string;
      } } };
      responses: {
        200: { content: { "application/json": {
          "columns": ({
            "name": string;
            "type": string;
          })[];
          "rows": ((unknown)[])[];
          "rowCount": number;
          "truncated": boolean;
          "notes"?: (string)[];
          "elapsedMs": number;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/sql/plan": {
    parameters: {};
    /** How the engine would run one SELECT, or with `measured` what each step of it took. */
    post: {
      parameters: {
      };
      requestBody: { content: { "application/json": {
        /** One SELECT statement. */
        "sql": string;
        /** Run it, and say what each step took. */
        "measured"?: boolean;
        /** A duration, as "30s"; at most "10m". */
        "timeout"?: string;
      } } };
      responses: {
        200: { content: { "application/json": {
          "ms": number | null;
          "steps": ({
            "name": string;
            "details": ({
              "name": string;
              "text": string;
            })[];
            "rows": number | null;
            "ms": number | null;
            /** Those whose rows it reads. */
            "steps": ({
              [name: string]: unknown;
            })[];
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/queries": {
    parameters: {};
    /** Runs one SELECT, and keeps its result for a day. */
    post: {
      parameters: {
      };
      requestBody: { content: { "application/json": {
        /** One SELECT statement. */
        "sql": string;
        /** A duration, as "30s"; at most "24h". */
        "timeout"?: string;
        /** Seconds to wait for the end. */
        "wait"?: number;
        /** Who asks. */
        "by"?: string;
      } } };
      responses: {
        200: { content: { "application/json": {
          "id": string;
          "sql": string;
          "by": string | null;
          /** Id of the reader's token that it was made with; null: the project's. */
          "token": string | null;
          /** `sql`: it was answered at once, and its result is not kept. */
          "kind": "query" | "sql";
          "state": "queued" | "running" | "succeeded" | "failed" | "cancelled";
          "createdAt": string;
          "endedAt": string | null;
          /** In percent; null while it is not known. */
          "progress": number | null;
          "cost": {
            "ms": number | null;
            "rows": number | null;
            /** Size of the data files that were opened. */
            "bytesScanned": number;
            "filesRead": number;
            "filesPruned": number;
            "resultBytes": number | null;
          };
          /** Nothing had changed since the same statement ran. */
          "cached": boolean;
          "error": {
            "code": string;
            "what": string;
            "where": string;
            "mend": string;
            "retryable": boolean;
          } | null;
          "reads": ({
            "dataset": string;
            "kind": "table" | "topic" | "view" | "files" | "copy";
            /** Id of the version of a table. */
            "snapshot": string | null;
            "files": number;
            "filesPruned": number;
            "bytes": number;
          })[];
          "columns": ({
            "name": string;
            "type": string;
          })[] | null;
          /** What the reader of the result should know, such as rows of files that were left out. */
          "notes"?: (string)[];
          /** Where the columns of the result come from: `outputs` and `indirect`; or `known: false` with a reason. */
          "lineage": {
            [name: string]: unknown;
          } | null;
          /** The query whose kept result this one shares. */
          "resultOf": string | null;
          /** When the result is removed. */
          "resultUntil": string | null;
        } } };
        202: { content: { "application/json": {
          "id": string;
          "sql": string;
          "by": string | null;
          /** Id of the reader's token that it was made with; null: the project's. */
          "token": string | null;
          /** `sql`: it was answered at once, and its result is not kept. */
          "kind": "query" | "sql";
          "state": "queued" | "running" | "succeeded" | "failed" | "cancelled";
          "createdAt": string;
          "endedAt": string | null;
          /** In percent; null while it is not known. */
          "progress": number | null;
          "cost": {
            "ms": number | null;
            "rows": number | null;
            /** Size of the data files that were opened. */
            "bytesScanned": number;
            "filesRead": number;
            "filesPruned": number;
            "resultBytes": number | null;
          };
          /** Nothing had changed since the same statement ran. */
          "cached": boolean;
          "error": {
            "code": string;
            "what": string;
            "where": string;
            "mend": string;
            "retryable": boolean;
          } | null;
          "reads": ({
            "dataset": string;
            "kind": "table" | "topic" | "view" | "files" | "copy";
            /** Id of the version of a table. */
            "snapshot": string | null;
            "files": number;
            "filesPruned": number;
            "bytes": number;
          })[];
          "columns": ({
            "name": string;
            "type": string;
          })[] | null;
          /** What the reader of the result should know, such as rows of files that were left out. */
          "notes"?: (string)[];
          /** Where the columns of the result come from: `outputs` and `indirect`; or `known: false` with a reason. */
          "lineage": {
            [name: string]: unknown;
          } | null;
          /** The query whose kept result this one shares. */
          "resultOf": string | null;
          /** When the result is removed. */
          "resultUntil": string | null;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
    /** Statements that ran or run, the newest first. */
    get: {
      parameters: {
        query?: {
          /** In this state, or in one of several with commas between them. */
          "state"?: string;
          /** Those whose statement has this in it, in whatever case. */
          "q"?: string;
          /** `next` of the page before. */
          "before"?: string;
          /** Most queries of the page. */
          "limit"?: number;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "queries": ({
            "id": string;
            "sql": string;
            "by": string | null;
            /** Id of the reader's token that it was made with; null: the project's. */
            "token": string | null;
            /** `sql`: it was answered at once, and its result is not kept. */
            "kind": "query" | "sql";
            "state": "queued" | "running" | "succeeded" | "failed" | "cancelled";
            "createdAt": string;
            "endedAt": string | null;
            /** In percent; null while it is not known. */
            "progress": number | null;
            "cost": {
              "ms": number | null;
              "rows": number | null;
              /** Size of the data files that were opened. */
              "bytesScanned": number;
              "filesRead": number;
              "filesPruned": number;
              "resultBytes": number | null;
            };
            /** Nothing had changed since the same statement ran. */
            "cached": boolean;
            "error": {
              "code": string;
              "what": string;
              "where": string;
              "mend": string;
              "retryable": boolean;
            } | null;
          })[];
          "next": string | null;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/queries/{query}": {
    parameters: {};
    /** One query: state, progress, cost, what it read, lineage. */
    get: {
      parameters: {
        query?: {
          /** Seconds to wait for the end. */
          "wait"?: number;
        };
        path: {
          "query": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "id": string;
          "sql": string;
          "by": string | null;
          /** Id of the reader's token that it was made with; null: the project's. */
          "token": string | null;
          /** `sql`: it was answered at once, and its result is not kept. */
          "kind": "query" | "sql";
          "state": "queued" | "running" | "succeeded" | "failed" | "cancelled";
          "createdAt": string;
          "endedAt": string | null;
          /** In percent; null while it is not known. */
          "progress": number | null;
          "cost": {
            "ms": number | null;
            "rows": number | null;
            /** Size of the data files that were opened. */
            "bytesScanned": number;
            "filesRead": number;
            "filesPruned": number;
            "resultBytes": number | null;
          };
          /** Nothing had changed since the same statement ran. */
          "cached": boolean;
          "error": {
            "code": string;
            "what": string;
            "where": string;
            "mend": string;
            "retryable": boolean;
          } | null;
          "reads": ({
            "dataset": string;
            "kind": "table" | "topic" | "view" | "files" | "copy";
            /** Id of the version of a table. */
            "snapshot": string | null;
            "files": number;
            "filesPruned": number;
            "bytes": number;
          })[];
          "columns": ({
            "name": string;
            "type": string;
          })[] | null;
          /** What the reader of the result should know, such as rows of files that were left out. */
          "notes"?: (string)[];
          /** Where the columns of the result come from: `outputs` and `indirect`; or `known: false` with a reason. */
          "lineage": {
            [name: string]: unknown;
          } | null;
          /** The query whose kept result this one shares. */
          "resultOf": string | null;
          /** When the result is removed. */
          "resultUntil": string | null;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/queries/{query}/results": {
    parameters: {};
    /** The result of a query, by pages; as Parquet all of it. CSV and Arrow name the next page in the header millrace-next-page. */
    get: {
      parameters: {
        query?: {
          /** spreadsheet: CSV in which no text is taken for a formula. */
          "format"?: "json" | "csv" | "spreadsheet" | "arrow" | "parquet";
          /** Most rows of the page. */
          "limit"?: number;
          /** `next` of the page before, or any number of rows before the first. */
          "page"?: string;
          /** Columns before the first. */
          "columnsFrom"?: number;
          /** Most columns; absent: all. */
          "columns"?: number;
          /** Column, the first being 0, by whose values the rows are ordered, nulls last. Absent: as the statement gave them. Not as Parquet. */
          "orderBy"?: number;
          /** The greatest first, with `orderBy`. */
          "descending"?: boolean;
          /** For looking at them: texts, and nested values as JSON, are cut behind so many characters, and one that was cut is one character longer. Absent: they are whole. */
          "cellChars"?: number;
        };
        path: {
          "query": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "columns": ({
            "name": string;
            "type": string;
          })[];
          "rows": ((unknown)[])[];
          /** Of the whole result. */
          "rowCount": number;
          /** `page` of the next page; null on the last. */
          "next": string | null;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/queries/{query}/cancel": {
    parameters: {};
    /** Ends a query; one that has ended stays as it is. */
    post: {
      parameters: {
        path: {
          "query": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "id": string;
          "sql": string;
          "by": string | null;
          /** Id of the reader's token that it was made with; null: the project's. */
          "token": string | null;
          /** `sql`: it was answered at once, and its result is not kept. */
          "kind": "query" | "sql";
          "state": "queued" | "running" | "succeeded" | "failed" | "cancelled";
          "createdAt": string;
          "endedAt": string | null;
          /** In percent; null while it is not known. */
          "progress": number | null;
          "cost": {
            "ms": number | null;
            "rows": number | null;
            /** Size of the data files that were opened. */
            "bytesScanned": number;
            "filesRead": number;
            "filesPruned": number;
            "resultBytes": number | null;
          };
          /** Nothing had changed since the same statement ran. */
          "cached": boolean;
          "error": {
            "code": string;
            "what": string;
            "where": string;
            "mend": string;
            "retryable": boolean;
          } | null;
          "reads": ({
            "dataset": string;
            "kind": "table" | "topic" | "view" | "files" | "copy";
            /** Id of the version of a table. */
            "snapshot": string | null;
            "files": number;
            "filesPruned": number;
            "bytes": number;
          })[];
          "columns": ({
            "name": string;
            "type": string;
          })[] | null;
          /** What the reader of the result should know, such as rows of files that were left out. */
          "notes"?: (string)[];
          /** Where the columns of the result come from: `outputs` and `indirect`; or `known: false` with a reason. */
          "lineage": {
            [name: string]: unknown;
          } | null;
          /** The query whose kept result this one shares. */
          "resultOf": string | null;
          /** When the result is removed. */
          "resultUntil": string | null;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/saved-queries": {
    parameters: {};
    /** Queries that are kept under a name, without their text. */
    get: {
      parameters: {
      };
      responses: {
        200: { content: { "application/json": {
          "saved": ({
            "id": string;
            "name": string;
            "by": string | null;
            "changedAt": string;
            "version": number;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
    /** Keeps a query under a name, for all who work on the project. */
    post: {
      parameters: {
      };
      requestBody: { content: { "application/json": {
        "name": string;
        "sql": string;
        /** Who keeps it. */
        "by"?: string;
      } } };
      responses: {
        200: { content: { "application/json": {
          "id": string;
          "name": string;
          "by": string | null;
          "changedAt": string;
          "version": number;
          "sql": string;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/saved-queries/{saved}": {
    parameters: {};
    /** One saved query. */
    get: {
      parameters: {
        path: {
          "saved": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "id": string;
          "name": string;
          "by": string | null;
          "changedAt": string;
          "version": number;
          "sql": string;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
    /** Changes a saved query, unless somebody else was first. */
    put: {
      parameters: {
        path: {
          "saved": string;
        };
      };
      requestBody: { content: { "application/json": {
        "name": string;
        "sql": string;
        /** Who keeps it. */
        "by"?: string;
        /** Of the query that was seen before the change. */
        "version": number;
      } } };
      responses: {
        200: { content: { "application/json": {
          "id": string;
          "name": string;
          "by": string | null;
          "changedAt": string;
          "version": number;
          "sql": string;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/saved-queries/{saved}/remove": {
    parameters: {};
    /** Removes a saved query; one that is gone stays so. */
    post: {
      parameters: {
        path: {
          "saved": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "removed": string;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/dags": {
    parameters: {};
    /** All DAGs, by name. */
    get: {
      parameters: {
        query?: {
          /** Most items of the page. */
          "limit"?: number;
          /** `next` of the page before. */
          "after"?: string;
          /** These alone, with commas between them. */
          "names"?: string;
          /** So many of the newest runs of each. */
          "recent"?: number;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "dags": ({
            "name": string;
            "description"?: string;
            "tags": (string)[];
            "owner"?: string;
            "paused": boolean;
            "note": string | null;
            /** In words. */
            "schedule": string;
            "timezone": string;
            "nextRunAt": string | null;
            "activeRuns": number;
            "queuedRuns": number;
            "tasks": number;
            "lastRun": {
              "id": string;
              "dag": string;
              "kind": "scheduled" | "manual" | "backfill" | "dataset" | "dag";
              "state": "queued" | "running" | "success" | "failed" | "cancelled";
              "release": string;
              "logicalDate": string | null;
              "interval": {
                "start": string;
                "end": string;
              };
              "runAfter": string;
              "createdAt": string;
              "startedAt": string | null;
              "endedAt": string | null;
              "params": unknown;
              "note": string | null;
              "clears": number;
              "backfill": string | null;
              "cause": string | null;
            } | null;
            /** Its newest runs, as many as were asked for. */
            "recent": ({
              "id": string;
              "state": "queued" | "running" | "success" | "failed" | "cancelled";
              "interval": {
                "start": string;
                "end": string;
              };
            })[];
            /** Why its timetable in code gives no ticks. */
            "problem": {
              "code": string;
              "what": string;
              "where": string;
              "mend": string;
              "retryable": boolean;
            } | null;
          })[];
          "next": string | null;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/dags/{dag}": {
    parameters: {};
    /** One DAG: its state and its declaration. */
    get: {
      parameters: {
        path: {
          "dag": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "name": string;
          "description"?: string;
          "tags": (string)[];
          "owner"?: string;
          "paused": boolean;
          "note": string | null;
          /** In words. */
          "schedule": string;
          "timezone": string;
          "nextRunAt": string | null;
          "activeRuns": number;
          "queuedRuns": number;
          "tasks": number;
          "lastRun": {
            "id": string;
            "dag": string;
            "kind": "scheduled" | "manual" | "backfill" | "dataset" | "dag";
            "state": "queued" | "running" | "success" | "failed" | "cancelled";
            "release": string;
            "logicalDate": string | null;
            "interval": {
              "start": string;
              "end": string;
            };
            "runAfter": string;
            "createdAt": string;
            "startedAt": string | null;
            "endedAt": string | null;
            "params": unknown;
            "note": string | null;
            "clears": number;
            "backfill": string | null;
            "cause": string | null;
          } | null;
          /** Its newest runs, as many as were asked for. */
          "recent": ({
            "id": string;
            "state": "queued" | "running" | "success" | "failed" | "cancelled";
            "interval": {
              "start": string;
              "end": string;
            };
          })[];
          /** Why its timetable in code gives no ticks. */
          "problem": {
            "code": string;
            "what": string;
            "where": string;
            "mend": string;
            "retryable": boolean;
          } | null;
          /** The DAG as it was declared. */
          "decl": {
            [name: string]: unknown;
          };
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/dags/{dag}/pause": {
    parameters: {};
    /** Makes no more scheduled runs; those that go on end. */
    post: {
      parameters: {
        path: {
          "dag": string;
        };
      };
      requestBody?: { content: { "application/json": {
        "note"?: string;
      } | null } };
      responses: {
        200: { content: { "application/json": {
          "name": string;
          "description"?: string;
          "tags": (string)[];
          "owner"?: string;
          "paused": boolean;
          "note": string | null;
          /** In words. */
          "schedule": string;
          "timezone": string;
          "nextRunAt": string | null;
          "activeRuns": number;
          "queuedRuns": number;
          "tasks": number;
          "lastRun": {
            "id": string;
            "dag": string;
            "kind": "scheduled" | "manual" | "backfill" | "dataset" | "dag";
            "state": "queued" | "running" | "success" | "failed" | "cancelled";
            "release": string;
            "logicalDate": string | null;
            "interval": {
              "start": string;
              "end": string;
            };
            "runAfter": string;
            "createdAt": string;
            "startedAt": string | null;
            "endedAt": string | null;
            "params": unknown;
            "note": string | null;
            "clears": number;
            "backfill": string | null;
            "cause": string | null;
          } | null;
          /** Its newest runs, as many as were asked for. */
          "recent": ({
            "id": string;
            "state": "queued" | "running" | "success" | "failed" | "cancelled";
            "interval": {
              "start": string;
              "end": string;
            };
          })[];
          /** Why its timetable in code gives no ticks. */
          "problem": {
            "code": string;
            "what": string;
            "where": string;
            "mend": string;
            "retryable": boolean;
          } | null;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/dags/{dag}/resume": {
    parameters: {};
    /** Makes scheduled runs again. */
    post: {
      parameters: {
        path: {
          "dag": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "name": string;
          "description"?: string;
          "tags": (string)[];
          "owner"?: string;
          "paused": boolean;
          "note": string | null;
          /** In words. */
          "schedule": string;
          "timezone": string;
          "nextRunAt": string | null;
          "activeRuns": number;
          "queuedRuns": number;
          "tasks": number;
          "lastRun": {
            "id": string;
            "dag": string;
            "kind": "scheduled" | "manual" | "backfill" | "dataset" | "dag";
            "state": "queued" | "running" | "success" | "failed" | "cancelled";
            "release": string;
            "logicalDate": string | null;
            "interval": {
              "start": string;
              "end": string;
            };
            "runAfter": string;
            "createdAt": string;
            "startedAt": string | null;
            "endedAt": string | null;
            "params": unknown;
            "note": string | null;
            "clears": number;
            "backfill": string | null;
            "cause": string | null;
          } | null;
          /** Its newest runs, as many as were asked for. */
          "recent": ({
            "id": string;
            "state": "queued" | "running" | "success" | "failed" | "cancelled";
            "interval": {
              "start": string;
              "end": string;
            };
          })[];
          /** Why its timetable in code gives no ticks. */
          "problem": {
            "code": string;
            "what": string;
            "where": string;
            "mend": string;
            "retryable": boolean;
          } | null;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/dags/{dag}/runs": {
    parameters: {};
    /** Makes a run now. */
    post: {
      parameters: {
        path: {
          "dag": string;
        };
      };
      requestBody?: { content: { "application/json": {
        "params"?: {
          [name: string]: unknown;
        };
        /** Its end excluded; without an offset on the DAG's clocks. Absent: the last whole interval of the schedule. */
        "interval"?: {
          "start": string;
          "end": string;
        };
        "note"?: string;
      } | null } };
      responses: {
        200: { content: { "application/json": {
          "id": string;
          "dag": string;
          "kind": "scheduled" | "manual" | "backfill" | "dataset" | "dag";
          "state": "queued" | "running" | "success" | "failed" | "cancelled";
          "release": string;
          "logicalDate": string | null;
          "interval": {
            "start": string;
            "end": string;
          };
          "runAfter": string;
          "createdAt": string;
          "startedAt": string | null;
          "endedAt": string | null;
          "params": unknown;
          "note": string | null;
          "clears": number;
          "backfill": string | null;
          "cause": string | null;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
    /** A DAG's runs by their intervals, the first one first. */
    get: {
      parameters: {
        query?: {
          /** Intervals that begin here or later. */
          "from"?: string;
          /** Intervals that begin before it. */
          "to"?: string;
          /** Most runs. */
          "limit"?: number;
        };
        path: {
          "dag": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "runs": ({
            "id": string;
            "dag": string;
            "kind": "scheduled" | "manual" | "backfill" | "dataset" | "dag";
            "state": "queued" | "running" | "success" | "failed" | "cancelled";
            "release": string;
            "logicalDate": string | null;
            "interval": {
              "start": string;
              "end": string;
            };
            "runAfter": string;
            "createdAt": string;
            "startedAt": string | null;
            "endedAt": string | null;
            "params": unknown;
            "note": string | null;
            "clears": number;
            "backfill": string | null;
            "cause": string | null;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/dags/{dag}/grid": {
    parameters: {};
    /** A DAG's runs, the newest first, with how their tasks stand. */
    get: {
      parameters: {
        query?: {
          /** `next` of the page before. */
          "before"?: string;
          /** Most runs of the page; it ends early behind runs of very many tasks. */
          "limit"?: number;
        };
        path: {
          "dag": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "tasks": ({
            "name": string;
            "kind": string;
            "map": string | null;
            "after": (string)[];
            /** False: only runs of other releases have had it. */
            "declared": boolean;
            /** What an approval asks. */
            "prompt": string | null;
          })[];
          "runs": ({
            "id": string;
            "dag": string;
            "kind": "scheduled" | "manual" | "backfill" | "dataset" | "dag";
            "state": "queued" | "running" | "success" | "failed" | "cancelled";
            "release": string;
            "logicalDate": string | null;
            "interval": {
              "start": string;
              "end": string;
            };
            "runAfter": string;
            "createdAt": string;
            "startedAt": string | null;
            "endedAt": string | null;
            "note": string | null;
            "clears": number;
            "backfill": string | null;
            "cause": string | null;
            "cells": ({
              "task": string;
              /** Instances by state: one, or those of its map. */
              "states": {
                "none"?: number;
                "scheduled"?: number;
                "queued"?: number;
                "running"?: number;
                "up_for_retry"?: number;
                "deferred"?: number;
                "success"?: number;
                "failed"?: number;
                "skipped"?: number;
                "upstream_failed"?: number;
                "removed"?: number;
                "cancelled"?: number;
              };
              "attempts": number;
              "startedAt": string | null;
              "endedAt": string | null;
            })[];
          })[];
          "next": string | null;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/dags/{dag}/calendar": {
    parameters: {};
    /** A DAG's runs by the days on which their intervals begin. */
    get: {
      parameters: {
        query?: {
          /** Intervals that begin here or later. */
          "from"?: string;
          /** Intervals that begin before it. */
          "to"?: string;
        };
        path: {
          "dag": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "timezone": string;
          "days": ({
            "day": string;
            "states": {
              "queued"?: number;
              "running"?: number;
              "success"?: number;
              "failed"?: number;
              "cancelled"?: number;
            };
          })[];
          /** `from` of the next answer, where there were too many runs for this one. */
          "next": string | null;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/dags/{dag}/next": {
    parameters: {};
    /** The coming runs of a DAG's schedule. */
    get: {
      parameters: {
        query?: {
          /** Most runs. */
          "count"?: number;
        };
        path: {
          "dag": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "runs": ({
            "interval": {
              "start": string;
              "end": string;
            };
            "runAt": string;
            "logicalDate": string | null;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/runs": {
    parameters: {};
    /** Runs, the newest first. */
    get: {
      parameters: {
        query?: {
          /** Of this DAG alone. */
          "dag"?: string;
          /** In this state, or in one of several with commas between them. */
          "state"?: string;
          /** Of this backfill alone. */
          "backfill"?: string;
          /** `next` of the page before. */
          "before"?: string;
          /** Most runs of the page. */
          "limit"?: number;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "runs": ({
            "id": string;
            "dag": string;
            "kind": "scheduled" | "manual" | "backfill" | "dataset" | "dag";
            "state": "queued" | "running" | "success" | "failed" | "cancelled";
            "release": string;
            "logicalDate": string | null;
            "interval": {
              "start": string;
              "end": string;
            };
            "runAfter": string;
            "createdAt": string;
            "startedAt": string | null;
            "endedAt": string | null;
            "params": unknown;
            "note": string | null;
            "clears": number;
            "backfill": string | null;
            "cause": string | null;
          })[];
          "next": string | null;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/runs/{run}": {
    parameters: {};
    /** One run with its tasks. */
    get: {
      parameters: {
        path: {
          "run": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "id": string;
          "dag": string;
          "kind": "scheduled" | "manual" | "backfill" | "dataset" | "dag";
          "state": "queued" | "running" | "success" | "failed" | "cancelled";
          "release": string;
          "logicalDate": string | null;
          "interval": {
            "start": string;
            "end": string;
          };
          "runAfter": string;
          "createdAt": string;
          "startedAt": string | null;
          "endedAt": string | null;
          "params": unknown;
          "note": string | null;
          "clears": number;
          "backfill": string | null;
          "cause": string | null;
          "tasks": ({
            "task": string;
            "index": number;
            "kind": string;
            "state": "none" | "scheduled" | "queued" | "running" | "up_for_retry" | "deferred" | "success" | "failed" | "skipped" | "upstream_failed" | "removed" | "cancelled";
            "attempts": number;
            "attemptsMax": number;
            "startedAt": string | null;
            "endedAt": string | null;
            "wakeAt": string | null;
            "note": string | null;
            "error": {
              "code": string;
              "what": string;
              "where": string;
              "mend": string;
              "retryable": boolean;
            } | null;
            /** Up to 4 KiB itself; of a larger one `file`, where it has one, and `bytes`. */
            "result": unknown;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/runs/{run}/grid": {
    parameters: {};
    /** One run with how its tasks stand, those of a map together. */
    get: {
      parameters: {
        path: {
          "run": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "id": string;
          "dag": string;
          "kind": "scheduled" | "manual" | "backfill" | "dataset" | "dag";
          "state": "queued" | "running" | "success" | "failed" | "cancelled";
          "release": string;
          "logicalDate": string | null;
          "interval": {
            "start": string;
            "end": string;
          };
          "runAfter": string;
          "createdAt": string;
          "startedAt": string | null;
          "endedAt": string | null;
          "params": unknown;
          "note": string | null;
          "clears": number;
          "backfill": string | null;
          "cause": string | null;
          "tasks": ({
            "name": string;
            "kind": string;
            "map": string | null;
            "after": (string)[];
            /** False: only runs of other releases have had it. */
            "declared": boolean;
            /** What an approval asks. */
            "prompt": string | null;
          })[];
          "cells": ({
            "task": string;
            /** Instances by state: one, or those of its map. */
            "states": {
              "none"?: number;
              "scheduled"?: number;
              "queued"?: number;
              "running"?: number;
              "up_for_retry"?: number;
              "deferred"?: number;
              "success"?: number;
              "failed"?: number;
              "skipped"?: number;
              "upstream_failed"?: number;
              "removed"?: number;
              "cancelled"?: number;
            };
            "attempts": number;
            "startedAt": string | null;
            "endedAt": string | null;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/runs/{run}/tasks/{task}": {
    parameters: {};
    /** One task of a run. */
    get: {
      parameters: {
        query?: {
          /** In its map. */
          "index"?: number;
        };
        path: {
          "run": string;
          "task": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "task": string;
          "index": number;
          "kind": string;
          "state": "none" | "scheduled" | "queued" | "running" | "up_for_retry" | "deferred" | "success" | "failed" | "skipped" | "upstream_failed" | "removed" | "cancelled";
          "attempts": number;
          "attemptsMax": number;
          "startedAt": string | null;
          "endedAt": string | null;
          "wakeAt": string | null;
          "note": string | null;
          "error": {
            "code": string;
            "what": string;
            "where": string;
            "mend": string;
            "retryable": boolean;
          } | null;
          /** Up to 4 KiB itself; of a larger one `file`, where it has one, and `bytes`. */
          "result": unknown;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/runs/{run}/tasks/{task}/inputs": {
    parameters: {};
    /** What a task of a run has to work with: the results before it, and its item of a map. */
    get: {
      parameters: {
        query?: {
          /** In its map. */
          "index"?: number;
        };
        path: {
          "run": string;
          "task": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          /** Tasks that come directly before, at most 50; of a map's results at most 20. */
          "upstreams": ({
            "task": string;
            /** What its result is called in the task's code; none where it only comes before. */
            "names": (string)[];
            /** The task gets the results of a whole map as a list. */
            "isList": boolean;
            "results": ({
              "index": number;
              "state": "none" | "scheduled" | "queued" | "running" | "up_for_retry" | "deferred" | "success" | "failed" | "skipped" | "upstream_failed" | "removed" | "cancelled";
              /** Up to 4 KiB itself; of a larger one `file`, where it has one, and `bytes`. */
              "result": unknown;
            })[];
            /** There are more results. */
            "more": boolean;
          })[];
          /** How many more there are. */
          "upstreamsLeft": number;
          /** The entry of its map's list; null outside of maps, in loops, and while the list is not known. */
          "item": {
            "name": string | null;
            /** Up to 4 KiB itself; of a larger one `file`, where it has one, and `bytes`. */
            "value": unknown;
          } | null;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/runs/{run}/tasks/{task}/items": {
    parameters: {};
    /** What a task of a map has become, item by item. */
    get: {
      parameters: {
        query?: {
          /** In this state, or in one of several with commas between them. */
          "state"?: string;
          /** `next` of the page before. */
          "after"?: number;
          /** Most items of the page. */
          "limit"?: number;
        };
        path: {
          "run": string;
          "task": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "items": ({
            "task": string;
            "index": number;
            "state": "none" | "scheduled" | "queued" | "running" | "up_for_retry" | "deferred" | "success" | "failed" | "skipped" | "upstream_failed" | "removed" | "cancelled";
            "attempts": number;
            "attemptsMax": number;
            "startedAt": string | null;
            "endedAt": string | null;
            "wakeAt": string | null;
            "note": string | null;
          })[];
          "next": number | null;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/runs/{run}/cancel": {
    parameters: {};
    /** Ends a run: nothing of it is started any more, and what goes on is stopped. */
    post: {
      parameters: {
        path: {
          "run": string;
        };
      };
      requestBody?: { content: { "application/json": {
        "note"?: string;
      } | null } };
      responses: {
        200: { content: { "application/json": {
          "id": string;
          "dag": string;
          "kind": "scheduled" | "manual" | "backfill" | "dataset" | "dag";
          "state": "queued" | "running" | "success" | "failed" | "cancelled";
          "release": string;
          "logicalDate": string | null;
          "interval": {
            "start": string;
            "end": string;
          };
          "runAfter": string;
          "createdAt": string;
          "startedAt": string | null;
          "endedAt": string | null;
          "params": unknown;
          "note": string | null;
          "clears": number;
          "backfill": string | null;
          "cause": string | null;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/runs/{run}/clear": {
    parameters: {};
    /** Lets tasks of a run run again, and the run with them. */
    post: {
      parameters: {
        path: {
          "run": string;
        };
      };
      requestBody: { content: { "application/json": {
        "tasks": ({
          "task": string;
          /** Absent: all items of its map. */
          "index"?: number;
        })[];
        /** Those that come after them too. */
        "downstream"?: boolean;
        /** Those that come before them too. */
        "upstream"?: boolean;
        /** Of all those, only the ones that failed or could not run. */
        "onlyFailed"?: boolean;
        /** Whose code they run, and what is still to come of the run with them: that which new runs get, or that which the run has. */
        "release"?: "newest" | "same";
        "note"?: string;
        /** Only say which tasks it would be. */
        "dryRun"?: boolean;
      } } };
      responses: {
        200: { content: { "application/json": {
          "run": string;
          "tasks": ({
            "task": string;
            "index": number;
            "state": "none" | "scheduled" | "queued" | "running" | "up_for_retry" | "deferred" | "success" | "failed" | "skipped" | "upstream_failed" | "removed" | "cancelled";
          })[];
          /** That the run goes on with. */
          "release": string;
          "releaseBefore": string;
          /** Tasks of that release that the run has not had; they run too. */
          "newTasks": (string)[];
          /** Tasks of the run that the release has no more. */
          "goneTasks": (string)[];
          /** False in a dry run. */
          "done": boolean;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/runs/{run}/mark": {
    parameters: {};
    /** Says how tasks of a run ended, whatever they did. */
    post: {
      parameters: {
        path: {
          "run": string;
        };
      };
      requestBody: { content: { "application/json": {
        "tasks": ({
          "task": string;
          /** Absent: all items of its map. */
          "index"?: number;
        })[];
        "state": "success" | "failed" | "skipped";
        /** Those that come after them too. */
        "downstream"?: boolean;
        /** Those that come before them too. */
        "upstream"?: boolean;
        "note"?: string;
        /** Only say which tasks it would be. */
        "dryRun"?: boolean;
      } } };
      responses: {
        200: { content: { "application/json": {
          "run": string;
          "tasks": ({
            "task": string;
            "index": number;
            "state": "none" | "scheduled" | "queued" | "running" | "up_for_retry" | "deferred" | "success" | "failed" | "skipped" | "upstream_failed" | "removed" | "cancelled";
          })[];
          /** That the run goes on with. */
          "release": string;
          "releaseBefore": string;
          /** Tasks of that release that the run has not had; they run too. */
          "newTasks": (string)[];
          /** Tasks of the run that the release has no more. */
          "goneTasks": (string)[];
          /** False in a dry run. */
          "done": boolean;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/runs/{run}/answer": {
    parameters: {};
    /** A person's answer to a task that asks for approval. */
    post: {
      parameters: {
        path: {
          "run": string;
        };
      };
      requestBody: { content: { "application/json": {
        "task": string;
        "index"?: number;
        "approved": boolean;
        /** Who answers. */
        "by": string;
        "note"?: string;
      } } };
      responses: {
        200: { content: { "application/json": {
          "id": string;
          "dag": string;
          "kind": "scheduled" | "manual" | "backfill" | "dataset" | "dag";
          "state": "queued" | "running" | "success" | "failed" | "cancelled";
          "release": string;
          "logicalDate": string | null;
          "interval": {
            "start": string;
            "end": string;
          };
          "runAfter": string;
          "createdAt": string;
          "startedAt": string | null;
          "endedAt": string | null;
          "params": unknown;
          "note": string | null;
          "clears": number;
          "backfill": string | null;
          "cause": string | null;
          "tasks": ({
            "task": string;
            "index": number;
            "kind": string;
            "state": "none" | "scheduled" | "queued" | "running" | "up_for_retry" | "deferred" | "success" | "failed" | "skipped" | "upstream_failed" | "removed" | "cancelled";
            "attempts": number;
            "attemptsMax": number;
            "startedAt": string | null;
            "endedAt": string | null;
            "wakeAt": string | null;
            "note": string | null;
            "error": {
              "code": string;
              "what": string;
              "where": string;
              "mend": string;
              "retryable": boolean;
            } | null;
            /** Up to 4 KiB itself; of a larger one `file`, where it has one, and `bytes`. */
            "result": unknown;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/runs/{run}/tasks/{task}/explain": {
    parameters: {};
    /** Why a task does not run yet. */
    get: {
      parameters: {
        query?: {
          /** In its map. */
          "index"?: number;
        };
        path: {
          "run": string;
          "task": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "reasons": ({
            "kind": string;
            "text": string;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/runs/{run}/tasks/{task}/log": {
    parameters: {};
    /** Lines of the log of a task's attempt. */
    get: {
      parameters: {
        query?: {
          /** In its map. */
          "index"?: number;
          /** Default: the newest. */
          "attempt"?: number;
          /** In bytes: `next` of the page before. */
          "offset"?: number;
        };
        path: {
          "run": string;
          "task": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "attempt": {
            "number": number;
            "state": "queued" | "running" | "deferred" | "success" | "failed" | "skipped" | "timed_out" | "lost" | "cancelled";
            "worker": string | null;
            "queuedAt": string;
            "startedAt": string | null;
            "endedAt": string | null;
            "error": {
              "code": string;
              "what": string;
              "where": string;
              "mend": string;
              "retryable": boolean;
            } | null;
          } | null;
          "attempts": ({
            "number": number;
            "state": "queued" | "running" | "deferred" | "success" | "failed" | "skipped" | "timed_out" | "lost" | "cancelled";
            "worker": string | null;
            "queuedAt": string;
            "startedAt": string | null;
            "endedAt": string | null;
            "error": {
              "code": string;
              "what": string;
              "where": string;
              "mend": string;
              "retryable": boolean;
            } | null;
          })[];
          "lines": (string)[];
          /** `offset` of the next page. */
          "next": number;
          /** Nothing will be added any more. */
          "ended": boolean;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/backfills": {
    parameters: {};
    /** All backfills, the newest first. */
    get: {
      parameters: {
        query?: {
          /** Of this DAG alone. */
          "dag"?: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "backfills": ({
            "id": string;
            "dag": string;
            "state": "running" | "paused" | "done" | "cancelled";
            "from": string;
            "to": string;
            "order": "oldest" | "newest";
            "reprocess": "none" | "failed" | "completed";
            "maxActiveRuns": number;
            "note": string | null;
            "createdAt": string;
            "endedAt": string | null;
            "intervals": number;
            /** Intervals that were looked at. */
            "reached": number;
            "runs": {
              "queued"?: number;
              "running"?: number;
              "success"?: number;
              "failed"?: number;
              "cancelled"?: number;
            };
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
    /** Runs a DAG over its intervals of a span of time. */
    post: {
      parameters: {
      };
      requestBody: { content: { "application/json": {
        "dag": string;
        /** Intervals that begin here or later. A date, or a time without an offset, is read in the DAG's zone. */
        "from": string;
        /** Intervals that begin before it. */
        "to": string;
        "order"?: "oldest" | "newest";
        /** Intervals that have a run already: left, run again when it failed, or run again. */
        "reprocess"?: "none" | "failed" | "completed";
        "maxActiveRuns"?: number;
        "params"?: {
          [name: string]: unknown;
        };
        "note"?: string;
        /** Only say which intervals it would be. */
        "dryRun"?: boolean;
      } } };
      responses: {
        200: { content: { "application/json": {
          "backfill": {
            "id": string;
            "dag": string;
            "state": "running" | "paused" | "done" | "cancelled";
            "from": string;
            "to": string;
            "order": "oldest" | "newest";
            "reprocess": "none" | "failed" | "completed";
            "maxActiveRuns": number;
            "note": string | null;
            "createdAt": string;
            "endedAt": string | null;
            "intervals": number;
            /** Intervals that were looked at. */
            "reached": number;
            "runs": {
              "queued"?: number;
              "running"?: number;
              "success"?: number;
              "failed"?: number;
              "cancelled"?: number;
            };
          } | null;
          "intervals": ({
            "ordinal": number;
            "interval": {
              "start": string;
              "end": string;
            };
            "run": string | null;
            "state": "queued" | "running" | "success" | "failed" | "cancelled" | null;
            "decision": "run" | "rerun" | "in flight" | "already exists";
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/backfills/{backfill}": {
    parameters: {};
    /** One backfill with the intervals that it has reached. */
    get: {
      parameters: {
        path: {
          "backfill": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "id": string;
          "dag": string;
          "state": "running" | "paused" | "done" | "cancelled";
          "from": string;
          "to": string;
          "order": "oldest" | "newest";
          "reprocess": "none" | "failed" | "completed";
          "maxActiveRuns": number;
          "note": string | null;
          "createdAt": string;
          "endedAt": string | null;
          "intervals": number;
          /** Intervals that were looked at. */
          "reached": number;
          "runs": {
            "queued"?: number;
            "running"?: number;
            "success"?: number;
            "failed"?: number;
            "cancelled"?: number;
          };
          "reachedIntervals": ({
            "ordinal": number;
            "interval": {
              "start": string;
              "end": string;
            };
            "run": string | null;
            "state": "queued" | "running" | "success" | "failed" | "cancelled" | null;
            "decision": "run" | "rerun" | "in flight" | "already exists";
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/backfills/{backfill}/pause": {
    parameters: {};
    /** Makes no more runs of it; those that go on end. */
    post: {
      parameters: {
        path: {
          "backfill": string;
        };
      };
      requestBody?: { content: { "application/json": {
        "note"?: string;
      } | null } };
      responses: {
        200: { content: { "application/json": {
          "id": string;
          "dag": string;
          "state": "running" | "paused" | "done" | "cancelled";
          "from": string;
          "to": string;
          "order": "oldest" | "newest";
          "reprocess": "none" | "failed" | "completed";
          "maxActiveRuns": number;
          "note": string | null;
          "createdAt": string;
          "endedAt": string | null;
          "intervals": number;
          /** Intervals that were looked at. */
          "reached": number;
          "runs": {
            "queued"?: number;
            "running"?: number;
            "success"?: number;
            "failed"?: number;
            "cancelled"?: number;
          };
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/backfills/{backfill}/resume": {
    parameters: {};
    /** Lets a paused backfill go on. */
    post: {
      parameters: {
        path: {
          "backfill": string;
        };
      };
      requestBody?: { content: { "application/json": {
        "note"?: string;
      } | null } };
      responses: {
        200: { content: { "application/json": {
          "id": string;
          "dag": string;
          "state": "running" | "paused" | "done" | "cancelled";
          "from": string;
          "to": string;
          "order": "oldest" | "newest";
          "reprocess": "none" | "failed" | "completed";
          "maxActiveRuns": number;
          "note": string | null;
          "createdAt": string;
          "endedAt": string | null;
          "intervals": number;
          /** Intervals that were looked at. */
          "reached": number;
          "runs": {
            "queued"?: number;
            "running"?: number;
            "success"?: number;
            "failed"?: number;
            "cancelled"?: number;
          };
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/backfills/{backfill}/cancel": {
    parameters: {};
    /** Ends a backfill for good. */
    post: {
      parameters: {
        path: {
          "backfill": string;
        };
      };
      requestBody?: { content: { "application/json": {
        "note"?: string;
      } | null } };
      responses: {
        200: { content: { "application/json": {
          "id": string;
          "dag": string;
          "state": "running" | "paused" | "done" | "cancelled";
          "from": string;
          "to": string;
          "order": "oldest" | "newest";
          "reprocess": "none" | "failed" | "completed";
          "maxActiveRuns": number;
          "note": string | null;
          "createdAt": string;
          "endedAt": string | null;
          "intervals": number;
          /** Intervals that were looked at. */
          "reached": number;
          "runs": {
            "queued"?: number;
            "running"?: number;
            "success"?: number;
            "failed"?: number;
            "cancelled"?: number;
          };
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/releases": {
    parameters: {};
    /** Releases that are kept, the newest first. */
    get: {
      parameters: {
      };
      responses: {
        200: { content: { "application/json": {
          "releases": ({
            "release": string;
            "at": string;
            "takenAt": string | null;
            "note": string | null;
            /** New runs get it. */
            "current": boolean;
            "dags": number;
            /** Of it, that go on or wait. */
            "runs": number;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/releases/apply": {
    parameters: {};
    /** Makes the project's folder, as it is now, the release that new runs get. */
    post: {
      parameters: {
      };
      requestBody?: { content: { "application/json": {
        /** Nothing is done unless the folder still holds this one. */
        "release"?: string;
        "note"?: string;
        /** Only say what it would change. */
        "dryRun"?: boolean;
      } | null } };
      responses: {
        200: { content: { "application/json": {
          "from": string | null;
          "to": string;
          "files": {
            "added": (string)[];
            "removed": (string)[];
            "changed": (string)[];
          };
          "topics": {
            "added": (string)[];
            "removed": (string)[];
            "changed": ({
              "name": string;
              /** By path, as `scale.max`, or `column <name>`, or `check <name>`; null where it is absent. What may be a secret is hidden. */
              "fields": ({
                "field": string;
                "before": unknown;
                "after": unknown;
                /** What no longer fits, of what is there or of who reads it. */
                "breaks": string | null;
              })[];
            })[];
          };
          "tables": {
            "added": (string)[];
            "removed": (string)[];
            "changed": ({
              "name": string;
              /** By path, as `scale.max`, or `column <name>`, or `check <name>`; null where it is absent. What may be a secret is hidden. */
              "fields": ({
                "field": string;
                "before": unknown;
                "after": unknown;
                /** What no longer fits, of what is there or of who reads it. */
                "breaks": string | null;
              })[];
            })[];
          };
          "stages": {
            "added": (string)[];
            "removed": (string)[];
            "changed": ({
              "name": string;
              /** By path, as `scale.max`, or `column <name>`, or `check <name>`; null where it is absent. What may be a secret is hidden. */
              "fields": ({
                "field": string;
                "before": unknown;
                "after": unknown;
                /** What no longer fits, of what is there or of who reads it. */
                "breaks": string | null;
              })[];
            })[];
          };
          "dags": ({
            "name": string;
            "change": "added" | "removed" | "changed";
            "tasks": {
              "added": (string)[];
              "removed": (string)[];
              "changed": ({
                "name": string;
                "fields": ({
                  "field": string;
                  "before": unknown;
                  "after": unknown;
                })[];
              })[];
            };
            "settings": ({
              "field": string;
              "before": unknown;
              "after": unknown;
            })[];
            "paused": boolean;
            /** Null where it stays as it is. */
            "schedule": {
              "before": {
                /** In words. */
                "text": string;
                "timezone": string;
                "next": ({
                  "interval": {
                    "start": string;
                    "end": string;
                  };
                  "runAt": string;
                  "logicalDate": string | null;
                })[];
                "problem": {
                  "code": string;
                  "what": string;
                  "where": string;
                  "mend": string;
                  "retryable": boolean;
                } | null;
              } | null;
              "after": {
                /** In words. */
                "text": string;
                "timezone": string;
                "next": ({
                  "interval": {
                    "start": string;
                    "end": string;
                  };
                  "runAt": string;
                  "logicalDate": string | null;
                })[];
                "problem": {
                  "code": string;
                  "what": string;
                  "where": string;
                  "mend": string;
                  "retryable": boolean;
                } | null;
              } | null;
            } | null;
            /** Runs that catching up makes at once. */
            "fills": {
              "count": number;
              /** There are more than were counted. */
              "more": boolean;
              "first": ({
                "start": string;
                "end": string;
              })[];
              "last": {
                "start": string;
                "end": string;
              } | null;
            } | null;
          })[];
          "models": ({
            "name": string;
            "change": "added" | "removed" | "changed" | "indirect";
            /** What happens to its rows. */
            "effect": "build" | "rebuild" | "columns-added" | "none";
            "why": string;
            /** Intervals that were filled by the statement of before. */
            "fills": {
              "count": number;
              "start": string;
              "end": string;
            } | null;
          })[];
          "marts": ({
            "name": string;
            "change": "added" | "removed" | "changed";
            "readers": {
              "added": (string)[];
              "removed": (string)[];
            };
            "tables": {
              "added": (string)[];
              "removed": (string)[];
            };
            /** Columns that its readers have now and would have no more. */
            "lost": ({
              "table": string;
              "columns": (string)[];
            })[];
            /** Columns that they would see for the first time. */
            "gained": ({
              "table": string;
              "columns": (string)[];
            })[];
          })[];
          /** What source folders would find and load if they ran now; in a dry run alone. */
          "sources": ({
            "name": string;
            "at": string;
            "tables": ({
              "raw": string;
              "into": string;
              "action": string;
              "changes": (string)[];
              "format": string;
              "partitionColumns": (string)[];
              "files": number;
              "bytes": number;
              "columns": ({
                "name": string;
                "type": string;
                "change": "new" | "added" | "widened" | "recast" | null;
              })[];
              "load": {
                "newFiles": number;
                "changedFiles": number;
                "goneFiles": number;
                "bytes": number;
              };
              "error": {
                "code": string;
                "what": string;
                "where": string;
                "mend": string;
                "retryable": boolean;
              } | null;
            })[];
            "unreadable": {
              "files": number;
              "first": ({
                "path": string;
                "error": {
                  "code": string;
                  "what": string;
                  "where": string;
                  "mend": string;
                  "retryable": boolean;
                };
              })[];
            };
            "error": {
              "code": string;
              "what": string;
              "where": string;
              "mend": string;
              "retryable": boolean;
            } | null;
          })[];
          /** Runs that go on or wait, and keep their release; at most 20 ids of each. */
          "staying": ({
            "dag": string;
            "release": string;
            "runs": number;
            "ids": (string)[];
          })[];
          "problems": ({
            "code": string;
            "what": string;
            "where": string;
            "mend": string;
            "retryable": boolean;
            "file": string;
          })[];
          /** Why it cannot be done while Millrace runs. */
          "refusal": {
            "code": string;
            "what": string;
            "where": string;
            "mend": string;
            "retryable": boolean;
          } | null;
          /** It changes stages, or topics and tables of theirs: Millrace drains and starts anew with it, by itself, and is away for as long. */
          "startsAnew": boolean;
          /** False in a dry run, and when nothing was to be done. */
          "done": boolean;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/releases/rollback": {
    parameters: {};
    /** Gives new runs the DAGs of an earlier release. */
    post: {
      parameters: {
      };
      requestBody?: { content: { "application/json": {
        /** Its name, or how that begins. Default: the one that ran before. */
        "release"?: string;
        "note"?: string;
        /** Only say what it would change. */
        "dryRun"?: boolean;
      } | null } };
      responses: {
        200: { content: { "application/json": {
          "from": string | null;
          "to": string;
          "files": {
            "added": (string)[];
            "removed": (string)[];
            "changed": (string)[];
          };
          "topics": {
            "added": (string)[];
            "removed": (string)[];
            "changed": ({
              "name": string;
              /** By path, as `scale.max`, or `column <name>`, or `check <name>`; null where it is absent. What may be a secret is hidden. */
              "fields": ({
                "field": string;
                "before": unknown;
                "after": unknown;
                /** What no longer fits, of what is there or of who reads it. */
                "breaks": string | null;
              })[];
            })[];
          };
          "tables": {
            "added": (string)[];
            "removed": (string)[];
            "changed": ({
              "name": string;
              /** By path, as `scale.max`, or `column <name>`, or `check <name>`; null where it is absent. What may be a secret is hidden. */
              "fields": ({
                "field": string;
                "before": unknown;
                "after": unknown;
                /** What no longer fits, of what is there or of who reads it. */
                "breaks": string | null;
              })[];
            })[];
          };
          "stages": {
            "added": (string)[];
            "removed": (string)[];
            "changed": ({
              "name": string;
              /** By path, as `scale.max`, or `column <name>`, or `check <name>`; null where it is absent. What may be a secret is hidden. */
              "fields": ({
                "field": string;
                "before": unknown;
                "after": unknown;
                /** What no longer fits, of what is there or of who reads it. */
                "breaks": string | null;
              })[];
            })[];
          };
          "dags": ({
            "name": string;
            "change": "added" | "removed" | "changed";
            "tasks": {
              "added": (string)[];
              "removed": (string)[];
              "changed": ({
                "name": string;
                "fields": ({
                  "field": string;
                  "before": unknown;
                  "after": unknown;
                })[];
              })[];
            };
            "settings": ({
              "field": string;
              "before": unknown;
              "after": unknown;
            })[];
            "paused": boolean;
            /** Null where it stays as it is. */
            "schedule": {
              "before": {
                /** In words. */
                "text": string;
                "timezone": string;
                "next": ({
                  "interval": {
                    "start": string;
                    "end": string;
                  };
                  "runAt": string;
                  "logicalDate": string | null;
                })[];
                "problem": {
                  "code": string;
                  "what": string;
                  "where": string;
                  "mend": string;
                  "retryable": boolean;
                } | null;
              } | null;
              "after": {
                /** In words. */
                "text": string;
                "timezone": string;
                "next": ({
                  "interval": {
                    "start": string;
                    "end": string;
                  };
                  "runAt": string;
                  "logicalDate": string | null;
                })[];
                "problem": {
                  "code": string;
                  "what": string;
                  "where": string;
                  "mend": string;
                  "retryable": boolean;
                } | null;
              } | null;
            } | null;
            /** Runs that catching up makes at once. */
            "fills": {
              "count": number;
              /** There are more than were counted. */
              "more": boolean;
              "first": ({
                "start": string;
                "end": string;
              })[];
              "last": {
                "start": string;
                "end": string;
              } | null;
            } | null;
          })[];
          "models": ({
            "name": string;
            "change": "added" | "removed" | "changed" | "indirect";
            /** What happens to its rows. */
            "effect": "build" | "rebuild" | "columns-added" | "none";
            "why": string;
            /** Intervals that were filled by the statement of before. */
            "fills": {
              "count": number;
              "start": string;
              "end": string;
            } | null;
          })[];
          "marts": ({
            "name": string;
            "change": "added" | "removed" | "changed";
            "readers": {
              "added": (string)[];
              "removed": (string)[];
            };
            "tables": {
              "added": (string)[];
              "removed": (string)[];
            };
            /** Columns that its readers have now and would have no more. */
            "lost": ({
              "table": string;
              "columns": (string)[];
            })[];
            /** Columns that they would see for the first time. */
            "gained": ({
              "table": string;
              "columns": (string)[];
            })[];
          })[];
          /** What source folders would find and load if they ran now; in a dry run alone. */
          "sources": ({
            "name": string;
            "at": string;
            "tables": ({
              "raw": string;
              "into": string;
              "action": string;
              "changes": (string)[];
              "format": string;
              "partitionColumns": (string)[];
              "files": number;
              "bytes": number;
              "columns": ({
                "name": string;
                "type": string;
                "change": "new" | "added" | "widened" | "recast" | null;
              })[];
              "load": {
                "newFiles": number;
                "changedFiles": number;
                "goneFiles": number;
                "bytes": number;
              };
              "error": {
                "code": string;
                "what": string;
                "where": string;
                "mend": string;
                "retryable": boolean;
              } | null;
            })[];
            "unreadable": {
              "files": number;
              "first": ({
                "path": string;
                "error": {
                  "code": string;
                  "what": string;
                  "where": string;
                  "mend": string;
                  "retryable": boolean;
                };
              })[];
            };
            "error": {
              "code": string;
              "what": string;
              "where": string;
              "mend": string;
              "retryable": boolean;
            } | null;
          })[];
          /** Runs that go on or wait, and keep their release; at most 20 ids of each. */
          "staying": ({
            "dag": string;
            "release": string;
            "runs": number;
            "ids": (string)[];
          })[];
          "problems": ({
            "code": string;
            "what": string;
            "where": string;
            "mend": string;
            "retryable": boolean;
            "file": string;
          })[];
          /** Why it cannot be done while Millrace runs. */
          "refusal": {
            "code": string;
            "what": string;
            "where": string;
            "mend": string;
            "retryable": boolean;
          } | null;
          /** It changes stages, or topics and tables of theirs: Millrace drains and starts anew with it, by itself, and is away for as long. */
          "startsAnew": boolean;
          /** False in a dry run, and when nothing was to be done. */
          "done": boolean;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/pools": {
    parameters: {};
    /** All pools, by name. */
    get: {
      parameters: {
        query?: {
          /** Most items of the page. */
          "limit"?: number;
          /** `next` of the page before. */
          "after"?: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "pools": ({
            "name": string;
            /** -1: no limit. 0: nothing is started. */
            "slots": number;
            "used": number;
            "waiting": number;
            "note": string | null;
          })[];
          "next": string | null;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/pools/{pool}": {
    parameters: {};
    /** Makes a pool, or gives it another size. Tasks that go on keep their slots. */
    put: {
      parameters: {
        path: {
          "pool": string;
        };
      };
      requestBody: { content: { "application/json": {
        /** -1: no limit. 0: nothing is started. */
        "slots": number;
        "note"?: string;
      } } };
      responses: {
        200: { content: { "application/json": {
          "name": string;
          /** -1: no limit. 0: nothing is started. */
          "slots": number;
          "used": number;
          "waiting": number;
          "note": string | null;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/models": {
    parameters: {};
    /** Models, each behind those it reads. */
    get: {
      parameters: {
        query?: {
          /** Selectors, with spaces between. */
          "select"?: string;
          /** Selectors, with spaces between. */
          "exclude"?: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "models": ({
            "name": string;
            "kind": "table" | "view" | "ephemeral" | "interval" | "append" | "merge" | "replace-keys" | "history" | "seed";
            /** Builds it; null for one that is not built. */
            "dag": string | null;
            "description": string | null;
            "owner": string | null;
            "tags": (string)[];
            "reads": (string)[];
            "checks": (string)[];
            "unitTests": (string)[];
            /** changed: built by another statement than it has now. */
            "state": "built" | "changed" | "never" | null;
            "builtAt": string | null;
            /** Of a model by interval: what is filled by its statement. */
            "filled": ({
              "start": string;
              "end": string;
            })[] | null;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/models/{model}": {
    parameters: {};
    /** One model: its statement, its columns and where they come from. */
    get: {
      parameters: {
        path: {
          "model": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "name": string;
          "kind": "table" | "view" | "ephemeral" | "interval" | "append" | "merge" | "replace-keys" | "history" | "seed";
          /** Builds it; null for one that is not built. */
          "dag": string | null;
          "description": string | null;
          "owner": string | null;
          "tags": (string)[];
          "reads": (string)[];
          "checks": (string)[];
          "unitTests": (string)[];
          /** changed: built by another statement than it has now. */
          "state": "built" | "changed" | "never" | null;
          "builtAt": string | null;
          /** Of a model by interval: what is filled by its statement. */
          "filled": ({
            "start": string;
            "end": string;
          })[] | null;
          /** With places such as {{ interval.start }}. */
          "sql": string;
          "columns": ({
            "name": string;
            "type": string;
            "note": string | null;
          })[];
          /** Where the columns come from: `outputs` and `indirect`; or `known: false` with a reason. */
          "lineage": {
            [name: string]: unknown;
          };
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/models/publish": {
    parameters: {};
    /** Makes what was built on a branch of models' tables the tables themselves. */
    post: {
      parameters: {
      };
      requestBody: { content: { "application/json": {
        "branch": string;
        /** Names, patterns, tag:name, with + for what stands around. */
        "select"?: (string)[];
        /** Names, patterns, tag:name, with + for what stands around. */
        "exclude"?: (string)[];
      } } };
      responses: {
        200: { content: { "application/json": {
          "models": (string)[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/models/test": {
    parameters: {};
    /** Runs the checks of models over the rows that are there, and their unit tests. */
    post: {
      parameters: {
      };
      requestBody: { content: { "application/json": {
        /** Names, patterns, tag:name, with + for what stands around. */
        "select"?: (string)[];
        /** Names, patterns, tag:name, with + for what stands around. */
        "exclude"?: (string)[];
        "kinds"?: ("check" | "unit")[];
      } } };
      responses: {
        200: { content: { "application/json": {
          "results": ({
            "model": string;
            "name": string;
            "kind": "check" | "unit";
            "state": "passed" | "failed" | "warned" | "skipped" | "error";
            "failures": number;
            "sample": ({
              [name: string]: unknown;
            })[];
            "error": {
              "code": string;
              "what": string;
              "where": string;
              "mend": string;
              "retryable": boolean;
            } | null;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/profiles": {
    parameters: {};
    /** What the values of a dataset are like: of a table of the lake by its files, of which only those are read that were not before. */
    post: {
      parameters: {
      };
      requestBody: { content: { "application/json": {
        /** As SQL names it: `sales.daily`, `topics.orders`. */
        "dataset": string;
        /** Of a table of the lake: the id of a snapshot, a tag or a branch. Default: the current one. */
        "version"?: string;
        /** Of a table of the lake: `field=value` each; rows in any of them. Default: all. */
        "partitions"?: (string)[];
        /** Count different values where they were estimated: all rows are read for it. Not with `partitions`. */
        "exact"?: boolean;
        /** Also look for keys, dependencies and correlations. Not with `partitions`. */
        "relations"?: boolean;
      } } };
      responses: {
        200: { content: { "application/json": {
          "dataset": string;
          "snapshot": string | null;
          "partitions"?: (string)[];
          "at": string;
          "rows": number;
          "files": {
            "all": number;
            "read": number;
          };
          "notes"?: (string)[];
          "columns": ({
            "name": string;
            "path": (string)[];
            "type": string;
            "kind": string;
            "rows": number;
            "nulls": number;
            "notNumbers": number;
            "infinities": number;
            "empty": number;
            "distinct": {
              "value": number;
              "exact": boolean;
              "method"?: string;
            };
            "min": string | null;
            "max": string | null;
            "numbers": {
              "count": number;
              "mean": number;
              "deviation": number | null;
              "skewness": number | null;
              "kurtosis": number | null;
              "quantiles": {
                "values": (number)[];
                "exact": boolean;
                "method"?: string;
              };
              "histogram": ({
                "from": number;
                "to": number;
                "count": number;
              })[];
            } | null;
            "lengths": {
              "min": number;
              "max": number;
              "mean": number;
            } | null;
            "frequent": {
              "values": ({
                "value": string;
                "count": number;
              })[];
              "complete": boolean;
              "missingMax": number;
            } | null;
            "shapes": {
              "values": ({
                "shape": string;
                "share": number;
              })[];
              "of": "rows" | "sampled texts";
            } | null;
            "meaning": {
              "kind": string;
              "share": number;
            } | null;
            "nature": string | null;
            "personal": string | null;
          })[];
          "columnsLeftOut": number;
          "findings": ({
            "kind": string;
            "column": string;
            "text": string;
            "rows"?: {
              "value": number;
              "exact": boolean;
              "method"?: string;
            };
            "values": (string)[];
          })[];
          "relations"?: {
            "keys": ((string)[])[];
            "dependencies": ({
              "from": string;
              "to": string;
            })[];
            "references"?: ({
              "from": string;
              "table": string;
              "to": string;
              "values": number;
            })[];
            "correlations": ({
              "a": string;
              "b": string;
              "pearson": number | null;
              "spearman": number | null;
            })[];
            "sampledRows": number;
            "notes": (string)[];
          };
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/profiles/compare": {
    parameters: {};
    /** How the values of two versions of a table differ. */
    post: {
      parameters: {
      };
      requestBody: { content: { "application/json": {
        /** As SQL names it: `sales.daily`, `topics.orders`. */
        "dataset": string;
        /** Of a table of the lake: the id of a snapshot, a tag or a branch. Default: the current one. */
        "version"?: string;
        /** The version that is held against: as `version`. */
        "against": string;
      } } };
      responses: {
        200: { content: { "application/json": {
          "dataset": string;
          "before": {
            "snapshot": string | null;
            "at": string;
            "rows": number;
          };
          "after": {
            "snapshot": string | null;
            "at": string;
            "rows": number;
          };
          "added": (string)[];
          "removed": (string)[];
          "columns": ({
            "name": string;
            "changes": ({
              "figure": string;
              "before": unknown;
              "after": unknown;
            })[];
            "newValues": (string)[];
            "goneValues": (string)[];
            "drift"?: {
              "measure": string;
              "value": number;
              "says": string;
            };
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/profiles/data": {
    parameters: {};
    /** A profile of data that the request brings; nothing of them is kept. */
    post: {
      parameters: {
      };
      requestBody: { content: { "application/json": {
        /** The data: CSV, JSON, Parquet and others, by their content. */
        "content": string;
        /** Of `content`. Default: text. */
        "encoding"?: "text" | "base64";
      } } };
      responses: {
        200: { content: { "application/json": {
          "dataset": string;
          "snapshot": string | null;
          "partitions"?: (string)[];
          "at": string;
          "rows": number;
          "files": {
            "all": number;
            "read": number;
          };
          "notes"?: (string)[];
          "columns": ({
            "name": string;
            "path": (string)[];
            "type": string;
            "kind": string;
            "rows": number;
            "nulls": number;
            "notNumbers": number;
            "infinities": number;
            "empty": number;
            "distinct": {
              "value": number;
              "exact": boolean;
              "method"?: string;
            };
            "min": string | null;
            "max": string | null;
            "numbers": {
              "count": number;
              "mean": number;
              "deviation": number | null;
              "skewness": number | null;
              "kurtosis": number | null;
              "quantiles": {
                "values": (number)[];
                "exact": boolean;
                "method"?: string;
              };
              "histogram": ({
                "from": number;
                "to": number;
                "count": number;
              })[];
            } | null;
            "lengths": {
              "min": number;
              "max": number;
              "mean": number;
            } | null;
            "frequent": {
              "values": ({
                "value": string;
                "count": number;
              })[];
              "complete": boolean;
              "missingMax": number;
            } | null;
            "shapes": {
              "values": ({
                "shape": string;
                "share": number;
              })[];
              "of": "rows" | "sampled texts";
            } | null;
            "meaning": {
              "kind": string;
              "share": number;
            } | null;
            "nature": string | null;
            "personal": string | null;
          })[];
          "columnsLeftOut": number;
          "findings": ({
            "kind": string;
            "column": string;
            "text": string;
            "rows"?: {
              "value": number;
              "exact": boolean;
              "method"?: string;
            };
            "values": (string)[];
          })[];
          "relations"?: {
            "keys": ((string)[])[];
            "dependencies": ({
              "from": string;
              "to": string;
            })[];
            "references"?: ({
              "from": string;
              "table": string;
              "to": string;
              "values": number;
            })[];
            "correlations": ({
              "a": string;
              "b": string;
              "pearson": number | null;
              "spearman": number | null;
            })[];
            "sampledRows": number;
            "notes": (string)[];
          };
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/detections": {
    parameters: {};
    /** Rows that are not like the others: of a dataset, of a statement, or of data that the request brings. */
    post: {
      parameters: {
      };
      requestBody: { content: { "application/json": {
        /** As SQL names it: `sales.daily`, `topics.orders`. One of `dataset`, `sql` and `data`. */
        "dataset"?: string;
        /** Of a table of the lake: the id of a snapshot, a tag or a branch. Default: the current one. */
        "version"?: string;
        /** A SELECT whose rows are looked at. */
        "sql"?: string;
        "data"?: {
          /** Data from outside: CSV, JSON, Parquet and others, by their content. Nothing of them is kept. */
          "content": string;
          /** Of `content`. Default: text. */
          "encoding"?: "text" | "base64";
        };
        /** zScore, mad, trimmed, iqr, grubbs, esd: each column by itself; rollingMad, holtWinters, stl, cusum, changePoints: each as a series; mahalanobis, mcd, iterativeRemoval, isolationForest, knn, lof: columns together. */
        "method": string;
        /** Of the method, as threshold. */
        "options"?: {
          [name: string]: number | string | boolean;
        };
        /** The numeric columns. Default: all that are numbers. */
        "columns"?: (string)[];
        /** Columns whose values make a group; each is judged by itself. */
        "by"?: (string)[];
        /** Columns that tell which row an outlier is. */
        "label"?: (string)[];
        /** The column of the time, for series. */
        "order"?: string;
      } } };
      responses: {
        200: { content: { "application/json": {
          "method": string;
          "rows": number;
          "outliers": number;
          "detections": ({
            "group": {
              [name: string]: string | null;
            };
            "column"?: string;
            "rows": number;
            "judged": number;
            "outliers": number;
            "threshold": unknown;
            "side": "both" | "above";
            "exact": boolean;
            "by": {
              [name: string]: unknown;
            };
            "found": ({
              "row": number;
              "score": number | "Infinity" | "-Infinity";
              "values": {
                [name: string]: unknown;
              };
              "label": {
                [name: string]: string | null;
              };
              "judgedBy": {
                [name: string]: unknown;
              };
              "neighbours"?: ({
                [name: string]: string | null;
              })[];
            })[];
          })[];
          "notJudged": ({
            "group": {
              [name: string]: string | null;
            };
            "column"?: string;
            "rows": number;
            "why": unknown;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/catalog": {
    parameters: {};
    /** Databases, tables and topics, by kind and name; or those that have some words, the best first. */
    get: {
      parameters: {
        query?: {
          /** Most items of the page. */
          "limit"?: number;
          /** `next` of the page before. */
          "after"?: string;
          /** Words that each entry must have: in its name, columns, tags, owner or descriptions. */
          "q"?: string;
          "kind"?: "database" | "table" | "topic";
          /** The tables of this database alone. */
          "database"?: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "entries": ({
            "kind": "database" | "table" | "topic";
            "name": string;
            "form": "topic" | "lake" | "model" | "external" | "mart" | "declared";
            /** Its first 300 characters; the entry has all of it. */
            "description": string | null;
            "owner": string | null;
            "tags": (string)[];
            "columns": number;
            "personal": (string)[];
            "facts": {
              "location"?: string;
              "format"?: string;
              "partitionColumns"?: ({
                "name": string;
                "type": string;
              })[];
              "files"?: number;
              "bytes"?: number;
              "rows"?: number | null;
              "crawler"?: string;
              "deprecated"?: string;
              "updatedAt"?: string;
              "quality"?: {
                "score": number | null;
                "at": string;
                "broken": (string)[];
              };
              /** Of a mart: the audiences that may read it. */
              "readers"?: (string)[];
            };
            /** Where the words that were searched for stand. */
            "found"?: (string)[];
            /** What a word was taken for that nothing has. */
            "corrected"?: {
              [name: string]: string;
            };
          })[];
          "next": string | null;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/catalog/{kind}/{entry}": {
    parameters: {};
    /** One entry: what is said of it and its columns, by whom, and who wins. */
    get: {
      parameters: {
        path: {
          "kind": string;
          "entry": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "kind": "database" | "table" | "topic";
          "name": string;
          "form": "topic" | "lake" | "model" | "external" | "mart" | "declared";
          "description": {
            "value": string;
            "by": {
              "kind": "person" | "project" | "lake" | "crawler";
              "name"?: string;
            };
            "others"?: ({
              "value": string;
              "by": {
                "kind": "person" | "project" | "lake" | "crawler";
                "name"?: string;
              };
            })[];
          } | null;
          "owner": {
            "value": string;
            "by": {
              "kind": "person" | "project" | "lake" | "crawler";
              "name"?: string;
            };
            "others"?: ({
              "value": string;
              "by": {
                "kind": "person" | "project" | "lake" | "crawler";
                "name"?: string;
              };
            })[];
          } | null;
          "tags": ({
            "value": string;
            "by": {
              "kind": "person" | "project" | "lake" | "crawler";
              "name"?: string;
            };
            "others"?: ({
              "value": string;
              "by": {
                "kind": "person" | "project" | "lake" | "crawler";
                "name"?: string;
              };
            })[];
          })[];
          "columns": ({
            "name": string;
            "type": {
              "value": string;
              "by": {
                "kind": "person" | "project" | "lake" | "crawler";
                "name"?: string;
              };
              "others"?: ({
                "value": string;
                "by": {
                  "kind": "person" | "project" | "lake" | "crawler";
                  "name"?: string;
                };
              })[];
            } | null;
            "description": {
              "value": string;
              "by": {
                "kind": "person" | "project" | "lake" | "crawler";
                "name"?: string;
              };
              "others"?: ({
                "value": string;
                "by": {
                  "kind": "person" | "project" | "lake" | "crawler";
                  "name"?: string;
                };
              })[];
            } | null;
            "tags": ({
              "value": string;
              "by": {
                "kind": "person" | "project" | "lake" | "crawler";
                "name"?: string;
              };
              "others"?: ({
                "value": string;
                "by": {
                  "kind": "person" | "project" | "lake" | "crawler";
                  "name"?: string;
                };
              })[];
            })[];
            "personal": {
              "value": {
                "kind": string;
                "confidence"?: number;
              };
              "by": {
                "kind": "person" | "project" | "lake" | "crawler";
                "name"?: string;
              };
              "others"?: ({
                "value": {
                  "kind": string;
                  "confidence"?: number;
                };
                "by": {
                  "kind": "person" | "project" | "lake" | "crawler";
                  "name"?: string;
                };
              })[];
            } | null;
          })[];
          "facts": {
            "location"?: string;
            "format"?: string;
            "partitionColumns"?: ({
              "name": string;
              "type": string;
            })[];
            "files"?: number;
            "bytes"?: number;
            "rows"?: number | null;
            "crawler"?: string;
            "deprecated"?: string;
            "updatedAt"?: string;
            "quality"?: {
              "score": number | null;
              "at": string;
              "broken": (string)[];
            };
            /** Of a mart: the audiences that may read it. */
            "readers"?: (string)[];
          };
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/catalog/{kind}/{entry}/mapping": {
    parameters: {};
    /** A mapping of a table or topic to be edited: each field, however deep, as a column of its own. */
    get: {
      parameters: {
        path: {
          "kind": string;
          "entry": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "from": string;
          "mapping": ({
            "from": string;
            "fromType": string;
            "to": string;
            "type": string;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/catalog/{kind}/{entry}/notes": {
    parameters: {};
    /** Changes what people say of an entry. What is absent stays; null takes it back. */
    put: {
      parameters: {
        path: {
          "kind": string;
          "entry": string;
        };
      };
      requestBody: { content: { "application/json": {
        "description"?: string | null;
        "owner"?: string | null;
        "tags"?: (string)[] | null;
        "columns"?: {
          [name: string]: {
            "description"?: string | null;
            "tags"?: (string)[] | null;
            /** A kind of personal data; none: it is no such data, whatever a crawler says. */
            "personal"?: string | null;
          };
        };
        /** Who says it. */
        "by"?: string;
      } } };
      responses: {
        200: { content: { "application/json": {
          "kind": "database" | "table" | "topic";
          "name": string;
          "form": "topic" | "lake" | "model" | "external" | "mart" | "declared";
          "description": {
            "value": string;
            "by": {
              "kind": "person" | "project" | "lake" | "crawler";
              "name"?: string;
            };
            "others"?: ({
              "value": string;
              "by": {
                "kind": "person" | "project" | "lake" | "crawler";
                "name"?: string;
              };
            })[];
          } | null;
          "owner": {
            "value": string;
            "by": {
              "kind": "person" | "project" | "lake" | "crawler";
              "name"?: string;
            };
            "others"?: ({
              "value": string;
              "by": {
                "kind": "person" | "project" | "lake" | "crawler";
                "name"?: string;
              };
            })[];
          } | null;
          "tags": ({
            "value": string;
            "by": {
              "kind": "person" | "project" | "lake" | "crawler";
              "name"?: string;
            };
            "others"?: ({
              "value": string;
              "by": {
                "kind": "person" | "project" | "lake" | "crawler";
                "name"?: string;
              };
            })[];
          })[];
          "columns": ({
            "name": string;
            "type": {
              "value": string;
              "by": {
                "kind": "person" | "project" | "lake" | "crawler";
                "name"?: string;
              };
              "others"?: ({
                "value": string;
                "by": {
                  "kind": "person" | "project" | "lake" | "crawler";
                  "name"?: string;
                };
              })[];
            } | null;
            "description": {
              "value": string;
              "by": {
                "kind": "person" | "project" | "lake" | "crawler";
                "name"?: string;
              };
              "others"?: ({
                "value": string;
                "by": {
                  "kind": "person" | "project" | "lake" | "crawler";
                  "name"?: string;
                };
              })[];
            } | null;
            "tags": ({
              "value": string;
              "by": {
                "kind": "person" | "project" | "lake" | "crawler";
                "name"?: string;
              };
              "others"?: ({
                "value": string;
                "by": {
                  "kind": "person" | "project" | "lake" | "crawler";
                  "name"?: string;
                };
              })[];
            })[];
            "personal": {
              "value": {
                "kind": string;
                "confidence"?: number;
              };
              "by": {
                "kind": "person" | "project" | "lake" | "crawler";
                "name"?: string;
              };
              "others"?: ({
                "value": {
                  "kind": string;
                  "confidence"?: number;
                };
                "by": {
                  "kind": "person" | "project" | "lake" | "crawler";
                  "name"?: string;
                };
              })[];
            } | null;
          })[];
          "facts": {
            "location"?: string;
            "format"?: string;
            "partitionColumns"?: ({
              "name": string;
              "type": string;
            })[];
            "files"?: number;
            "bytes"?: number;
            "rows"?: number | null;
            "crawler"?: string;
            "deprecated"?: string;
            "updatedAt"?: string;
            "quality"?: {
              "score": number | null;
              "at": string;
              "broken": (string)[];
            };
            /** Of a mart: the audiences that may read it. */
            "readers"?: (string)[];
          };
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/catalog/{kind}/{entry}/versions": {
    parameters: {};
    /** What an entry's versions changed, when, and who; the newest first. */
    get: {
      parameters: {
        path: {
          "kind": string;
          "entry": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "versions": ({
            "version": string;
            "at": string;
            "by": {
              "kind": "person" | "project" | "lake" | "crawler";
              "name"?: string;
            };
            "changes": (string)[];
            "crawl"?: string;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/crawlers": {
    parameters: {};
    /** Crawlers of the project, with how each went last. */
    get: {
      parameters: {
      };
      responses: {
        200: { content: { "application/json": {
          "crawlers": ({
            "name": string;
            "at": string;
            "into": string;
            "policy": {
              [name: string]: unknown;
            };
            "tableLevel"?: number;
            "combine": boolean;
            "classifiers": ({
              [name: string]: unknown;
            })[];
            "exclude": (string)[];
            "documents": string;
            "tables": number;
            "last": {
              "crawl": string;
              "crawler": string;
              "location": string;
              "into": string;
              "startedAt": string;
              "endedAt": string;
              "dryRun": boolean;
              "files": {
                "seen": number;
                "bytes": number;
                /** Looked into by this crawl; the others were as known. */
                "read": number;
                "readBytes": number;
                "unreadable": number;
                "leftOut": number;
              };
              /** How many tables each action was taken for. */
              "tables": {
                [name: string]: number;
              };
              "conflicts": number;
            } | null;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/crawls": {
    parameters: {};
    /** Crawls whose reports are kept, the newest first. */
    get: {
      parameters: {
        query?: {
          "crawler"?: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "crawls": ({
            "crawl": string;
            "crawler": string;
            "location": string;
            "into": string;
            "startedAt": string;
            "endedAt": string;
            "dryRun": boolean;
            "files": {
              "seen": number;
              "bytes": number;
              /** Looked into by this crawl; the others were as known. */
              "read": number;
              "readBytes": number;
              "unreadable": number;
              "leftOut": number;
            };
            /** How many tables each action was taken for. */
            "tables": {
              [name: string]: number;
            };
            "conflicts": number;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
    /** Crawls a folder, by a crawler of the project or without one. */
    post: {
      parameters: {
      };
      requestBody: { content: { "application/json": {
        /** A crawler's name, or a folder: relative to the project's, or absolute. */
        "target": string;
        /** The database of a folder's tables. Default: the folder's name. */
        "into"?: string;
        /** Only say what would be found and changed. */
        "dryRun"?: boolean;
      } } };
      responses: {
        200: { content: { "application/json": {
          "crawl": string;
          "crawler": string;
          "location": string;
          "into": string;
          "startedAt": string;
          "endedAt": string;
          "dryRun": boolean;
          "files": {
            "seen": number;
            "bytes": number;
            /** Looked into by this crawl; the others were as known. */
            "read": number;
            "readBytes": number;
            "unreadable": number;
            "leftOut": number;
          };
          "tables": ({
            "name": string;
            "place": string;
            "action": "new" | "changed" | "updated" | "unchanged" | "deprecated" | "removed" | "kept";
            "why": (string)[];
            "format": string;
            "files": number;
            "bytes": number;
            "rows": number | null;
            "columns": number;
            "partitionColumns": (string)[];
            "changes": (string)[];
            "filesAdded": number;
            "filesChanged": number;
            "filesGone": number;
            "warnings": (string)[];
            "conflicts": ({
              "column": string;
              "taken": string;
              "found": ({
                "type": string;
                "files": number;
                "example": string;
              })[];
            })[];
            "personal": ({
              "column": string;
              "kind": string;
              "confidence": number;
            })[];
          })[];
          "unreadable": ({
            "path": string;
            "error": {
              "code": string;
              "what": string;
              "where": string;
              "mend": string;
              "retryable": boolean;
            };
          })[];
          "leftOut": ({
            "path": string;
            "why": string;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/crawls/{crawl}": {
    parameters: {};
    /** The report of a crawl. */
    get: {
      parameters: {
        path: {
          "crawl": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "crawl": string;
          "crawler": string;
          "location": string;
          "into": string;
          "startedAt": string;
          "endedAt": string;
          "dryRun": boolean;
          "files": {
            "seen": number;
            "bytes": number;
            /** Looked into by this crawl; the others were as known. */
            "read": number;
            "readBytes": number;
            "unreadable": number;
            "leftOut": number;
          };
          "tables": ({
            "name": string;
            "place": string;
            "action": "new" | "changed" | "updated" | "unchanged" | "deprecated" | "removed" | "kept";
            "why": (string)[];
            "format": string;
            "files": number;
            "bytes": number;
            "rows": number | null;
            "columns": number;
            "partitionColumns": (string)[];
            "changes": (string)[];
            "filesAdded": number;
            "filesChanged": number;
            "filesGone": number;
            "warnings": (string)[];
            "conflicts": ({
              "column": string;
              "taken": string;
              "found": ({
                "type": string;
                "files": number;
                "example": string;
              })[];
            })[];
            "personal": ({
              "column": string;
              "kind": string;
              "confidence": number;
            })[];
          })[];
          "unreadable": ({
            "path": string;
            "error": {
              "code": string;
              "what": string;
              "where": string;
              "mend": string;
              "retryable": boolean;
            };
          })[];
          "leftOut": ({
            "path": string;
            "why": string;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/quality": {
    parameters: {};
    /** Datasets that have checks, as they were judged last. */
    get: {
      parameters: {
      };
      responses: {
        200: { content: { "application/json": {
          "datasets": ({
            "dataset": string;
            "checks": (string)[];
            "last": {
              "id": string;
              "dataset": string;
              "at": string;
              /** Snapshot. */
              "version": string | null;
              "keptBack": boolean;
              "score": number | null;
              "results": ({
                "name": string;
                "kind": string;
                "columns": (string)[];
                "severity": "error" | "warn";
                "state": "passed" | "failed" | "warned" | "error" | "skipped";
                /** code: by a function over all rows. 0: from metadata. 1: by the scan that all checks share. 2: by groups and joins. */
                "tier": 0 | 1 | 2 | "code" | null;
                /** Rows that break it; null where the dataset is judged as a whole. */
                "failures": number | null;
                /** There may be more such rows. */
                "atLeast": boolean;
                "rows": number | null;
                /** The figure that the dataset is judged by. */
                "value": number | string | null;
                "expected": string;
                "error": {
                  "code": string;
                  "what": string;
                  "where": string;
                  "mend": string;
                  "retryable": boolean;
                } | null;
                /** Of some rows that break it the values of its own columns. */
                "keys": ({
                  [name: string]: unknown;
                })[];
              })[];
            } | null;
            /** Of each check that does not hold, since when it has not without a break. */
            "since": {
              [name: string]: string;
            };
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/watch": {
    parameters: {};
    /** Tables of the lake as they are watched: how often versions come, and what was not as usual. */
    get: {
      parameters: {
      };
      responses: {
        200: { content: { "application/json": {
          "datasets": ({
            "dataset": string;
            "version": string;
            "last": string | null;
            "versions": number;
            "pace": "daily" | "hourly" | "other" | null;
            "anomalies": ({
              "metric": string;
              "at": string;
              "value": number;
              "expected": number;
              "usual": (number)[];
              "score": number;
              "text": string;
            })[];
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/watch/{dataset}": {
    parameters: {};
    /** What was measured of the last versions of a table, the oldest first: rows, rows that came, shares of nulls. */
    get: {
      parameters: {
        path: {
          "dataset": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "versions": ({
            "version": string;
            "at": string;
            "values": {
              [name: string]: number;
            };
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/quality/{dataset}/check": {
    parameters: {};
    /** Judges a dataset by its checks, now. Topics are called topics.<name>. */
    post: {
      parameters: {
        path: {
          "dataset": string;
        };
      };
      requestBody: { content: { "application/json": {
        /** A snapshot, tag or branch. Of others than the current version nothing is kept. */
        "version"?: string;
        /** Count what breaks a check also where it is known that something does. */
        "exact"?: boolean;
      } } };
      responses: {
        200: { content: { "application/json": {
          "id": string;
          "dataset": string;
          "at": string;
          /** Snapshot. */
          "version": string | null;
          "keptBack": boolean;
          "score": number | null;
          "results": ({
            "name": string;
            "kind": string;
            "columns": (string)[];
            "severity": "error" | "warn";
            "state": "passed" | "failed" | "warned" | "error" | "skipped";
            /** code: by a function over all rows. 0: from metadata. 1: by the scan that all checks share. 2: by groups and joins. */
            "tier": 0 | 1 | 2 | "code" | null;
            /** Rows that break it; null where the dataset is judged as a whole. */
            "failures": number | null;
            /** There may be more such rows. */
            "atLeast": boolean;
            "rows": number | null;
            /** The figure that the dataset is judged by. */
            "value": number | string | null;
            "expected": string;
            "error": {
              "code": string;
              "what": string;
              "where": string;
              "mend": string;
              "retryable": boolean;
            } | null;
            "sample": ({
              [name: string]: unknown;
            })[];
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/quality/{dataset}/validate": {
    parameters: {};
    /** Judges data that the request brings by the checks of a dataset, as if they were its rows. Nothing of them is kept. */
    post: {
      parameters: {
        path: {
          "dataset": string;
        };
      };
      requestBody: { content: { "application/json": {
        /** The data: CSV, JSON, Parquet and others, by their content. */
        "content": string;
        /** Of `content`. Default: text. */
        "encoding"?: "text" | "base64";
      } } };
      responses: {
        200: { content: { "application/json": {
          "results": ({
            "name": string;
            "kind": string;
            "columns": (string)[];
            "severity": "error" | "warn";
            "state": "passed" | "failed" | "warned" | "error" | "skipped";
            /** code: by a function over all rows. 0: from metadata. 1: by the scan that all checks share. 2: by groups and joins. */
            "tier": 0 | 1 | 2 | "code" | null;
            /** Rows that break it; null where the dataset is judged as a whole. */
            "failures": number | null;
            /** There may be more such rows. */
            "atLeast": boolean;
            "rows": number | null;
            /** The figure that the dataset is judged by. */
            "value": number | string | null;
            "expected": string;
            "error": {
              "code": string;
              "what": string;
              "where": string;
              "mend": string;
              "retryable": boolean;
            } | null;
            "sample": ({
              [name: string]: unknown;
            })[];
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/quality/{dataset}/explain": {
    parameters: {};
    /** How a dataset would be judged: the tier of each check, and the statements. */
    post: {
      parameters: {
        path: {
          "dataset": string;
        };
      };
      requestBody: { content: { "application/json": {
        /** A snapshot, tag or branch. Of others than the current version nothing is kept. */
        "version"?: string;
        /** Count what breaks a check also where it is known that something does. */
        "exact"?: boolean;
      } } };
      responses: {
        200: { content: { "application/json": {
          "checks": ({
            "name": string;
            "expected": string;
            /** code: by a function over all rows. 0: from metadata. 1: by the scan that all checks share. 2: by groups and joins. */
            "tier": 0 | 1 | 2 | "code" | null;
            "how": string;
            "sql": (string)[];
            "error": {
              "code": string;
              "what": string;
              "where": string;
              "mend": string;
              "retryable": boolean;
            } | null;
          })[];
          "statements": ({
            "tier": 1 | 2;
            "sql": string;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/quality/{dataset}/judgements": {
    parameters: {};
    /** How a dataset was judged, the newest first. */
    get: {
      parameters: {
        query?: {
          /** `id` of the last one of the page before. */
          "before"?: string;
          "limit"?: number;
        };
        path: {
          "dataset": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "judgements": ({
            "id": string;
            "dataset": string;
            "at": string;
            /** Snapshot. */
            "version": string | null;
            "keptBack": boolean;
            "score": number | null;
            "results": ({
              "name": string;
              "kind": string;
              "columns": (string)[];
              "severity": "error" | "warn";
              "state": "passed" | "failed" | "warned" | "error" | "skipped";
              /** code: by a function over all rows. 0: from metadata. 1: by the scan that all checks share. 2: by groups and joins. */
              "tier": 0 | 1 | 2 | "code" | null;
              /** Rows that break it; null where the dataset is judged as a whole. */
              "failures": number | null;
              /** There may be more such rows. */
              "atLeast": boolean;
              "rows": number | null;
              /** The figure that the dataset is judged by. */
              "value": number | string | null;
              "expected": string;
              "error": {
                "code": string;
                "what": string;
                "where": string;
                "mend": string;
                "retryable": boolean;
              } | null;
              /** Of some rows that break it the values of its own columns. */
              "keys": ({
                [name: string]: unknown;
              })[];
            })[];
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/alerts": {
    parameters: {};
    /** Alerts of DAGs and whether they were sent, the newest first. */
    get: {
      parameters: {
        query?: {
          /** Of this DAG alone. */
          "dag"?: string;
          /** In this state, or in one of several with commas between them. */
          "state"?: string;
          /** `next` of the page before. */
          "before"?: string;
          /** Most alerts of the page. */
          "limit"?: number;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "alerts": ({
            /** What its receiver tells doubles by. */
            "id": string;
            "dag": string;
            "kind": "failure" | "success" | "retry" | "deadline" | "check" | "anomaly";
            /** In words; without what may be secret in the address of a webhook. */
            "to": string;
            "run": string;
            "release": string;
            "interval": {
              "start": string;
              "end": string;
            };
            "task": string | null;
            "index": number;
            "attempt": number | null;
            "text": string;
            "at": string;
            "lastAt": string;
            /** Things that have happened and that it tells of. */
            "count": number;
            /** `gathering`: others are still joined to it. `pending`: is to be sent, now or at `nextAt`. */
            "state": "gathering" | "pending" | "sent" | "failed";
            "tries": number;
            "nextAt": string | null;
            "endedAt": string | null;
            /** Why the last try failed. */
            "error": {
              "code": string;
              "what": string;
              "where": string;
              "mend": string;
              "retryable": boolean;
            } | null;
          })[];
          "next": string | null;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/tokens": {
    parameters: {};
    /** Tokens of readers, with when each was last used; not the tokens themselves. */
    get: {
      parameters: {
      };
      responses: {
        200: { content: { "application/json": {
          "tokens": ({
            "id": string;
            "name": string;
            /** What marts name as their readers. */
            "audience": string;
            "createdAt": string;
            /** Null: it does not end by itself. */
            "expiresAt": string | null;
            "revokedAt": string | null;
            /** To the minute or so. */
            "lastUsedAt": string | null;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
    /** Makes a token for an audience of marts. It is told this once, and never again. */
    post: {
      parameters: {
      };
      requestBody: { content: { "application/json": {
        /** What marts name as their readers. */
        "audience": string;
        /** What the token is for, as "Power BI". */
        "name": string;
        /** A duration, as "90d". Absent: it does not end by itself. */
        "expires"?: string;
      } } };
      responses: {
        200: { content: { "application/json": {
          /** What its holder sends. */
          "secret": string;
          "token": {
            "id": string;
            "name": string;
            /** What marts name as their readers. */
            "audience": string;
            "createdAt": string;
            /** Null: it does not end by itself. */
            "expiresAt": string | null;
            "revokedAt": string | null;
            /** To the minute or so. */
            "lastUsedAt": string | null;
          };
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/tokens/{token}/revoke": {
    parameters: {};
    /** Ends a token at once and for good. */
    post: {
      parameters: {
        path: {
          "token": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "id": string;
          "name": string;
          /** What marts name as their readers. */
          "audience": string;
          "createdAt": string;
          /** Null: it does not end by itself. */
          "expiresAt": string | null;
          "revokedAt": string | null;
          /** To the minute or so. */
          "lastUsedAt": string | null;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/tokens/events": {
    parameters: {};
    /** What was done with readers' tokens and refused to them, the newest first. */
    get: {
      parameters: {
        query?: {
          /** Most events of the page. */
          "limit"?: number;
          /** `next` of the page before. */
          "before"?: string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "events": ({
            "id": string;
            "what": "created" | "revoked" | "refused";
            "at": string;
            "lastAt": string;
            "count": number;
            "token": string;
            "name": string;
            "audience": string;
            "detail": string;
          })[];
          "next": string | null;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/workers": {
    parameters: {};
    /** Processes on other machines that have joined, in that order. */
    get: {
      parameters: {
      };
      responses: {
        200: { content: { "application/json": {
          "workers": ({
            "worker": string;
            /** The stage; or */
            "stage"?: string;
            /** the pool whose tasks it runs. */
            "pool"?: string;
            "machine": string;
            "version": string;
            "pid": number;
            "token": string;
            "connected": boolean;
            "joinedAt": string;
            "heardAt": string;
            "identityUntil": string;
            /** Attempts of tasks that it has; of a stage, its tasks. */
            "working": number;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/workers/tokens": {
    parameters: {};
    /** Tokens that workers join with; not the tokens themselves. */
    get: {
      parameters: {
      };
      responses: {
        200: { content: { "application/json": {
          "tokens": ({
            "id": string;
            /** The stage; or */
            "stage"?: string;
            /** the pool whose tasks it runs. */
            "pool"?: string;
            "createdAt": string;
            /** Null: workers may join with it until it is revoked. */
            "expiresAt": string | null;
            "revokedAt": string | null;
            "lastUsedAt": string | null;
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
    /** Makes a token that workers of one stage or one pool join with. It is told this once, and never again. */
    post: {
      parameters: {
      };
      requestBody: { content: { "application/json": {
        /** The stage that its workers run; or */
        "stage"?: string;
        /** the pool whose tasks they run. */
        "pool"?: string;
        /** For how long workers may join with it: a duration, as "1h". Absent: until it is revoked. */
        "for"?: string;
      } } };
      responses: {
        200: { content: { "application/json": {
          /** What a worker is started with. */
          "secret": string;
          "token": {
            "id": string;
            /** The stage; or */
            "stage"?: string;
            /** the pool whose tasks it runs. */
            "pool"?: string;
            "createdAt": string;
            /** Null: workers may join with it until it is revoked. */
            "expiresAt": string | null;
            "revokedAt": string | null;
            "lastUsedAt": string | null;
          };
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/api/v1/workers/tokens/{token}/revoke": {
    parameters: {};
    /** Ends a token for good, and cuts off the workers that have joined with it. */
    post: {
      parameters: {
        path: {
          "token": string;
        };
      };
      responses: {
        200: { content: { "application/json": {
          "id": string;
          /** The stage; or */
          "stage"?: string;
          /** the pool whose tasks it runs. */
          "pool"?: string;
          "createdAt": string;
          /** Null: workers may join with it until it is revoked. */
          "expiresAt": string | null;
          "revokedAt": string | null;
          "lastUsedAt": string | null;
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
  "/ingest/{source}": {
    parameters: {};
    /** Takes one record, an array of records or a record a line into an HTTP source. Answers when they are on disk. */
    post: {
      parameters: {
        path: {
          "source": string;
        };
      };
      requestBody: { content: { "application/json": {
        [name: string]: unknown;
      } | ({
        [name: string]: unknown;
      })[]; "application/x-ndjson": string } };
      responses: {
        200: { content: { "application/json": {
          "accepted": number;
          "rejectedCount": number;
          "rejected": ({
            "index": number;
            "violations": ({
              "field": string;
              "rule": string;
              "message": string;
            })[];
          })[];
        } } };
        default: { content: { "application/json": Error } };
      };
    };
  };
}
