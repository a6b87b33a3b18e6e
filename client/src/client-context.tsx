/** The client that the hooks ask. The web app makes one, and puts its `ClientProvider` around everything. */

import { createContext, useContext } from "react";

import type { Client } from "./client";

const ClientContext = createContext<Client | undefined>(undefined);

export const ClientProvider = ClientContext.Provider;

export function useClient(): Client {
  const client = useContext(ClientContext);
  if (client === undefined) throw new Error("There is no <ClientProvider value={createClient(…)}> around this component.");
  return client;
}
