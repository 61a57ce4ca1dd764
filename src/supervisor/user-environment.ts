/** Variables that are for Millrace itself: secrets, which each task gets by name, and the way out for mail. */
const ownNames = /^MILLRACE_(SECRET|SMTP_URL$|MAIL_FROM$|LOG$)/i;

/** The environment of a process that runs the user's code: that of Millrace without what is its own. */
export function userEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !ownNames.test(name))), ...more };
}
