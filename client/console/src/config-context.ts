/** The settings, for pages that link to what is outside of the console. */

import { createContext, useContext } from "react";

import type { Config } from "./config";

export const ConfigContext = createContext<Config | undefined>(undefined);

export function useConfig(): Config {
  const config = useContext(ConfigContext);
  if (config === undefined) throw new Error("There is no <ConfigContext value={…}> around this component.");
  return config;
}
