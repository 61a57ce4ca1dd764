import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, parseSearchWith, redirect, stringifySearchWith } from "@tanstack/react-router";
import { ErrorBox } from "./design/components/error-box.tsx";
import { Empty } from "./design/components/empty.tsx";
import { Page } from "./design/components/page.tsx";
import { graphSearch } from "./pages/graph/search.ts";
import { sqlSearch } from "./pages/sql/search.ts";
import { texts } from "./search.ts";
import { session } from "./session.ts";
import { Shell } from "./shell/shell.tsx";

const root = createRootRoute({ component: Outlet });

const signIn = createRoute({ getParentRoute: () => root, path: "/sign-in", validateSearch: texts("to"), component: lazyRouteComponent(() => import("./pages/sign-in/sign-in-page.tsx")) });

const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  component: Shell,
  beforeLoad: ({ location: { href } }) => {
    if (session.read() === null) throw redirect({ to: "/sign-in", search: { to: href === "/" ? undefined : href } });
  },
});

function NothingHere() {
  return (
    <Page title="Nothing is here">
      <Empty title="No page has this address">Look for it by name: Ctrl K</Empty>
    </Page>
  );
}

/* Every page: its address, what its search part may hold, and the file that is loaded when it is first seen. */
const pages = [
  createRoute({ getParentRoute: () => shell, path: "/", component: lazyRouteComponent(() => import("./pages/overview/overview-page.tsx")) }),
  createRoute({ getParentRoute: () => shell, path: "/graph", validateSearch: graphSearch, component: lazyRouteComponent(() => import("./pages/graph/graph-page.tsx")) }),
  createRoute({ getParentRoute: () => shell, path: "/stages", validateSearch: texts("q", "state"), component: lazyRouteComponent(() => import("./pages/stages/stages-page.tsx")) }),
  createRoute({ getParentRoute: () => shell, path: "/stages/$stage", validateSearch: texts("tab", "span", "q", "record", "ask"), component: lazyRouteComponent(() => import("./pages/stages/stage-page.tsx")) }),
  createRoute({ getParentRoute: () => shell, path: "/topics", validateSearch: texts("q", "internal"), component: lazyRouteComponent(() => import("./pages/topics/topics-page.tsx")) }),
  createRoute({ getParentRoute: () => shell, path: "/topics/$topic", validateSearch: texts("tab", "from", "partition", "offset", "time", "cursor", "filter", "live", "record"), component: lazyRouteComponent(() => import("./pages/topics/topic-page.tsx")) }),
  createRoute({ getParentRoute: () => shell, path: "/dags", validateSearch: texts("find", "tag", "state"), component: lazyRouteComponent(() => import("./pages/dags/dags-page.tsx")) }),
  createRoute({ getParentRoute: () => shell, path: "/dags/$dag", validateSearch: texts("tab", "before", "run", "task", "year", "from", "to", "ask"), component: lazyRouteComponent(() => import("./pages/dags/dag-page.tsx")) }),
  createRoute({ getParentRoute: () => shell, path: "/runs/$run", validateSearch: texts("tab", "task", "index", "attempt", "open", "only", "level", "find"), component: lazyRouteComponent(() => import("./pages/dags/run-page.tsx")) }),
  createRoute({ getParentRoute: () => shell, path: "/backfills/$backfill", component: lazyRouteComponent(() => import("./pages/dags/backfill-page.tsx")) }),
  createRoute({ getParentRoute: () => shell, path: "/catalog/$kind/$entry", validateSearch: texts("tab", "version", "compare", "find"), component: lazyRouteComponent(() => import("./pages/catalog/entry-page.tsx")) }),
  createRoute({ getParentRoute: () => shell, path: "/catalog", validateSearch: texts("find", "kind"), component: lazyRouteComponent(() => import("./pages/catalog/catalog-page.tsx")) }),
  createRoute({ getParentRoute: () => shell, path: "/sql", validateSearch: sqlSearch, component: lazyRouteComponent(() => import("./pages/sql/sql-page.tsx")) }),
  createRoute({ getParentRoute: () => shell, path: "/quality", validateSearch: texts("find"), component: lazyRouteComponent(() => import("./pages/quality/quality-page.tsx")) }),
  createRoute({ getParentRoute: () => shell, path: "/quality/$dataset", validateSearch: texts("tab", "metric"), component: lazyRouteComponent(() => import("./pages/quality/dataset-page.tsx")) }),
  createRoute({ getParentRoute: () => shell, path: "/plan", component: lazyRouteComponent(() => import("./pages/plan/plan-page.tsx")) }),
  // Whatever else there is: with the frame around it, from which one finds back.
  createRoute({ getParentRoute: () => shell, path: "$", component: NothingHere }),
] as const;

export const router = createRouter({
  routeTree: root.addChildren([signIn, shell.addChildren(pages)]),
  // Texts stand in the address as they are, numbers in them too.
  parseSearch: parseSearchWith((text) => text),
  stringifySearch: stringifySearchWith(JSON.stringify),
  defaultPreload: "intent",
  scrollRestoration: true,
  scrollToTopSelectors: ["#main"],
  defaultErrorComponent: ({ error }) => (
    <Page title="This page failed">
      <ErrorBox error={error} />
    </Page>
  ),
  defaultNotFoundComponent: NothingHere,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
