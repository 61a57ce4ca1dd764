import { timingSafeEqual } from "node:crypto";
import { MillraceError } from "../errors.ts";

/** Shorter tokens could be guessed; ours have 256 bits. */
const tokenLengthMin = 16;

/**
 * A check of the `Authorization` header, in a time that does not tell how much of the token was right.
 *
 * @throws MillraceError `MR-HTTP-001` when made with a token that is too short to protect anything
 * @returns a function that throws `MR-HTTP-001` when the header does not carry the token
 */
export function requireToken(token: string): (authorization: string | undefined) => void {
  if (token.length < tokenLengthMin) throw new MillraceError("MR-HTTP-001", { what: `the token has ${token.length} characters`, where: "the server's start", mend: `give one of at least ${tokenLengthMin}, or let Millrace make one` });
  const wanted = Buffer.from(`Bearer ${token}`);
  return (authorization) => {
    const given = Buffer.from(authorization ?? "");
    if (given.byteLength === wanted.byteLength && timingSafeEqual(given, wanted)) return;
    throw new MillraceError("MR-HTTP-001", {
      what: authorization === undefined ? "the request carries no token" : "the request's token is not the one of this project",
      where: "header `Authorization`",
      mend: "send `Authorization: Bearer <token>`; it stands in the file `token` of the project's data folder",
    });
  };
}
