import "./nonce";

import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "@graphiql/react/style.css";
import "graphiql/graphiql.css";
import "graphiql/setup-workers/vite";
import "./page.css";

import { DocExplorerStore } from "@graphiql/plugin-doc-explorer";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { pick, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { GraphiQL } from "graphiql";
import { type ComponentProps, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";

import { Answers } from "./answers";
import { Bar, type Guest } from "./Bar";
import { DOCS } from "./Docs";
import { byCookie } from "./entries";
import { EXAMPLES, ExamplesOffered } from "./Examples";
import { examplesWith } from "./examples";
import { AWAY } from "./gateway";
import { learn } from "./known";
import { Operations } from "./Operations";
import { Results } from "./Results";
import { SecondPerson } from "./SecondPerson";
import { Session } from "./session";

type Fetcher = ComponentProps<typeof GraphiQL>["fetcher"];

/** What the gateway says of itself; the other values are the demo's and empty elsewhere. */
interface Told {
  readonly introspection: "on" | "off" | "signed-in";
  readonly guests: readonly Guest[];
  readonly ids: Readonly<Record<string, string>>;
  readonly mails: string | null;
}

const PLUGINS = [EXAMPLES, HISTORY_PLUGIN];

function Page({ session, told }: { session: Session; told: Told }) {
  const state = useSyncExternalStore(session.subscribe, session.state);
  const { person } = state;
  const [answers] = useState(() => new Answers());
  const [second, setSecond] = useState<Session | null>(null);
  const compared = useRef(second);
  const examples = useMemo(() => examplesWith(told.ids), [told]);
  // A fetcher for each who asks: with another one the editor asks for the schema again.
  const fetcher = useMemo<Fetcher>(
    () => (asked, options) => answers.to(asked, options?.headers ?? {}, session, compared.current),
    [answers, session, person],
  );
  const isOpen = told.introspection === "on" || (told.introspection === "signed-in" && person !== null);

  const choose = (other: Session | null): void => {
    void compared.current?.signOut();
    compared.current = other;
    setSecond(other);
    answers.forgetSecond();
  };

  return (
    <ExamplesOffered value={examples}>
      <Bar session={session} state={state} guests={told.guests} mails={told.mails} hint={isOpen ? "" : hint(told)} />
      <main>
        <GraphiQL
          fetcher={fetcher}
          schema={isOpen ? undefined : null}
          defaultTabs={[...examples]}
          plugins={PLUGINS}
          referencePlugin={DOCS}
          defaultEditorToolsVisibility={false}
          shouldPersistHeaders={false}
        >
          <GraphiQL.Logo>{told.guests.length > 0 ? <SecondPerson guests={told.guests} choose={choose} /> : " "}</GraphiQL.Logo>
          <GraphiQL.Footer>
            <Results answers={answers} state={state} second={second} />
          </GraphiQL.Footer>
          <DocExplorerStore>{null}</DocExplorerStore>
          <Operations />
          <Wrapping />
          <Discretion asker={person} answers={answers} />
        </GraphiQL>
      </main>
    </ExamplesOffered>
  );
}

/** The examples speak in sentences. */
function Wrapping() {
  const editor = useGraphiQL((store) => store.queryEditor);
  useEffect(() => editor?.updateOptions({ wordWrap: "on" }), [editor]);
  return null;
}

/** What one was answered is not left there for the next, in no tab. */
function Discretion({ asker, answers }: { asker: unknown; answers: Answers }) {
  const { moveTab, stop, updateActiveTabValues } = useGraphiQLActions();
  const { responseEditor, tabs, activeTabIndex } = useGraphiQL(pick("responseEditor", "tabs", "activeTabIndex"));
  const last = useRef(asker);

  useEffect(() => {
    if (last.current === asker) return;
    last.current = asker;
    answers.forget();
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

/** A mail's token comes in the address, from the page of the mails, and does not stay there. */
function takeToken(): void {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token === null) return;
  learn("token", token);
  history.replaceState(null, "", location.pathname + location.search);
}

const page = document.querySelector("#page")!;
try {
  const told = (await (await fetch("explorer.json")).json()) as Told;
  takeToken();
  const session = new Session(byCookie);
  await session.resume();
  createRoot(page).render(<Page session={session} told={told} />);
} catch (error) {
  page.textContent = error instanceof TypeError ? AWAY.replace("send the request", "load the page") : String(error);
}
