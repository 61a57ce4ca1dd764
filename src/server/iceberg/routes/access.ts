import type { Reader } from "../../../govern/reader.ts";
import { tokenSeconds } from "../access-token.ts";
import type { IcebergAnswer, IcebergCall, IcebergRoute } from "../iceberg-route.ts";

const exchange = "urn:ietf:params:oauth:grant-type:token-exchange";

/** Tokens by OAuth 2: the client's secret is the project's token or a reader's, whatever its id is; a token that has not ended gives the next one. */
export const accessRoutes: IcebergRoute[] = [
  {
    method: "POST",
    path: "/v1/oauth/tokens",
    permission: "public",
    async handler(call) {
      const form = (call.body ?? {}) as Record<string, unknown>;
      if (form.grant_type !== "client_credentials" && form.grant_type !== exchange) return refusal(400, "unsupported_grant_type", `send client_credentials or ${exchange}`);
      const given = form.grant_type === exchange ? form.subject_token : (form.client_secret ?? basicPassword(call));
      const caller = typeof given === "string" ? callerWith(call, given) : undefined;
      if (caller === undefined) return refusal(401, "invalid_client", "the client's secret is the project's token, which stands in the file `token` of its data folder, or a reader's");
      return { body: { access_token: call.tokens.issue(caller.reader), token_type: "bearer", expires_in: tokenSeconds, issued_token_type: "urn:ietf:params:oauth:token-type:access_token" } };
    },
  },
];

/** Undefined for a token that opens nothing. */
function callerWith({ tokens }: IcebergCall, token: string): { reader: Reader | undefined } | undefined {
  try {
    return { reader: tokens.readerOf(`Bearer ${token}`) };
  } catch {
    return undefined;
  }
}

function basicPassword({ headers }: IcebergCall): string | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=]{1,1024})$/.exec(String(headers.authorization ?? "")) ?? [];
  return encoded && /:(.*)$/s.exec(Buffer.from(encoded, "base64").toString("utf8"))?.[1];
}

function refusal(status: number, error: string, description: string): IcebergAnswer {
  return { status, body: { error, error_description: description } };
}
