// A user's day: the sum of its readings, who pays for it and at which price.

import { dateOf, dayOf } from "./reading.mjs";

/** The days that the readings belong to, by `dayOf`: payer and price, or why nothing can be recorded. */
export async function findDays(db, readings) {
  const wanted = new Map(readings.map((reading) => [dayOf(reading), [reading.user_id, dateOf(reading)]]));
  const [users, dates] = [0, 1].map((part) => [...wanted.values()].map((day) => day[part]));
  const found = await db.query(
    `select w.date || ' ' || w.user_id as day, w.user_id, w.date::text,
            coalesce(d.account_owner_id, m.account_owner_id, u.id) as account_owner_id,
            r.effective_on::text as rate_effective_on, r.cpu_hour_usd, r.gpu_hour_usd, r.storage_gb_month_usd,
            case
              when u.id is null then 'user_unknown'
              when u.status = 'deleted' then 'user_deleted'
              when r.effective_on is null then 'rate_missing'
            end as refusal
     from unnest($1::text[], $2::date[]) as w (user_id, date)
     left join users u on u.id = w.user_id
     left join usage_daily d on d.user_id = w.user_id and d.date = w.date
     left join lateral (
       select account_owner_id from account_memberships
       where user_id = w.user_id and effective_on <= w.date order by effective_on desc limit 1
     ) m on true
     left join lateral (
       select * from usage_rates where effective_on <= w.date order by effective_on desc limit 1
     ) r on true`,
    [users, dates],
  );
  return new Map(found.rows.map((row) => [row.day, row]));
}

/** Sums the day up anew and answers with what it grew by. A day that is known keeps its payer and its price. */
export async function sumDay(db, day) {
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
       d.date::text,
       d.cpu_hours - coalesce((select cpu_hours from known), 0) as cpu_hours,
       d.gpu_hours - coalesce((select gpu_hours from known), 0) as gpu_hours,
       d.storage_gb_seconds - coalesce((select storage_gb_seconds from known), 0) as storage_gb_seconds,
       d.scaled_cost_usd - coalesce((select scaled_cost_usd from known), 0) as scaled_cost_usd`,
    [
      day.user_id,
      day.date,
      day.account_owner_id,
      day.rate_effective_on,
      day.cpu_hour_usd,
      day.gpu_hour_usd,
      day.storage_gb_month_usd,
    ],
  );
  return summed.rows[0];
}
