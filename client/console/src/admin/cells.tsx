/** How users, clusters and accounts on them are named, and their states in a word. */

import type { HopsworksCluster, ManagedUser } from "back-office-client";
import { Link } from "wouter";

import { inPagePath } from "../location";
import { Badge, Time, type Tone } from "../ui";

/** What a user is called in a sentence. */
export const nameOf = ({ name, email, id }: Pick<ManagedUser, "name" | "email" | "id">) => name ?? email ?? id;

export const userPage = (id: string) => `/admin/users/${inPagePath(id)}`;

export interface UserLinkProps {
  readonly id: string;
  /** Without it, the id. */
  readonly name?: string | null;
}

export function UserLink({ id, name }: UserLinkProps) {
  return (
    <Link href={userPage(id)} className="user-link">
      {name ?? id}
    </Link>
  );
}

const REASONS = { administrator: "by an administrator", money: "for money", owner: "with the owner" } as const;

export function StatusBadge({ user }: { readonly user: Pick<ManagedUser, "status" | "suspended_for" | "erased_at"> }) {
  const { status, suspended_for: reasons, erased_at: erased } = user;
  if (status === "active") return <Badge tone="good">active</Badge>;
  if (status === "deleted") return <Badge>{erased === null ? "deleted" : "erased"}</Badge>;
  return <Badge tone="bad">suspended {reasons.map((reason) => REASONS[reason] ?? reason).join(" and ")}</Badge>;
}

export function Seat({ user }: { readonly user: Pick<ManagedUser, "assignment" | "waiting_since" | "place_in_queue"> }) {
  const { assignment, waiting_since: since, place_in_queue: place } = user;
  if (assignment !== null) return <>{assignment.cluster_name}</>;
  if (since === null) return <span className="hint">none</span>;
  return (
    <span className="two">
      <Badge tone="warn">waiting</Badge>
      <span className="hint">
        <Time at={since} relative />
        {place != null && `, ${place === 100 ? "100th or later" : `place ${place}`}`}
      </span>
    </span>
  );
}

const ACCOUNT_TONES = { ready: "good", pending: "info", failing: "warn", stuck: "bad", off: "plain" } as const;

export type AccountState = keyof typeof ACCOUNT_TONES;

export function AccountBadge({ state }: { readonly state: AccountState }) {
  return <Badge tone={ACCOUNT_TONES[state]}>{state === "off" ? "by hand" : state}</Badge>;
}

const CLUSTER_TONES: Record<HopsworksCluster["status"], Tone> = {
  active: "good",
  full: "warn",
  maintenance: "info",
  inactive: "plain",
};

export function ClusterBadge({ status }: { readonly status: HopsworksCluster["status"] }) {
  return <Badge tone={CLUSTER_TONES[status]}>{status}</Badge>;
}
