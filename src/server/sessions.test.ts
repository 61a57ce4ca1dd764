import { describe, expect, test } from "vitest";
import { Sessions } from "./sessions.ts";

const token = "mr_a-token-of-a-project";

describe("sessions", () => {
  test("a code gives a session, once", () => {
    const sessions = new Sessions(token);
    const { secret: code } = sessions.invite();
    const session = sessions.begin(code);
    expect(sessions.opens(session.secret)).toBe(true);
    expect(() => sessions.begin(code)).toThrow(expect.objectContaining({ code: "MR-HTTP-001" }));
  });

  test("a session outlasts a restart, and a new token ends it", () => {
    const session = new Sessions(token).begin(new Sessions(token).invite().secret).secret;
    expect(new Sessions(token).opens(session)).toBe(true);
    expect(new Sessions(`${token}2`).opens(session)).toBe(false);
  });

  test("both end by themselves", () => {
    let now = 1_000_000;
    const sessions = new Sessions(token, () => now);
    const late = sessions.invite().secret;
    const session = sessions.begin(sessions.invite().secret).secret;
    now += 10 * 60_000;
    expect(() => sessions.begin(late)).toThrow("used up");
    now += 7 * 24 * 60 * 60_000 - 10 * 60_000 - 1;
    expect(sessions.opens(session)).toBe(true);
    now += 1;
    expect(sessions.opens(session)).toBe(false);
  });

  test("nothing of another kind, and nothing that was changed, opens it", () => {
    const sessions = new Sessions(token);
    const code = sessions.invite().secret;
    const session = sessions.begin(sessions.invite().secret).secret;
    const later = session.replace(/^mrs_[0-9a-z]+/, `mrs_${(9e12).toString(36)}`);
    for (const text of [code, later, session.slice(0, -1), `${session}0`, session.toUpperCase(), "", "mrs_", code.replace("mrl", "mrs")]) expect(sessions.opens(text)).toBe(false);
    for (const text of [session, "", session.replace("mrs", "mrl")]) expect(() => sessions.begin(text)).toThrow();
  });
});
