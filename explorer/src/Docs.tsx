/** The docs pane: GraphiQL's pages of types and fields, found by words. */

import {
  DOC_EXPLORER_PLUGIN,
  type DocExplorerNavStackItem,
  FieldDocumentation,
  SchemaDocumentation,
  TypeDocumentation,
  useDocExplorer,
  useDocExplorerActions,
} from "@graphiql/plugin-doc-explorer";
import { ChevronLeftIcon, DocsFilledIcon, DocsIcon, type GraphiQLPlugin, pick, Spinner, useGraphiQL } from "@graphiql/react";
import { type GraphQLSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType, isType } from "graphql";
import { useMemo, useState } from "react";

import { type Entry, search } from "./words";

interface Place extends Entry {
  /** The pages from the docs' first one to this one. */
  readonly path: readonly DocExplorerNavStackItem[];
}

const MOST = 100;

export const DOCS: GraphiQLPlugin = {
  title: DOC_EXPLORER_PLUGIN.title,
  icon: () => (useGraphiQL((state) => state.visiblePlugin) === DOCS ? <DocsFilledIcon /> : <DocsIcon />),
  content: Docs,
};

function Docs() {
  const { fetchError, isIntrospecting, schema } = useGraphiQL(pick("fetchError", "isIntrospecting", "schema"));
  const pages = useDocExplorer();
  const { pop, push, reset } = useDocExplorerActions();
  const [text, setText] = useState("");
  const places = useMemo(() => (schema ? placesOf(schema) : []), [schema]);
  const found = useMemo(() => search(places, text), [places, text]);
  const page = pages[pages.length - 1]!;
  const before = pages[pages.length - 2];

  const open = ({ path }: Place): void => {
    setText("");
    reset();
    path.forEach(push);
  };

  return (
    <section className="graphiql-doc-explorer docs" aria-label="Documentation Explorer">
      <label className="find graphiql-doc-explorer-search-input">
        Find types and fields
        <input type="search" value={text} placeholder="billing mode" onChange={(event) => setText(event.target.value)} />
      </label>
      {text.trim() ? (
        <>
          <p role="status" className="count">
            {found.length > MOST ? `The first ${MOST} of ${found.length} results` : found.length === 1 ? "1 result" : `${found.length} results`}
          </p>
          <ul className="found">
            {found.slice(0, MOST).map((place) => (
              <li key={nameOf(place)}>
                <button type="button" onClick={() => open(place)}>
                  <strong>{nameOf(place)}</strong>
                  <small>{place.description.split("\n")[0]}</small>
                </button>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <>
          <div className="graphiql-doc-explorer-header-content">
            {before && (
              <button type="button" className="back" onClick={pop} aria-label={`Go back to ${before.name}`}>
                <ChevronLeftIcon aria-hidden="true" />
                {before.name}
              </button>
            )}
            <div className="graphiql-doc-explorer-title">{page.name}</div>
          </div>
          <div className="graphiql-doc-explorer-content">
            {isIntrospecting ? (
              <Spinner />
            ) : fetchError ? (
              <p role="alert">The schema could not be read. Check that the gateway runs, then press “Re-fetch GraphQL schema”.</p>
            ) : schema ? (
              <Page schema={schema} page={page} />
            ) : (
              <p>There is no schema to show.</p>
            )}
          </div>
        </>
      )}
    </section>
  );
}

function Page({ schema, page: { def } }: { schema: GraphQLSchema; page: DocExplorerNavStackItem }) {
  if (!def) return <SchemaDocumentation schema={schema} />;
  return isType(def) ? <TypeDocumentation type={def} /> : <FieldDocumentation field={def} />;
}

const nameOf = ({ type, field }: Entry): string => (field ? `${type}.${field}` : type);

function placesOf(schema: GraphQLSchema): Place[] {
  return Object.values(schema.getTypeMap())
    .filter(({ name }) => !name.startsWith("__"))
    .flatMap((type) => {
      const own = { name: type.name, def: type };
      const place = (field: string, description: string | null | undefined, path: Place["path"]): Place => {
        return { type: type.name, field, description: description ?? "", path };
      };
      const values = isEnumType(type) ? type.getValues().map((one) => place(one.name, one.description, [own])) : [];
      const hasFields = isObjectType(type) || isInterfaceType(type) || isInputObjectType(type);
      const fields = hasFields ? Object.values(type.getFields()) : [];
      return [
        place("", type.description, [own]),
        ...values,
        ...fields.map((def) => place(def.name, def.description, [own, { name: def.name, def }])),
      ];
    });
}
