/** Sums of decimals that are written as strings: exact, whatever their size. */

const parts = (value: string) => /^(-?)(\d+)(?:\.(\d+))?$/.exec(value);

function scaled(value: string, scale: number): bigint {
  const [, sign = "", whole = "0", fraction = ""] = parts(value) ?? [];
  return BigInt(sign + whole + fraction.padEnd(scale, "0"));
}

export function sum(values: readonly string[]): string {
  const scale = Math.max(0, ...values.map((value) => parts(value)?.[3]?.length ?? 0));
  const total = values.reduce((total, value) => total + scaled(value, scale), 0n);
  const digits = (total < 0n ? -total : total).toString().padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, "");
  return (total < 0n ? "-" : "") + whole + (fraction && `.${fraction}`);
}

/** Below zero, at it (0) or above it. */
export const sign = (value: string) => (/[1-9]/.test(value) ? (value.startsWith("-") ? -1 : 1) : 0);
