// GET /api/admin/users: a page of users, newest first. The items are passed on as they come.

import { answering, cursorOf, limitOf } from "../answer.mjs";
import { claimsOf } from "../token.mjs";
import { call } from "./call.mjs";

export const handler = answering(async (event) => {
  const { sub } = await claimsOf(event);
  const caller = { sub, must_be: "admin", request_id: event.requestContext.requestId };
  const input = { limit: limitOf(event), after: null, as_rows: false };
  const selected = "(answer -> 'items')::text as items, answer -> 'next' as next";
  const { items, next } = await call("list_users", { caller, input }, selected);
  return `{"items":${items},"next_cursor":${JSON.stringify(cursorOf(next))}}`;
});
