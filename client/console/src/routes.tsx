/** The pages of the console, and where the navigation shows them. */

import { type ComponentType, lazy } from "react";

import { Credits } from "./user/credits";
import { Home } from "./user/home";
import { AcceptInvite } from "./user/accept-invite";
import { Team } from "./user/team";
import { Usage } from "./user/usage";

export interface PageRoute {
  readonly path: string;
  readonly page: ComponentType;
  /** What the navigation calls it. */
  readonly label?: string;
  /** Members of a team have no such page. */
  readonly ownersOnly?: boolean;
}

export const USER_PAGES: readonly PageRoute[] = [
  { path: "/", page: Home, label: "Home" },
  { path: "/usage", page: Usage, label: "Usage" },
  { path: "/credits", page: Credits, label: "Credits", ownersOnly: true },
  { path: "/team", page: Team, label: "Team" },
  { path: "/invite/:token", page: AcceptInvite },
];

/** Loaded when an administrator opens them. */
export const ADMIN_PAGES: readonly PageRoute[] = [
  { path: "/admin/users", page: lazy(() => import("./admin/users")), label: "Users" },
  { path: "/admin/users/:id", page: lazy(() => import("./admin/user")) },
  { path: "/admin/clusters", page: lazy(() => import("./admin/clusters")), label: "Clusters" },
  { path: "/admin/accounts", page: lazy(() => import("./admin/accounts")), label: "Accounts" },
  { path: "/admin/rates", page: lazy(() => import("./admin/rates")), label: "Rates" },
  { path: "/admin/payments", page: lazy(() => import("./admin/payments")), label: "Payments" },
  { path: "/admin/audit-log", page: lazy(() => import("./admin/audit-log")), label: "Audit log" },
  { path: "/admin/invariants", page: lazy(() => import("./admin/invariants")), label: "Invariants" },
  { path: "/admin/events", page: lazy(() => import("./admin/events")), label: "Events" },
];
