/** How amounts, quantities and times read. Decimals stay strings: `Intl` cuts them without making floats of them. */

const LOCALE = "en";

const usd = (digits: number) =>
  new Intl.NumberFormat(LOCALE, { style: "currency", currency: "USD", minimumFractionDigits: 2, maximumFractionDigits: digits });
const CENTS = usd(2);
const PRICE = usd(6);
const QUANTITY = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 2 });
const COUNT = new Intl.NumberFormat(LOCALE);

/** `Intl` takes decimals as they are written, which TypeScript's library of this target does not know. */
const decimal = (value: string) => value as unknown as number;

export const money = (value: string) => CENTS.format(decimal(value));
export const price = (value: string) => PRICE.format(decimal(value));
// Stripe's, which differ from those of `Intl`.
const WITHOUT_CENTS = new Set("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split(" "));
const IN_THOUSANDTHS = new Set("BHD JOD KWD OMR TND".split(" "));

/** An amount in the smallest unit that Stripe has of its currency, such as 1999 US cents. */
export function minor(amount: string, currency: string): string {
  const code = currency.toUpperCase();
  const digits = WITHOUT_CENTS.has(code) ? 0 : IN_THOUSANDTHS.has(code) ? 3 : 2;
  const fraction = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  const format = new Intl.NumberFormat(LOCALE, { style: "currency", currency, ...fraction });
  const padded = amount.padStart(digits + 1, "0");
  const whole = padded.slice(0, padded.length - digits);
  return format.format(decimal(digits === 0 ? whole : `${whole}.${padded.slice(-digits)}`));
}

export const count = (value: number) => COUNT.format(value);

export function quantity(value: string): string {
  const text = QUANTITY.format(decimal(value));
  // A little is not nothing.
  return text === "0" && /[1-9]/.test(value) ? "< 0.01" : text;
}

const DAY = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const SHORT_DAY = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", timeZone: "UTC" });
const SHORT_MONTH = new Intl.DateTimeFormat(LOCALE, { month: "short", year: "numeric", timeZone: "UTC" });
const MONTH = new Intl.DateTimeFormat(LOCALE, { month: "long", year: "numeric", timeZone: "UTC" });
const TIME = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "short" });
const TIME_OF_DAY = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "medium" });
const AGO = new Intl.RelativeTimeFormat(LOCALE, { numeric: "auto" });

/** Of a day, such as `2026-11-27`. */
export const day = (date: string) => DAY.format(new Date(`${date}T00:00:00Z`));
/** For axes; with the year instead of the day, where many months are shown. */
export const shortDay = (date: string, months: boolean) => (months ? SHORT_MONTH : SHORT_DAY).format(new Date(`${date}T00:00:00Z`));
/** Of a month, such as `2026-11`. */
export const month = (date: string) => MONTH.format(new Date(`${date}-01T00:00:00Z`));
export const time = (at: string) => TIME.format(new Date(at));
export const timeWithSeconds = (at: string) => TIME_OF_DAY.format(new Date(at));

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

export function ago(at: string, now = Date.now()): string {
  const seconds = Math.round((new Date(at).getTime() - now) / 1000);
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return AGO.format(Math.trunc(seconds / size), unit);
}

/** The days of a range that ends today (UTC). */
export function lastDays(days: number, now = Date.now()): { start: string; end: string } {
  const date = (at: number) => new Date(at).toISOString().slice(0, 10);
  return { start: date(now - (days - 1) * 86_400_000), end: date(now) };
}

/** `count` of something, in words: `plural(1, "seat")` is "1 seat". */
export const plural = (value: number, one: string, many = `${one}s`) => `${count(value)} ${value === 1 ? one : many}`;
