// Types for our documents, from what the running gateway says of itself to somebody who is signed in.

export default {
  schema: [{ [process.env.DEMO_URL]: { headers: { authorization: `Bearer ${process.env.DEMO_TOKEN}` } } }],
  documents: ["portal.ts", "operations.graphql"],
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
