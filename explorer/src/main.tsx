import "./nonce";

import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "@graphiql/react/style.css";
import "graphiql/graphiql.css";
import "graphiql/setup-workers/vite";
import "./page.css";

import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { pick, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { GraphiQL } from "graphiql";
import { type ComponentProps, useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";

import { Bar, type Guest } from "./Bar";
import { Session } from "./session";

type Fetcher = ComponentProps<typeof GraphiQL>["fetcher"];

/** What the gateway says of itself; `guests` are the demo's and empty elsewhere. */
interface Told {
  readonly introspection: "on" | "off" | "signed-in";
  readonly guests: readonly Guest[];
}

const EXAMPLES = Object.entries(
  import.meta.glob<string>("../examples/*.graphql", { query: "?raw", import: "default", eager: true }),
)
  .sort(([one], [other]) => one.localeCompare(other))
  .map(([, query]) => ({ query }));
const PLUGINS = [HISTORY_PLUGIN];

function Page({ session, told }: { session: Session; told: Told }) {
  const state = useSyncExternalStore(session.subscribe, session.state);
  const { person } = state;
  // A fetcher for each who asks: with another one the editor asks for the schema again.
  const fetcher = useMemo<Fetcher>(() => (asked, options) => session.ask(asked, options?.headers), [session, person]);
  const isOpen = told.introspection === "on" || (told.introspection === "signed-in" && person !== null);
  return (
    <>
      <Bar session={session} state={state} guests={told.guests} hint={isOpen ? "" : hint(told)} />
      <main>
        <GraphiQL
          fetcher={fetcher}
          schema={isOpen ? undefined : null}
          defaultTabs={EXAMPLES}
          plugins={PLUGINS}
          defaultEditorToolsVisibility={false}
          shouldPersistHeaders={false}
        >
          <GraphiQL.Logo>{" "}</GraphiQL.Logo>
          <Wrapping />
          <Discretion asker={person} />
        </GraphiQL>
      </main>
    </>
  );
}

/** The examples speak in sentences. */
function Wrapping() {
  const editor = useGraphiQL((store) => store.queryEditor);
  useEffect(() => editor?.updateOptions({ wordWrap: "on" }), [editor]);
  return null;
}

/** What one was answered is not left there for the next, in no tab. */
function Discretion({ asker }: { asker: unknown }) {
  const { moveTab, stop, updateActiveTabValues } = useGraphiQLActions();
  const { responseEditor, tabs, activeTabIndex } = useGraphiQL(pick("responseEditor", "tabs", "activeTabIndex"));
  const last = useRef(asker);

  useEffect(() => {
    if (last.current === asker) return;
    last.current = asker;
    stop();
    // There is no other way to all tabs at once; it knows the active one by its identity.
    moveTab(tabs.map((tab, index) => (index === activeTabIndex ? tab : { ...tab, response: null })));
    updateActiveTabValues({ response: null });
    responseEditor?.setValue("");
  });
  return null;
}

function hint({ introspection }: Told): string {
  return introspection === "signed-in"
    ? "Docs and completion come with signing in: only then the gateway tells its schema."
    : "This gateway does not tell its schema: there are no docs and no completion.";
}

const told = (await (await fetch("explorer.json")).json()) as Told;
const session = new Session();
await session.resume();
createRoot(document.querySelector("#page")!).render(<Page session={session} told={told} />);
