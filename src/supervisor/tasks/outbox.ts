/** Gathers messages for as long as the event loop is at work, and sends them together when it has a moment. */
export class Outbox<T> {
  readonly #send: (messages: T[]) => void;
  #waiting: T[] = [];

  constructor(send: (messages: T[]) => void) {
    this.#send = send;
  }

  add(message: T): void {
    if (this.#waiting.push(message) === 1) setImmediate(() => this.#flush());
  }

  /** For what must be out before the next step, which may never end. */
  now(message: T): void {
    this.#waiting.push(message);
    this.#flush();
  }

  #flush(): void {
    if (this.#waiting.length === 0) return;
    const messages = this.#waiting;
    this.#waiting = [];
    this.#send(messages);
  }
}
