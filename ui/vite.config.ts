import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { pageDocuments } from "./page-documents.ts";

// What is built is for users, whoever builds it: tests and some machines set this to something else, and React would check all that it does, at several times the cost.
if (process.argv.includes("build")) process.env.NODE_ENV = "production";

/** Parts that are small, and not for pictures alone. */
const isShared = (id: string): boolean => /\/ui\/src\/|\/node_modules\/(lucide-react|@tanstack|use-sync-external-store)\//.test(id) && !/\/ui\/src\/(pages|design\/graph)\/|time-chart/.test(id);

/** The web interface: built into dist/ui, which the server hands out as it stands. `vite ui` serves it from its sources, before a server that runs on port 7400. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), pageDocuments()],
  build: {
    outDir: "../dist/ui",
    emptyOutDir: true,
    // The policy of the page lets data addresses in for pictures alone.
    assetsInlineLimit: 0,
    target: "es2023",
    modulePreload: { polyfill: false },
    // What several pages share comes with the first: a score of small files, each asked for by itself, takes longer than all their bytes.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "base", test: isShared, minShareCount: 3 }] } } },
    chunkSizeWarningLimit: 1_600,
  },
  worker: { format: "es" },
  server: { proxy: { "/api": "http://127.0.0.1:7400" } },
});
