/** Ours alone: every process that may have them asks for them by name. */
const ours = /^MILLRACE_(SECRET_.*|SMTP_URL)$/i;

/** Our environment as the user's code sees it: without the secrets, of which a task gets only those that it names. */
export function codeEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name))), ...more };
}
