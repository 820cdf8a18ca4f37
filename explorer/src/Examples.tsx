/** The pane that lists the examples: each opens its tab, also one that was closed. */

import { type GraphiQLPlugin, pick, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { createContext, useContext } from "react";

import type { Example } from "./examples";

export const ExamplesOffered = createContext<readonly Example[]>([]);
export const NARROW = "(max-width: 700px)"; // as in page.css

export const EXAMPLES: GraphiQLPlugin = { title: "Examples", icon: Icon, content: List };

function Icon() {
  return (
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round">
      <path d="M4 3.5h12v13H4zM7 7.5h6M7 10.5h6M7 13.5h3" />
    </svg>
  );
}

function List() {
  const examples = useContext(ExamplesOffered);
  const { addTab, changeTab, setVisiblePlugin, updateActiveTabValues } = useGraphiQLActions();
  const { tabs, queryEditor, variableEditor, headerEditor } = useGraphiQL(
    pick("tabs", "queryEditor", "variableEditor", "headerEditor"),
  );

  const open = ({ query, variables, headers }: Example): void => {
    const present = tabs.findIndex((tab) => tab.query === query);
    if (present >= 0) {
      changeTab(present);
    } else {
      addTab();
      updateActiveTabValues({ query, variables, headers });
      queryEditor?.setValue(query);
      variableEditor?.setValue(variables);
      headerEditor?.setValue(headers);
    }
    if (matchMedia(NARROW).matches) setVisiblePlugin(null); // the pane is in the place of the editor there
  };

  return (
    <section className="examples" aria-label="Examples">
      <h2>Examples</h2>
      <p>A tab that was closed opens again, as it was delivered.</p>
      <ul className="found">
        {examples.map((example) => (
          <li key={example.title}>
            <button type="button" onClick={() => open(example)}>
              <strong>{example.title}</strong>
              <small>{example.about}</small>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
