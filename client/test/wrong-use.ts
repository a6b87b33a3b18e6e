/** Uses that must not type-check: the compiler fails where an expected error is missing. */

import {
  createClient,
  type ManagedUser,
  unwrap,
  useAdjustCredits,
  useAdminUsers,
  useAuditLog,
  useCredits,
  useEvents,
  useInvite,
  useMe,
  useSetRate,
  useStatement,
  useUpdateUser,
  useUsage,
} from "../src";

const client = createClient({ baseUrl: "https://api.example.com", token: async () => "token" });

export async function wrongUses(user: ManagedUser) {
  // @ts-expect-error There is no such address.
  await client.GET("/api/admin/user");

  // @ts-expect-error A user is changed by PATCH.
  await client.POST("/api/admin/users/{id}", { params: { path: { id: user.id } } });

  // @ts-expect-error There is no such filter.
  await client.GET("/api/admin/users", { params: { query: { state: "active" } } });

  // @ts-expect-error Nobody is `paused`.
  await client.PATCH("/api/admin/users/{id}", { params: { path: { id: user.id } }, body: { status: "paused" } });

  // @ts-expect-error Which user?
  await client.PATCH("/api/admin/users/{id}", { body: { status: "suspended" } });

  await client.POST("/api/credits/purchases", {
    params: { header: { "Idempotency-Key": "one" } },
    // @ts-expect-error Money is a string of a decimal.
    body: { user_id: user.id, amount: 12.5 },
  });

  await client.POST("/api/credits/purchases", {
    // @ts-expect-error Money moves under a key.
    params: {},
    body: { user_id: user.id, amount: "12.50" },
  });

  const page = unwrap(await client.GET("/api/admin/users"));
  // @ts-expect-error The last page has no cursor.
  page.next_cursor.length;
  // @ts-expect-error Nobody can be `full`.
  page.items[0]?.status === "full";
  // @ts-expect-error Credits are there for account owners only.
  user.credits.balance;
}

export function WrongHooks() {
  // @ts-expect-error There is no such filter.
  useAdminUsers({ state: "active" });
  // @ts-expect-error Nobody is `paused`.
  useAdminUsers({ status: "paused" });
  // @ts-expect-error A cursor belongs to the list that answered it.
  useAuditLog({ cursor: "eyJ9" });
  // @ts-expect-error Of which month?
  useStatement();
  // @ts-expect-error Nothing is grouped by cluster.
  useUsage({ start: "2026-11-01" }, "cluster");
  // @ts-expect-error It is milliseconds.
  useEvents({}, { every: "5s" });

  // @ts-expect-error Until it is answered, it is not there.
  useCredits().data.balance;
  // @ts-expect-error Money is a string of a decimal.
  useCredits().data?.balance.toFixed(2);
  // @ts-expect-error A user may wait for a seat.
  useMe().data?.assignment.api_url;
  // @ts-expect-error After the last page nothing is left.
  useAdminUsers().loadMore();

  // @ts-expect-error Without a grouping there are days.
  useUsage({}).data?.groups;
  // @ts-expect-error With one there are none.
  useUsage({}, "day,project").data?.days;
  // @ts-expect-error A group names what it is made by alone.
  useUsage({}, "project").data?.groups[0]?.date;
  const date: string | undefined = useUsage({}, "day,project").data?.groups[0]?.date;

  // @ts-expect-error Nobody is `paused`.
  void useUpdateUser().run({ id: "auth0|ann", changes: { status: "paused" } });
  // @ts-expect-error Money is a string of a decimal.
  void useAdjustCredits().run({ user_id: "auth0|ann", amount: 5, reason: "a gift" });
  // @ts-expect-error From which day on?
  void useSetRate().run({ cpu_hour_usd: "0.1", gpu_hour_usd: "1", storage_gb_month_usd: "0.02" });
  // @ts-expect-error It may have failed: then there is no token.
  void useInvite().run("carl@example.com").then(({ token }) => token);
  return date;
}
