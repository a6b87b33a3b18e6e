// One connection for each instance, through the transaction pooler; kept between requests.

import pg from "pg";

import { secret } from "./secret.mjs";

const pool = new pg.Pool({
  connectionString: secret.database_url,
  ssl: secret.database_ca ? { ca: secret.database_ca } : undefined,
  max: 1,
  connectionTimeoutMillis: 5_000,
  query_timeout: 5_000,
});

// Without a listener a connection that dies while nobody uses it would end the process.
pool.on("error", (error) => console.error("an idle connection:", error.message));

/** Does the work between BEGIN and COMMIT; undoes all of it when it throws. */
export async function transaction(work) {
  const db = await pool.connect();
  let broken;
  try {
    await db.query("begin");
    const result = await work(db);
    await db.query("commit");
    return result;
  } catch (error) {
    await db.query("rollback").catch((failed) => (broken = failed));
    throw error;
  } finally {
    db.release(broken);
  }
}
