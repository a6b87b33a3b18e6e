/** The back office for a web app: a typed client, and hooks for React. */

export type { components, paths } from "./api";
export * from "./client";
export * from "./hooks/admin-users";
export * from "./hooks/clusters";
export * from "./hooks/credits";
export * from "./hooks/log";
export * from "./hooks/me";
export * from "./hooks/money";
export type { Action, List, Query, Repeatedly } from "./hooks/state";
export * from "./hooks/team";
export * from "./hooks/usage";
export { BackOfficeProvider, type BackOfficeProviderProps, useClient } from "./provider";
