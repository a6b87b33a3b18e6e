"use client";

/** What the hooks ask by: the client of who is signed in, and TanStack Query's cache. */

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from "react";

import type { Client } from "./client";

const ClientContext = createContext<Client | undefined>(undefined);

export interface BackOfficeProviderProps {
  /** One per signed-in user: when somebody else signs in, give another one. */
  readonly client: Client;
  /** The app's own, if it has one. */
  readonly queryClient?: QueryClient | undefined;
  readonly children?: ReactNode;
}

export function BackOfficeProvider({ client, queryClient, children }: BackOfficeProviderProps) {
  const [own] = useState(() => new QueryClient());
  const queries = queryClient ?? own;
  const last = useRef(client);
  useEffect(() => {
    if (last.current === client) return;
    // Nobody sees it any more. It need not stay in memory either.
    queries.removeQueries({ queryKey: keyOf(last.current) });
    last.current = client;
  }, [client, queries]);
  return (
    <QueryClientProvider client={queries}>
      <ClientContext.Provider value={client}>{children}</ClientContext.Provider>
    </QueryClientProvider>
  );
}

export function useClient(): Client {
  const client = useContext(ClientContext);
  if (client === undefined) throw new Error("There is no <BackOfficeProvider client={createClient(…)}> around this component.");
  return client;
}

const numbers = new WeakMap<Client, number>();
let last = 0;

/** What the keys of all its answers begin with. So what one user was answered is nothing that another can be shown. */
export function keyOf(client: Client): readonly [string, number] {
  const number = numbers.get(client) ?? ++last;
  numbers.set(client, number);
  return ["back-office", number];
}
