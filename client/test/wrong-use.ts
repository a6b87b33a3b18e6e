/** Uses that must not type-check: the compiler fails where an expected error is missing. */

import { createClient, type ManagedUser, unwrap } from "../src/client";

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
