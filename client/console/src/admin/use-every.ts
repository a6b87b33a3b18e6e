/** Does something again and again while somebody looks. */

import { useEffect, useRef } from "react";

/** Without a time, it does nothing. */
export function useEvery(everyMs: number | undefined, act: () => void): void {
  const latest = useRef(act);
  useEffect(() => {
    latest.current = act;
  });
  useEffect(() => {
    if (everyMs === undefined) return undefined;
    const timer = setInterval(() => document.visibilityState === "visible" && latest.current(), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
}
