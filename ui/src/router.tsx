import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, parseSearchWith, redirect, stringifySearchWith } from "@tanstack/react-router";
import type { ComponentType } from "react";
import { askEarly } from "./api/ask-early.ts";
import { Empty } from "./design/components/empty.tsx";
import { Page } from "./design/components/page.tsx";
import { statusQuery } from "./live/use-status.ts";
import { askForEntries, askForEntry } from "./pages/catalog/catalog-queries.ts";
import { askForDag, askForRun, dagQuery, runGridQuery } from "./pages/dags/dag-queries.ts";
import { allDagsQuery } from "./pages/dags/use-all-dags.ts";
import { graphQuery } from "./pages/graph/graph-queries.ts";
import { attentionQuery, pipelinesQuery } from "./pages/overview/overview-queries.ts";
import { askForTopic, topicQuery } from "./pages/topics/topic-queries.ts";
import { type PageAddress, pageFiles } from "./page-files.ts";
import { graphSearch } from "./pages/graph/search.ts";
import { sqlSearch } from "./pages/sql/search.ts";
import { texts } from "./search.ts";
import { session } from "./session.ts";
import { PageFailed } from "./shell/page-failed.tsx";
import { loaded } from "./api/script-not-loaded.ts";
import { Shell } from "./shell/shell.tsx";

const files = import.meta.glob<{ default: ComponentType }>("./pages/*/*-page.tsx");
const page = (address: PageAddress) => lazyRouteComponent(loaded(files[`./pages/${pageFiles[address]}`]));

const root = createRootRoute({ component: Outlet });

const signIn = createRoute({ getParentRoute: () => root, path: "/sign-in", validateSearch: texts("to"), component: page("/sign-in") });

const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  component: Shell,
  loader: () => askEarly(statusQuery()),
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

/* Every page: its address, what its search part may hold, and what is asked for while its script comes. */
const pages = [
  createRoute({ getParentRoute: () => shell, path: "/", component: page("/"), loader: () => (askEarly(attentionQuery()), askEarly(pipelinesQuery()), askEarly(allDagsQuery())) }),
  createRoute({ getParentRoute: () => shell, path: "/graph", validateSearch: graphSearch, component: page("/graph"), loader: () => (askEarly(graphQuery()), askEarly(allDagsQuery())) }),
  createRoute({ getParentRoute: () => shell, path: "/stages", validateSearch: texts("q", "state"), component: page("/stages") }),
  createRoute({ getParentRoute: () => shell, path: "/stages/$stage", validateSearch: texts("tab", "span", "q", "level", "process", "record", "ask"), component: page("/stages/$stage") }),
  createRoute({ getParentRoute: () => shell, path: "/topics", validateSearch: texts("q", "internal"), component: page("/topics") }),
  createRoute({ getParentRoute: () => shell, path: "/topics/$topic", validateSearch: texts("tab", "from", "partition", "offset", "time", "cursor", "filter", "live", "record", "schema"), component: page("/topics/$topic"), loader: ({ params: { topic }, location, preload }) => (preload ? askEarly(topicQuery(topic)) : askForTopic(topic, location.search)) }),
  createRoute({ getParentRoute: () => shell, path: "/dags", validateSearch: texts("find", "tag", "state"), component: page("/dags"), loader: () => askEarly(allDagsQuery()) }),
  createRoute({ getParentRoute: () => shell, path: "/dags/$dag", validateSearch: texts("tab", "before", "run", "task", "year", "from", "to", "ask"), component: page("/dags/$dag"), loader: ({ params: { dag }, location, preload }) => (preload ? askEarly(dagQuery(dag)) : askForDag(dag, location.search)) }),
  createRoute({ getParentRoute: () => shell, path: "/runs/$run", validateSearch: texts("tab", "task", "index", "attempt", "open", "only", "level", "find"), component: page("/runs/$run"), loader: ({ params: { run }, location, preload }) => (preload ? askEarly(runGridQuery(run)) : askForRun(run, location.search)) }),
  createRoute({ getParentRoute: () => shell, path: "/backfills/$backfill", component: page("/backfills/$backfill") }),
  createRoute({ getParentRoute: () => shell, path: "/catalog/$kind/$entry", validateSearch: texts("tab", "version", "compare", "find", "check"), component: page("/catalog/$kind/$entry"), loader: ({ params: { kind, entry }, location: { search }, preload }) => askForEntry(kind, entry, (search as { tab?: string }).tab, preload) }),
  createRoute({ getParentRoute: () => shell, path: "/catalog", validateSearch: texts("find", "kind"), component: page("/catalog"), loader: ({ location: { search } }) => askForEntries(search) }),
  createRoute({ getParentRoute: () => shell, path: "/sql", validateSearch: sqlSearch, component: page("/sql") }),
  createRoute({ getParentRoute: () => shell, path: "/quality", validateSearch: texts("find"), component: page("/quality") }),
  createRoute({ getParentRoute: () => shell, path: "/quality/$dataset", validateSearch: texts("metric", "check"), component: page("/quality/$dataset") }),
  createRoute({ getParentRoute: () => shell, path: "/plan", component: page("/plan") }),
  // Whatever else there is: with the frame around it, from which one finds back.
  createRoute({ getParentRoute: () => shell, path: "$", component: NothingHere }),
] as const;

export const router = createRouter({
  routeTree: root.addChildren([signIn, shell.addChildren(pages)]),
  // Texts stand in the address as they are, numbers in them too.
  parseSearch: parseSearchWith((text) => text),
  stringifySearch: stringifySearchWith(JSON.stringify),
  defaultPreload: "intent",
  // Loaders ask ahead of the page, once; what is to be asked anew is for the page.
  defaultStaleTime: Number.POSITIVE_INFINITY,
  // Another dataset's page is another page: what was opened, written or chosen on the one is not carried over.
  defaultRemountDeps: ({ params }) => params,
  scrollRestoration: true,
  scrollToTopSelectors: ["#main"],
  defaultErrorComponent: PageFailed,
  defaultNotFoundComponent: NothingHere,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
