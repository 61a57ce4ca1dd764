/** Who asks with a reader's token. */
export interface Reader {
  /** Id of the token. */
  token: string;
  /** What the token is called. */
  name: string;
  /** The audience that it was made for: what marts name as their readers. */
  audience: string;
}
