// A reading: how much a user consumed on one source, and project, in one window.

const DAY_MS = 24 * 60 * 60 * 1000;
const QUANTITY = /^\d{1,6}(\.\d{1,6})?$/;

/** Why it is refused, as far as that can be told without the database; null when it is good. */
export function faultOf(reading) {
  const { source, user_id, project, window_start, window_end, cpu_hours, gpu_hours, storage_gb } = reading ?? {};
  const [start, end] = [Date.parse(window_start), Date.parse(window_end)];
  if (![source, user_id, project ?? "none"].every(isName) || Number.isNaN(start) || Number.isNaN(end)) {
    return "invalid_reading";
  }
  if (![cpu_hours, gpu_hours, storage_gb].every((quantity) => QUANTITY.test(quantity))) {
    return "invalid_quantity";
  }
  if (end <= start) {
    return "window_empty";
  }
  if (Math.floor(start / DAY_MS) !== Math.floor((end - 1) / DAY_MS)) {
    return "window_crosses_day";
  }
  if (start > Date.now() || end > Date.now() + 5 * 60 * 1000) {
    return "window_in_future";
  }
  return end < Date.now() - 35 * DAY_MS ? "window_too_old" : null;
}

/** The day (UTC) of her bill that it belongs to. */
export function dayOf(reading) {
  return `${dateOf(reading)} ${reading.user_id}`;
}

export function dateOf(reading) {
  return new Date(reading.window_start).toISOString().slice(0, 10);
}

/** Its values are absolute: sent again they change nothing, and other values revise it. */
export async function storeReading(db, reading) {
  const stored = await db.query(
    `with known as (
       select window_end, cpu_hours, gpu_hours, storage_gb from usage_readings
       where user_id = $1 and window_start = $2 and source = $3 and project = $4
     )
     insert into usage_readings as r (
       user_id, window_start, source, project, window_end, cpu_hours, gpu_hours, storage_gb
     )
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (user_id, window_start, source, project) do update
     set window_end = excluded.window_end, cpu_hours = excluded.cpu_hours, gpu_hours = excluded.gpu_hours,
         storage_gb = excluded.storage_gb
     returning (
       select (k.window_end, k.cpu_hours, k.gpu_hours, k.storage_gb)
         = (r.window_end, r.cpu_hours, r.gpu_hours, r.storage_gb)
       from known k
     ) as unchanged`,
    [
      reading.user_id,
      reading.window_start,
      reading.source,
      reading.project ?? "",
      reading.window_end,
      reading.cpu_hours,
      reading.gpu_hours,
      reading.storage_gb,
    ],
  );
  const { unchanged } = stored.rows[0];
  return unchanged === null ? "created" : unchanged ? "unchanged" : "revised";
}

function isName(text) {
  return typeof text === "string" && text.length >= 1 && text.length <= 200;
}
