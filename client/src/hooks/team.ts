/** An account owner's team: members and invites. */

import type { components } from "../api";
import { unwrap } from "../client";
import type { Placement } from "./me";
import { type Action, type List, useAction, useList } from "./state";

export type Member = components["schemas"]["Member"];
export type Invite = components["schemas"]["Invite"];
export type SentInvite = components["schemas"]["SentInvite"];

export function useTeam(): List<Member> {
  return useList("/api/team/members", {});
}

/** Takes the member with this id out of the team. Members leave by their own id. */
export function useRemoveMember(): Action<string, true> {
  return useAction(async (client, user_id): Promise<true> => {
    unwrap(await client.DELETE("/api/team/members/{user_id}", { params: { path: { user_id } } }));
    return true;
  });
}

export function useInvites(): List<Invite> {
  return useList("/api/team/invites", {});
}

/** Invites an address. The answer has the token, which is shown here and never again: put it into a link. */
export function useInvite(): Action<string, SentInvite> {
  return useAction(async (client, email) => unwrap(await client.POST("/api/team/invites", { body: { email } })));
}

/** Withdraws the invite with this id. */
export function useWithdrawInvite(): Action<string, true> {
  return useAction(async (client, id): Promise<true> => {
    unwrap(await client.DELETE("/api/team/invites/{id}", { params: { path: { id } } }));
    return true;
  });
}

/** Accepts the invite with this token. */
export function useAcceptInvite(): Action<string, Placement> {
  return useAction(async (client, token) => unwrap(await client.POST("/api/team/invites/accept", { body: { token } })));
}
