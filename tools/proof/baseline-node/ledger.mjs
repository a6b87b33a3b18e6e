// An account's credits and the ledger behind them.

/** Batches of one account come one after the other. */
export async function lockAccounts(db, accounts) {
  await db.query("select 1 from user_credits where user_id = any ($1) order by user_id for update", [accounts]);
}

/**
 * Charges an account for what its days grew by.
 *
 * Read, add in the program and write back would be the usual way. The schema refuses it: the entry and the credits
 * must move in one statement, and money is not for JavaScript's numbers. What is charged is the rounded sum of all
 * costs less what was charged before.
 */
export async function chargeAccount(db, account, days, actor) {
  const dates = days.map((day) => day.date).sort();
  const [first, last] = [dates[0], dates.at(-1)];
  await db.query(
    `with grown as (
       select sum(cpu_hours) as cpu_hours, sum(gpu_hours) as gpu_hours,
              sum(storage_gb_seconds) as storage_gb_seconds, sum(scaled_cost_usd) as scaled_cost_usd
       from jsonb_to_recordset($2) as day (
         cpu_hours numeric, gpu_hours numeric, storage_gb_seconds numeric, scaled_cost_usd numeric
       )
     ),
     change as (
       select uc.user_id, g.*, uc.balance, coalesce(uc.last_seq, 0) + 1 as seq,
              uc.total_used - app.round_cost(uc.scaled_cost_usd + g.scaled_cost_usd) as amount
       from user_credits uc
       cross join grown g
       where uc.user_id = $1
     ),
     credited as (
       update user_credits uc
       set balance = uc.balance + c.amount,
           last_seq = case when c.amount <> 0 then c.seq else uc.last_seq end,
           total_used = uc.total_used - c.amount,
           cpu_hours_used = uc.cpu_hours_used + c.cpu_hours,
           gpu_hours_used = uc.gpu_hours_used + c.gpu_hours,
           storage_gb_seconds = uc.storage_gb_seconds + c.storage_gb_seconds,
           storage_gb_months = round((uc.storage_gb_seconds + c.storage_gb_seconds) / app.billing_month_seconds(), 6),
           scaled_cost_usd = uc.scaled_cost_usd + c.scaled_cost_usd
       from change c
       where uc.user_id = c.user_id
     )
     insert into credit_transactions (
       account_owner_id, seq, kind, amount, balance_before, balance_after, reference, actor
     )
     select user_id, seq, 'usage', amount, balance, balance + amount, $3, $4 from change where amount <> 0`,
    [account, JSON.stringify(days), first === last ? first : `${first}/${last}`, actor],
  );
}

/** Which of these accounts have nothing left. */
export async function findExhausted(db, accounts) {
  const found = await db.query(
    "select user_id from user_credits where user_id = any ($1) and balance <= 0 order by user_id",
    [accounts],
  );
  return found.rows.map((row) => row.user_id);
}
