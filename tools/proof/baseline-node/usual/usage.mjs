// POST /api/usage: up to 1,000 absolute readings, each with a result of its own.
//
// One reading after the other: an upsert, the day's sum, an entry in the ledger. There is no lock against a user who
// joins another team at this moment.

import { answering } from "../answer.mjs";
import { batchOf, recorded } from "../reading.mjs";
import { transaction } from "./transaction.mjs";

export const handler = answering(async (event) => {
  const { machine, readings } = await batchOf(event);
  return transaction(async (db) => {
    const results = [];
    const accounts = new Set();
    for (const reading of readings) {
      const { code } = reading;
      results.push(code ? { result: "rejected", code } : await record(db, reading, machine.sub, accounts));
    }
    const exhausted = await db.query("select user_id from user_credits where user_id = any ($1) and balance <= 0", [
      [...accounts],
    ]);
    return recorded(results, exhausted.rows.map((row) => row.user_id));
  });
});

async function record(db, reading, actor, accounts) {
  const date = new Date(reading.window_start).toISOString().slice(0, 10);
  const day = await findDay(db, reading.user_id, date);
  if (day.code) {
    return { result: "rejected", code: day.code };
  }
  accounts.add(day.account_owner_id);
  await db.query("select 1 from user_credits where user_id = $1 for update", [day.account_owner_id]);
  const result = await storeReading(db, reading);
  await charge(db, day, await sumDay(db, reading.user_id, date, day), date, actor);
  return { result };
}

/** Who pays for a user's day and at which price, or why nothing can be recorded. A known day keeps its payer. */
async function findDay(db, user_id, date) {
  const found = await db.query(
    `select coalesce(d.account_owner_id, m.account_owner_id, u.id) as account_owner_id,
            r.effective_on::text, r.cpu_hour_usd, r.gpu_hour_usd, r.storage_gb_month_usd,
            case
              when u.id is null then 'user_unknown'
              when u.status = 'deleted' then 'user_deleted'
              when r.effective_on is null then 'rate_missing'
            end as code
     from (select $1::text as user_id, $2::date as date) w
     left join users u on u.id = w.user_id
     left join usage_daily d on d.user_id = w.user_id and d.date = w.date
     left join lateral (
       select account_owner_id from account_memberships
       where user_id = w.user_id and effective_on <= w.date order by effective_on desc limit 1
     ) m on true
     left join lateral (
       select * from usage_rates where effective_on <= w.date order by effective_on desc limit 1
     ) r on true`,
    [user_id, date],
  );
  return found.rows[0];
}

/** Values are absolute: sent again, they take the place of those before. */
async function storeReading(db, reading) {
  const { user_id, window_start, source, project, window_end, cpu_hours, gpu_hours, storage_gb } = reading;
  const stored = await db.query(
    `with known as (
       select 1 from usage_readings where user_id = $1 and window_start = $2 and source = $3 and project = $4
     )
     insert into usage_readings (
       user_id, window_start, source, project, window_end, cpu_hours, gpu_hours, storage_gb
     )
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (user_id, window_start, source, project) do update
     set window_end = excluded.window_end, cpu_hours = excluded.cpu_hours, gpu_hours = excluded.gpu_hours,
         storage_gb = excluded.storage_gb
     returning not exists (select from known) as created`,
    [user_id, window_start, source, project ?? "", window_end, cpu_hours, gpu_hours, storage_gb],
  );
  return stored.rows[0].created ? "created" : "revised";
}

/** Sums the day up again, and answers with what it grew by. A day that is known keeps its payer and its price. */
async function sumDay(db, user_id, date, day) {
  const { account_owner_id, effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd } = day;
  const summed = await db.query(
    `with known as (
       select * from usage_daily where user_id = $1 and date = $2
     ),
     total as (
       select sum(cpu_hours) as cpu_hours, sum(gpu_hours) as gpu_hours,
              sum(storage_gb * extract(epoch from window_end - window_start)) as storage_gb_seconds
       from usage_readings
       where user_id = $1
         and window_start >= $2::date::timestamp at time zone 'UTC'
         and window_start < ($2::date + 1)::timestamp at time zone 'UTC'
     )
     insert into usage_daily as d (
       user_id, date, account_owner_id, rate_effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd,
       cpu_hours, gpu_hours, storage_gb_seconds
     )
     select $1, $2, $3, $4, $5, $6, $7, t.cpu_hours, t.gpu_hours, t.storage_gb_seconds from total t
     on conflict (user_id, date) do update
     set cpu_hours = excluded.cpu_hours, gpu_hours = excluded.gpu_hours,
         storage_gb_seconds = excluded.storage_gb_seconds
     returning
       d.cpu_hours - coalesce((select cpu_hours from known), 0) as cpu_hours,
       d.gpu_hours - coalesce((select gpu_hours from known), 0) as gpu_hours,
       d.storage_gb_seconds - coalesce((select storage_gb_seconds from known), 0) as storage_gb_seconds,
       d.scaled_cost_usd - coalesce((select scaled_cost_usd from known), 0) as scaled_cost_usd`,
    [user_id, date, account_owner_id, effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd],
  );
  return summed.rows[0];
}

/**
 * Charges the account for what the day grew by: the rounded sum of all costs less what was charged before. The schema
 * wants the entry and the credits to move in one statement.
 */
async function charge(db, day, grown, date, actor) {
  const { cpu_hours, gpu_hours, storage_gb_seconds, scaled_cost_usd } = grown;
  await db.query(
    `with change as (
       select uc.user_id, uc.balance, coalesce(uc.last_seq, 0) + 1 as seq,
              uc.total_used - app.round_cost(uc.scaled_cost_usd + $5::numeric) as amount
       from user_credits uc
       where uc.user_id = $1
     ),
     credited as (
       update user_credits uc
       set balance = uc.balance + c.amount,
           last_seq = case when c.amount <> 0 then c.seq else uc.last_seq end,
           total_used = uc.total_used - c.amount,
           cpu_hours_used = uc.cpu_hours_used + $2::numeric,
           gpu_hours_used = uc.gpu_hours_used + $3::numeric,
           storage_gb_seconds = uc.storage_gb_seconds + $4::numeric,
           storage_gb_months = round((uc.storage_gb_seconds + $4::numeric) / app.billing_month_seconds(), 6),
           scaled_cost_usd = uc.scaled_cost_usd + $5::numeric
       from change c
       where uc.user_id = c.user_id
     )
     insert into credit_transactions (
       account_owner_id, seq, kind, amount, balance_before, balance_after, reference, actor
     )
     select user_id, seq, 'usage', amount, balance, balance + amount, $6, $7 from change where amount <> 0`,
    [day.account_owner_id, cpu_hours, gpu_hours, storage_gb_seconds, scaled_cost_usd, date, actor],
  );
}
