// GET /api/credits: what an account has, has bought and has used, and how long it lasts.

import { answering, Refusal } from "./answer.mjs";
import { callerOf, claimsOf } from "./caller.mjs";
import { transaction } from "./database.mjs";
import { totalsOf } from "./user.mjs";

export const handler = answering(async (event) => {
  const claims = await claimsOf(event);
  return transaction(async (db) => {
    const caller = await callerOf(db, claims);
    if (caller.account_owner_id) {
      throw new Refusal(403, "billing_owner_only", "Credits and costs are for the owner of the account.");
    }
    const found = await db.query(
      `select user_id, balance, total_purchased, total_adjusted, total_used,
              trim_scale(cpu_hours_used) as cpu_hours_used, trim_scale(gpu_hours_used) as gpu_hours_used,
              trim_scale(storage_gb_months) as storage_gb_months, balance <= 0 as exhausted
       from user_credits where user_id = $1`,
      [caller.id],
    );
    const [credits] = found.rows;
    const daysLeft = await findDaysLeft(db, credits);
    const status = credits.exhausted ? "exhausted" : daysLeft !== null && daysLeft < 7 ? "low" : "ok";
    return {
      user_id: caller.id,
      status,
      ...totalsOf(credits),
      total_adjusted: credits.total_adjusted,
      days_left: daysLeft,
    };
  });
});

/** Whole days at the pace of the last seven (UTC, today included), a hundred years at most; null when idle. */
async function findDaysLeft(db, credits) {
  const found = await db.query(
    `select least(div(greatest($2::numeric, 0) * 7 * app.billing_month_seconds(), sum(scaled_cost_usd)), 36500)::integer as days
     from usage_daily
     where account_owner_id = $1
       and date between (now() at time zone 'UTC')::date - 6 and (now() at time zone 'UTC')::date
     having sum(scaled_cost_usd) > 0`,
    [credits.user_id, credits.balance],
  );
  return found.rows[0]?.days ?? null;
}
