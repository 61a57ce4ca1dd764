import { Link, Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { Menu, Moon, Search, Sun } from "lucide-react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { Button } from "../design/components/button.tsx";
import { Notices } from "../design/components/notices.tsx";
import { toggleTheme, useTheme } from "../design/theme.ts";
import { useStatus } from "../live/use-status.ts";
import { HelpDialog } from "./help-dialog.tsx";
import { LiveBadge, StaleBanner } from "./live-badge.tsx";
import { Palette } from "./palette.tsx";
import { places } from "./places.ts";
import styles from "./shell.module.css";
import { useKeys } from "./use-keys.ts";

/** What stands around every page. */
export function Shell() {
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const project = useStatus().data?.project;
  const theme = useTheme();
  const [opened, setOpened] = useState<"palette" | "help" | "nav" | undefined>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page closes what was open over this one
  useEffect(() => setOpened(undefined), [pathname]);
  const showKeys = useCallback(() => setOpened("help"), []);
  useKeys(
    useMemo(
      () => ({
        "mod+k": () => setOpened("palette"),
        "?": showKeys,
        ...Object.fromEntries(places.map(({ key, to }) => [`g ${key}`, () => void navigate({ to })])),
      }),
      [navigate, showKeys],
    ),
  );
  return (
    <div className={styles.shell}>
      <a href="#main" className={styles.skip}>
        To the page
      </a>
      <header className={styles.top}>
        <Link to="/" className={styles.brand}>
          <img src="/icon.svg" alt="" />
          <span className="foreign">{project ?? "Millrace"}</span>
        </Link>
        <div className={styles.bar}>
          <Button look="plain" className={styles.menu} icon={<Menu size={18} />} label="Pages" aria-expanded={opened === "nav"} onClick={() => setOpened(opened === "nav" ? undefined : "nav")} />
          <button type="button" className={styles.find} onClick={() => setOpened("palette")}>
            <Search size={14} aria-hidden />
            Find or do…
            <kbd>Ctrl K</kbd>
          </button>
          <span className={styles.spring} />
          <LiveBadge />
          <Button look="plain" icon={theme === "dark" ? <Sun size={16} /> : <Moon size={16} />} label={theme === "dark" ? "Light" : "Dark"} onClick={toggleTheme} />
        </div>
      </header>
      <nav className={styles.nav} aria-label="Pages" data-open={opened === "nav"}>
        {places.map(({ to, title, icon: Icon, also = [] }) => (
          <Link key={to} to={to} activeOptions={{ exact: to === "/", includeSearch: false }} aria-current={also.some((path) => pathname.startsWith(path)) ? "page" : undefined}>
            <Icon size={16} aria-hidden />
            {title}
          </Link>
        ))}
      </nav>
      <main id="main" className={styles.main} tabIndex={-1}>
        <StaleBanner />
        <Outlet />
      </main>
      <Palette open={opened === "palette"} onClose={() => setOpened(undefined)} onKeys={showKeys} />
      <HelpDialog open={opened === "help"} onClose={() => setOpened(undefined)} />
      <Notices />
    </div>
  );
}
