import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";

const quietMs = 250;

/** A text that a person writes and that stands in the address: there a moment after the last key. */
export function useSearchText(name: string, inAddress: string | undefined): [text: string, write: (text: string) => void] {
  const navigate = useNavigate();
  const [text, setText] = useState(inAddress ?? "");
  const written = useRef(inAddress ?? "");
  useEffect(() => {
    // Somebody has gone back, or followed a link.
    if ((inAddress ?? "") === written.current) return;
    written.current = inAddress ?? "";
    setText(written.current);
  }, [inAddress]);
  useEffect(() => {
    if (text === written.current) return;
    const timer = setTimeout(() => {
      written.current = text;
      void navigate({ to: ".", search: ((search: object) => ({ ...search, [name]: text === "" ? undefined : text })) as never, replace: true });
    }, quietMs);
    return () => clearTimeout(timer);
  }, [text, name, navigate]);
  return [text, setText];
}
