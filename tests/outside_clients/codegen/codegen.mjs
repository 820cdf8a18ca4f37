// Types for our documents: those of the portal from what the running gateway shows to a person who is signed in, and all from the
// text of the schema.

const { DEMO_URL: url, DEMO_TOKEN: token } = process.env;

export default {
  schema: url ? [{ [url]: { headers: { authorization: `Bearer ${token}` } } }] : "schema.graphql",
  documents: url ? ["portal.ts"] : ["portal.ts", "operations.graphql"],
  emitLegacyCommonJSImports: false,
  generates: {
    "./generated/": {
      preset: "client",
      // Every scalar has a type: an unknown one ends the generation.
      config: {
        strictScalars: true,
        scalars: { DateTime: "string", Decimal: "string", EmailAddress: "string", URL: "string" },
      },
    },
  },
};
