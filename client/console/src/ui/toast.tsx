/** Says what has been done, in a corner and to screen readers. */

import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from "react";

const SHOWN_MS = 6_000;

const Say = createContext<(text: string) => void>(() => undefined);

/** `const say = useSay(); say("The invite is withdrawn.")` */
export const useSay = () => useContext(Say);

export function Toasts({ children }: { readonly children: ReactNode }) {
  const [said, setSaid] = useState<{ readonly text: string }>();
  const say = useCallback((text: string) => setSaid({ text }), []);
  useEffect(() => {
    if (said === undefined) return undefined;
    const timer = setTimeout(() => setSaid(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <Say value={say}>
      {children}
      <div className="toasts" role="status">
        {said && <p className="toast">{said.text}</p>}
      </div>
    </Say>
  );
}
