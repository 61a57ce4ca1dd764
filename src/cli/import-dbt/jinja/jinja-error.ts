/** What of a template could not be read or understood, and where: an offset in its text, in UTF-16 units. */
export class JinjaError extends Error {
  override readonly name = "JinjaError";
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}
