/**
 * The building blocks of log patterns. None has a repetition inside of a repetition over the same characters, so that a
 * line which does not match is refused in time that grows with its length alone.
 */
export const grokPatterns: Record<string, string> = {
  WORD: "\\w+",
  NOTSPACE: "\\S+",
  SPACE: "\\s*",
  DATA: ".*?",
  GREEDYDATA: ".*",
  INT: "[+-]?\\d+",
  NUMBER: "[+-]?(?:\\d+(?:\\.\\d+)?|\\.\\d+)",
  QUOTED: '(?:[^"\\\\]|\\\\.)*',
  USERNAME: "[\\w.@+-]+",
  IPV4: "(?:\\d{1,3}\\.){3}\\d{1,3}",
  IPV6: "[0-9A-Fa-f:]*:[0-9A-Fa-f:]+(?:%[\\w]+)?",
  IP: "%{IPV4}|%{IPV6}",
  HOSTNAME: "[\\w](?:[\\w.-]*[\\w])?",
  IPORHOST: "%{IP}|%{HOSTNAME}",
  PATH: "[^\\s?]+",
  UUID: "[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}",
  MONTH: "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec",
  YEAR: "\\d{4}",
  TIME: "\\d{2}:\\d{2}:\\d{2}(?:[.,]\\d{1,9})?",
  TIMESTAMP_ISO8601: "\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}(?::\\d{2}(?:[.,]\\d{1,9})?)?(?:Z|[+-]\\d{2}:?\\d{2})?",
  HTTPDATE: "\\d{2}/(?:%{MONTH})/\\d{4}:\\d{2}:\\d{2}:\\d{2} [+-]\\d{4}",
  SYSLOGTIMESTAMP: "(?:%{MONTH}) {1,2}\\d{1,2} \\d{2}:\\d{2}:\\d{2}",
  NGINXDATE: "\\d{4}/\\d{2}/\\d{2} \\d{2}:\\d{2}:\\d{2}",
  LOGLEVEL: "(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|ERR|SEVERE|CRIT(?:ICAL)?|FATAL|ALERT|EMERG(?:ENCY)?|FINE(?:R|ST)?|CONFIG|trace|debug|info|notice|warn(?:ing)?|error|err|crit(?:ical)?|fatal|alert|emerg)",
  JAVACLASS: "[A-Za-z_$][\\w$.\\[\\]/~-]*",
};

export interface LogPattern {
  name: string;
  pattern: string;
  /** Records go on over lines that do not begin one. */
  continued: boolean;
}

const request = '"(?:%{WORD:method} %{NOTSPACE:path}(?: HTTP/%{NUMBER:http_version})?|%{QUOTED:request})"';
const common = `%{IPORHOST:client} %{NOTSPACE:ident} %{NOTSPACE:user} \\[%{HTTPDATE:timestamp}\\] ${request} %{INT:status} (?:%{INT:bytes}|-)`;

/** The most telling first. */
export const logPatterns: LogPattern[] = [
  { name: "combined access log", pattern: `${common} "%{QUOTED:referrer}" "%{QUOTED:agent}"(?: .*)?`, continued: false },
  { name: "common access log", pattern: common, continued: false },
  { name: "nginx error log", pattern: "%{NGINXDATE:timestamp} \\[%{LOGLEVEL:level}\\] %{INT:process}#%{INT:thread}: (?:\\*%{INT:connection} )?%{GREEDYDATA:message}", continued: false },
  { name: "syslog (RFC 5424)", pattern: "<%{INT:priority}>%{INT:version} (?:%{TIMESTAMP_ISO8601:timestamp}|-) %{NOTSPACE:host} %{NOTSPACE:program} %{NOTSPACE:process} %{NOTSPACE:message_id} %{GREEDYDATA:message}", continued: false },
  { name: "syslog", pattern: "(?:<%{INT:priority}>)?%{SYSLOGTIMESTAMP:timestamp} %{NOTSPACE:host} (?:%{DATA:program}(?:\\[%{INT:process}\\])?: )?%{GREEDYDATA:message}", continued: false },
  { name: "Java log", pattern: "\\[?%{TIMESTAMP_ISO8601:timestamp}\\]?\\s+(?:\\[%{DATA:thread}\\]\\s+)?\\[?%{LOGLEVEL:level}\\]?\\s+(?:\\[%{DATA:context}\\]\\s+)?%{JAVACLASS:logger}(?::\\d+)?\\s*(?: - |: )\\s*%{GREEDYDATA:message}", continued: true },
  { name: "levelled log", pattern: "\\[?%{TIMESTAMP_ISO8601:timestamp}\\]?:?\\s+(?:- )?[\\[(<]?%{LOGLEVEL:level}[\\])>]?:?\\s+(?:- )?%{GREEDYDATA:message}", continued: true },
  { name: "level first log", pattern: "[\\[(<]?%{LOGLEVEL:level}[\\])>]?:?\\s+\\[?%{TIMESTAMP_ISO8601:timestamp}\\]?:?\\s+%{GREEDYDATA:message}", continued: true },
  { name: "dated log", pattern: "\\[?%{TIMESTAMP_ISO8601:timestamp}\\]?:?\\s+%{GREEDYDATA:message}", continued: true },
];
