/** GraphiQL learns of a document's operations a moment after it is shown, and would send the name of the tab before. */

import { pick, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { type DocumentNode, Kind, parse } from "graphql";
import { useEffect, useRef } from "react";

export function Operations() {
  const { queryEditor, operationName } = useGraphiQL(pick("queryEditor", "operationName"));
  const { setOperationFacts } = useGraphiQLActions();
  const chosen = useRef(operationName);
  useEffect(() => {
    chosen.current = operationName;
  });

  useEffect(() => {
    const learn = (): void => {
      const documentAST = parsed(queryEditor?.getValue() ?? "");
      const operations = documentAST?.definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION);
      const names = operations?.map(({ name }) => name?.value) ?? [];
      const name = names.includes(chosen.current) ? chosen.current : names[0];
      setOperationFacts({ documentAST, operationName: name, operations });
    };
    const listening = queryEditor?.onDidChangeModelContent(learn);
    return () => listening?.dispose();
  }, [queryEditor, setOperationFacts]);
  return null;
}

function parsed(text: string): DocumentNode | undefined {
  try {
    return parse(text);
  } catch {
    return undefined; // an unfinished document
  }
}
