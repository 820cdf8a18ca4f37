import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  base: "./", // the gateway may stand below a path
  html: { cspNonce: "NONCE" }, // gateway/explorer.py puts a fresh one there for each answer
  worker: { format: "es" },
  build: {
    target: "es2022",
    outDir: "../gateway/explorer_files",
    emptyOutDir: true,
    assetsDir: "explorer",
    assetsInlineLimit: 0, // the page's policy takes no `data:` but for pictures
    chunkSizeWarningLimit: 4096, // the editor is one large piece
    license: { fileName: "licenses.md" },
    reportCompressedSize: false,
  },
});
