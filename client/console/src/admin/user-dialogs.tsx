/** Asks before something is done about a user, and says what follows from it. */

import { type ApiProblem, type ManagedUser, useUnassignUser, useUpdateUser, type UserStatus } from "back-office-client";
import type { ReactNode } from "react";

import { plural } from "../format";
import { Confirm, useSay } from "../ui";
import { nameOf } from "./cells";
import { MoveDialog } from "./move-dialog";

export type ActKind = "suspend" | "reactivate" | "reopen" | "move" | "seat" | "unseat";

export interface Act {
  readonly kind: ActKind;
  readonly user: ManagedUser;
  /** What the user was like when they were read: what has changed since is not overwritten. */
  readonly etag?: string | undefined;
}

export interface UserDialogProps {
  readonly act: Act;
  readonly onClose: () => void;
}

export function UserDialog({ act, onClose }: UserDialogProps) {
  switch (act.kind) {
    case "move":
    case "seat":
      return <MoveDialog user={act.user} onClose={onClose} />;
    case "unseat":
      return <UnseatDialog act={act} onClose={onClose} />;
    default:
      return <StatusDialog act={act} kind={act.kind} onClose={onClose} />;
  }
}

interface StatusChange {
  readonly title: (name: string) => string;
  readonly act: string;
  readonly done: (name: string) => string;
  readonly status: UserStatus;
  readonly follows: (user: ManagedUser) => ReactNode;
}

const withTeam = ({ team_size: size }: ManagedUser, what: string) => (size > 0 ? ` ${what} (${plural(size, "member")}).` : "");

const CHANGES: Record<"suspend" | "reactivate" | "reopen", StatusChange> = {
  suspend: {
    title: (name) => `Suspend ${name}?`,
    act: "Suspend",
    done: (name) => `${name} is suspended.`,
    status: "suspended",
    follows: (user) => {
      const bill = user.account_owner_id === null ? ", and can still see and pay their bill" : "";
      const team = withTeam(user, "Their team is suspended with them");
      return `Their account on the cluster is deactivated. They keep their seat${bill}.${team}`;
    },
  },
  reactivate: {
    title: (name) => `Reactivate ${name}?`,
    act: "Reactivate",
    done: (name) => `${name} is active again.`,
    status: "active",
    follows: (user) =>
      user.suspended_for.length > 1
        ? "The administrator's suspension ends. They stay suspended for the other reason until that ends by itself."
        : `They can work again.${withTeam(user, "The members who were suspended with them come back, too")}`,
  },
  reopen: {
    title: (name) => `Reopen the account of ${name}?`,
    act: "Reopen",
    done: (name) => `The account of ${name} is open again.`,
    status: "active",
    follows: () => "They come back without a team, rights and deployments, and get a seat when there is room.",
  },
};

interface StatusDialogProps extends UserDialogProps {
  readonly kind: keyof typeof CHANGES;
}

function StatusDialog({ act: { user, etag }, kind, onClose }: StatusDialogProps) {
  const update = useUpdateUser();
  const { title, act, done, status, follows } = CHANGES[kind];
  const name = nameOf(user);
  return (
    <Asked
      title={title(name)}
      act={act}
      danger={kind === "suspend"}
      action={update}
      run={() => update.run({ id: user.id, changes: { status }, etag })}
      done={done(name)}
      onClose={onClose}
    >
      <p>{follows(user)}</p>
    </Asked>
  );
}

function UnseatDialog({ act: { user }, onClose }: UserDialogProps) {
  const unassign = useUnassignUser();
  const name = nameOf(user);
  return (
    <Asked
      title={`Take the seat of ${name}?`}
      act="Take the seat"
      danger
      action={unassign}
      run={() => unassign.run(user.id)}
      done={`${name} has no seat any more.`}
      onClose={onClose}
    >
      <p>
        Their account on {user.assignment?.cluster_name} is deactivated, and whoever waits longest may get the seat. They do
        not wait: they get one again at their next login, if there is room.
        {withTeam(user, "Their team loses its seats, too")}
      </p>
    </Asked>
  );
}

interface AskedProps {
  readonly title: string;
  readonly act: string;
  readonly danger?: boolean;
  readonly action: { readonly running: boolean; readonly problem: ApiProblem | undefined };
  /** Answers `undefined` if it failed. */
  readonly run: () => Promise<unknown>;
  /** What is said when it is done. */
  readonly done: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** Closes when it is done, and stays with the problem otherwise. */
export function Asked({ title, act, danger = false, action, run, done, onClose, children }: AskedProps) {
  const say = useSay();
  const confirm = async () => {
    if ((await run()) === undefined) return;
    say(done);
    onClose();
  };
  return (
    <Confirm
      title={title}
      act={act}
      danger={danger}
      busy={action.running}
      problem={action.problem}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      {children}
    </Confirm>
  );
}
