import { useState } from "react";
import { visibleText } from "../visible-text.ts";
import { Button } from "./button.tsx";

/** Text of others, of any length: what cannot be seen is shown as signs, and the rest of a long one when it is asked for, a part at a time. */
export function ForeignText({ text, charsMax = 20_000 }: { text: string; charsMax?: number }) {
  const [shown, setShown] = useState(charsMax);
  return (
    <>
      <span className="foreign">{visibleText(text.slice(0, shown))}</span>
      {text.length > shown && (
        <Button look="plain" onClick={() => setShown(shown + charsMax)}>
          … {(text.length - shown).toLocaleString("en")} more characters
        </Button>
      )}
    </>
  );
}
