import { useLocation, useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useEffect, useState } from "react";
import { client, request } from "../../api/client.ts";
import { queryClient } from "../../api/query-client.ts";
import { Button } from "../../design/components/button.tsx";
import { ErrorBox } from "../../design/components/error-box.tsx";
import { TextField } from "../../design/components/field.tsx";
import { safeReturn, session } from "../../session.ts";
import styles from "./sign-in-page.module.css";

/** Takes the code of a link, or the project's token; both end in something that opens the service. */
export default function SignInPage() {
  const { to } = useSearch({ from: "/sign-in" });
  const navigate = useNavigate();
  const [token, setToken] = useState("");
  const [error, setError] = useState<unknown>();
  const goOn = (): void => void navigate({ to: safeReturn(to), replace: true });
  const enter = (secret: string): void => {
    session.keep(secret);
    queryClient.clear();
    goOn();
  };
  const { hash } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a code is good once
  useEffect(() => {
    const code = new URLSearchParams(hash).get("code");
    if (code === null) return;
    // Behind us at once: what is in the address bar is copied, and kept in histories.
    history.replaceState(null, "", location.pathname + location.search);
    client.POST("/api/v1/sessions", { body: { code } }).then(
      ({ data }) => data && enter(data.secret),
      // A link that was used before, by somebody who is signed in.
      (refused) => (session.read() === null ? setError(refused) : request("/api/v1/ready").then(goOn, () => setError(refused))),
    );
  }, [hash]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const secret = token.trim();
    request("/api/v1/ready", { headers: { authorization: `Bearer ${secret}` } }).then(() => enter(secret), setError);
  };
  return (
    <main className={styles.page}>
      <form className={styles.form} onSubmit={submit}>
        <img src="/icon.svg" alt="" width={36} height={36} />
        <h1>Sign in to Millrace</h1>
        <p>
          In a terminal, in the project's folder: <code>millrace open</code>
        </p>
        {error !== undefined && <ErrorBox error={error} />}
        <TextField label="Or the project's token" hint="It stands in the file “token” of the data folder, .millrace" type="password" value={token} onChange={(event) => setToken(event.target.value)} required />
        <Button type="submit" look="primary" disabled={token.trim() === ""}>
          Sign in
        </Button>
      </form>
    </main>
  );
}
