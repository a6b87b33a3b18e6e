import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  // Wherever the files are served from.
  base: "./",
  plugins: [react()],
  resolve: { alias: { "back-office-client": decodeURIComponent(new URL("../src/index.ts", import.meta.url).pathname) } },
  build: {
    target: "es2022",
    // `light-dark()` as it is written.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    // The content security policy has no place for scripts and styles in the page, nor for files in a `data:` address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    emptyOutDir: true,
    // What a user's first page needs is one file (kB, before it is compressed).
    chunkSizeWarningLimit: 700,
  },
});
