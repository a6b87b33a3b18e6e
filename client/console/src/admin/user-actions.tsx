/** What can be done about a user as they are now: buttons that open a dialog. */

import type { ManagedUser } from "back-office-client";

import { Button } from "../ui";
import { nameOf } from "./cells";
import type { Act, ActKind } from "./user-dialogs";

export interface UserActionsProps {
  readonly user: ManagedUser;
  readonly etag?: string | undefined;
  readonly onAct: (act: Act) => void;
  /** In a row: the usual ones alone. */
  readonly small?: boolean;
}

const NAMES: Record<ActKind, string> = {
  suspend: "Suspend",
  reactivate: "Reactivate",
  reopen: "Reopen",
  move: "Move",
  seat: "Give a seat",
  unseat: "Take the seat",
};

export function UserActions({ user, etag, onAct, small = false }: UserActionsProps) {
  return (
    <div className="actions">
      {possible(user)
        .filter((kind) => !small || kind !== "unseat")
        .map((kind) => (
          <Button
            key={kind}
            small={small}
            kind={kind === "suspend" && !small ? "danger" : "plain"}
            aria-label={small ? `${NAMES[kind]}: ${nameOf(user)}` : undefined}
            onClick={() => onAct({ kind, user, etag })}
          >
            {NAMES[kind]}
          </Button>
        ))}
    </div>
  );
}

function possible({ status, suspended_for: reasons, assignment }: ManagedUser): readonly ActKind[] {
  if (status === "deleted") return ["reopen"];
  // The other reasons end by themselves: by a payment, or when the owner comes back.
  if (status === "suspended") return reasons.includes("administrator") ? ["reactivate"] : [];
  return assignment === null ? ["seat", "suspend"] : ["move", "unseat", "suspend"];
}
