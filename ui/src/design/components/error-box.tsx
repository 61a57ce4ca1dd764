import { asApiError } from "../../api/api-error.ts";
import { visibleText } from "../visible-text.ts";
import { Ago } from "./ago.tsx";
import styles from "./error-box.module.css";

/** What went wrong, where, and the mend, as the server says it; `at`: when, where that is not now. */
export function ErrorBox({ error, at }: { error: unknown; at?: string }) {
  const { code, message, where, mend } = asApiError(error);
  return (
    <div className={styles.box} role="alert">
      <p className={`${styles.what} foreign`}>{visibleText(message)}</p>
      <p className="foreign">{visibleText(mend)}</p>
      <p className={`${styles.where} foreign`}>
        {code} · {visibleText(where)}
        {at !== undefined && (
          <>
            {" · "}
            <Ago at={at} />
          </>
        )}
      </p>
    </div>
  );
}
