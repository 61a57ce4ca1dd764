/**
 * Asks again and again until the answer is something.
 * @param what - named when it has not come after `forMs`
 */
export async function waitUntil<T>(what: string, ask: () => Promise<T | undefined> | T | undefined, everyMs = 20, forMs = 120_000): Promise<T> {
  const until = performance.now() + forMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > until) throw new Error(`after ${forMs / 1000} s still waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
