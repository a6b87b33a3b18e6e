/** Starts the console: its settings, whoever is signed in, and the page. */

import "./style.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./app";
import { loadConfig } from "./config";
import { startSignIn } from "./sign-in";
import { applyTheme } from "./theme";
import { Stopped } from "./stopped";

applyTheme();
const root = createRoot(document.getElementById("root")!);

try {
  const config = await loadConfig();
  const signIn = await startSignIn(config);
  root.render(
    <StrictMode>
      <App config={config} signIn={signIn} />
    </StrictMode>,
  );
} catch (error) {
  root.render(
    <Stopped title="The console cannot start">
      <p>Its settings, or the sign-in, cannot be reached. Load the page again in a minute.</p>
      <p className="hint">{error instanceof Error ? error.message : String(error)}</p>
    </Stopped>,
  );
}
