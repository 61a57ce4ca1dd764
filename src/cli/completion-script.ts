import type { Command, Option } from "commander";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** A place in the command line: the words before it, and what may come next. */
interface Place {
  path: string;
  commands: { name: string; description: string }[];
  options: { flag: string; description: string }[];
}

/** A completion script made from the commands as they are declared, so that the two cannot drift apart. */
export function completionScript(program: Command, shell: Shell): string {
  return { bash, zsh, fish }[shell](placesOf(program, program), valuesOf(program));
}

/** What options take, by what they say of it: a file, or one of a few words. */
interface OptionValues {
  files: string[];
  words: { flag: string; words: string[] }[];
}

function valuesOf(program: Command): OptionValues {
  const all = (command: Command): Option[] => [...command.options, ...command.commands.flatMap(all)];
  const options = [...Map.groupBy(all(program), ({ long }) => long ?? "")];
  const files = options.filter(([, those]) => those.some(({ flags }) => flags.includes("<path>"))).map(([flag]) => flag);
  // The same option of several commands: the words of all.
  const words = options.map(([flag, those]) => ({ flag, words: [...new Set(those.flatMap(({ argChoices = [] }) => argChoices))] })).filter(({ words }) => words.length > 0);
  return { files, words };
}

function placesOf(command: Command, root: Command, path = ""): Place[] {
  const options = [...command.options, ...(command === root ? [] : root.options)].flatMap(({ long, description }) => (long ? [{ flag: long, description }] : []));
  const commands = command.commands.map((each) => ({ name: each.name(), description: each.description() }));
  const shellNames = command.name() === "completion" ? shells.map((name) => ({ name, description: `script for ${name}` })) : [];
  const place = { path, commands: [...commands, ...shellNames], options: [...options, { flag: "--help", description: "print help" }] };
  return [place, ...command.commands.flatMap((each) => placesOf(each, root, `${path} ${each.name()}`.trim()))];
}

const known = (places: Place[]): string => places.filter(({ path }) => path !== "").map(({ path }) => `"${path}"`).join(" | ");

/** Words that are commands make the path; options between them are skipped. */
const pathLoop = (places: Place[]): string => `  for word in "\${words_before[@]}"; do
    [[ "$word" == -* ]] && continue
    case "\${path:+$path }$word" in
      ${known(places)}) path="\${path:+$path }$word" ;;
    esac
  done`;

function bash(places: Place[], values: OptionValues): string {
  const cases = places.map(({ path, commands, options }) => `    "${path}") candidates="${[...commands.map(({ name }) => name), ...options.map(({ flag }) => flag)].join(" ")}" ;;`);
  return `# bash completion for millrace
_millrace() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path="" candidates="" word
  case "$previous" in
    --project|--data) COMPREPLY=($(compgen -d -- "$current")); return ;;
    ${values.files.join("|")}) COMPREPLY=($(compgen -f -- "$current")); return ;;
${values.words.map(({ flag, words }) => `    ${flag}) COMPREPLY=($(compgen -W "${words.join(" ")}" -- "$current")); return ;;`).join("\n")}
  esac
  local words_before=("\${COMP_WORDS[@]:1:COMP_CWORD-1}")
${pathLoop(places)}
  case "$path" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$candidates" -- "$current"))
}
complete -F _millrace millrace
`;
}

const inQuotes = (text: string): string => text.replaceAll("'", "'\\''");

function zsh(places: Place[], values: OptionValues): string {
  const entry = (word: string, description: string): string => `'${inQuotes(`${word.replaceAll(":", "\\:")}:${description}`)}'`;
  const cases = places.map(({ path, commands, options }) => {
    const words = [...commands.map(({ name, description }) => entry(name, description)), ...options.map(({ flag, description }) => entry(flag, description))];
    return `    "${path}") candidates=(\n${words.map((word) => `      ${word}`).join("\n")}\n    ) ;;`;
  });
  return `#compdef millrace
# zsh completion for millrace
_millrace() {
  local path_so_far="" word
  local -a candidates
  case "\${words[CURRENT-1]}" in
    --project|--data) _files -/; return ;;
    ${values.files.join("|")}) _files; return ;;
${values.words.map(({ flag, words }) => `    ${flag}) _values '${flag.slice(2)}' ${words.join(" ")}; return ;;`).join("\n")}
  esac
  for word in "\${(@)words[2,CURRENT-1]}"; do
    [[ "$word" == -* ]] && continue
    case "\${path_so_far:+$path_so_far }$word" in
      ${known(places)}) path_so_far="\${path_so_far:+$path_so_far }$word" ;;
    esac
  done
  case "$path_so_far" in
${cases.join("\n")}
  esac
  _describe 'millrace' candidates
}
if [ "$funcstack[1]" = "_millrace" ]; then _millrace "$@"; else compdef _millrace millrace; fi
`;
}

function fish(places: Place[], values: OptionValues): string {
  const lines = places.flatMap(({ path, commands, options }) => {
    const here = `-n '__millrace_at "${path}"'`;
    return [
      ...commands.map(({ name, description }) => `complete -c millrace -f ${here} -a ${name} -d '${fishText(description)}'`),
      ...options.map(({ flag, description }) => `complete -c millrace ${here} -l ${flag.slice(2)}${fishValues(flag, values)} -d '${fishText(description)}'`),
    ];
  });
  return `# fish completion for millrace
function __millrace_at
  set -l path
  set -l words (commandline -opc)
  set -e words[1]
  for word in $words
    string match -q -- '-*' $word; and continue
    contains -- (string join ' ' $path $word) ${places.filter(({ path }) => path !== "").map(({ path }) => `'${path}'`).join(" ")}; and set -a path $word
  end
  test (string join ' ' $path) = "$argv[1]"
end
${lines.join("\n")}
`;
}

function fishValues(flag: string, { files, words }: OptionValues): string {
  if (files.includes(flag)) return " -r -F";
  const known = words.find((each) => each.flag === flag);
  return known ? ` -x -a '${known.words.join(" ")}'` : "";
}

const fishText = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
