import { useNavigate } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, MouseEvent } from "react";

interface QuickLinkProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  href: string;
  /** Goes there within the page. */
  go(navigate: ReturnType<typeof useNavigate>): unknown;
}

/** A link in a list of which hundreds pass while one scrolls: the router's own works its address out at each, which costs more than all else in a row. */
export function QuickLink({ href, go, children, ...rest }: QuickLinkProps) {
  const navigate = useNavigate();
  const onClick = (event: MouseEvent): void => {
    // With these the browser opens another window by the address.
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(navigate);
  };
  return (
    <a href={href} {...rest} onClick={onClick}>
      {children}
    </a>
  );
}
