/* What this browser shows the server with each request. It stands in the storage of this very origin, port included; a cookie would go to every port of the machine. */
const key = "millrace.session";

export const session = {
  read: (): string | null => localStorage.getItem(key),
  keep: (secret: string): void => localStorage.setItem(key, secret),
  end: (): void => localStorage.removeItem(key),
};

/** The address to go on with after signing in: one of our own pages, whatever the address bar says. */
export const safeReturn = (to: string | undefined): string => (to !== undefined && /^\/(?![/\\])/.test(to) && !to.startsWith("/sign-in") ? to : "/");
