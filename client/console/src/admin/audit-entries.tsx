/** Entries of the audit log: who did what to whom, and what it changed. */

import type { AuditEntry } from "back-office-client";
import { Link } from "wouter";

import { plural } from "../format";
import { Time } from "../ui";
import { type Change, compare } from "./changes";
import { linkTo } from "./filters";
import { Actor } from "./rates";
import { useClusterNames } from "./use-cluster-names";

export function AuditEntries({ entries }: { readonly entries: readonly AuditEntry[] }) {
  const named = useClusterNames();
  return (
    <ol className="entries">
      {entries.map((entry) => (
        <li key={entry.id}>
          <div className="entry-head">
            <span>
              <Actor id={entry.actor} />{" "}
              <Link href={linkTo("/admin/audit-log", { action: entry.action })} className="entry-kind">
                <code>{entry.action}</code>
              </Link>{" "}
              <Link href={linkTo("/admin/audit-log", { target: entry.target })} title={entry.target}>
                {named(entry.target)}
              </Link>
            </span>
            <span className="hint" title={entry.request_id === null ? undefined : `Request ${entry.request_id}`}>
              <Time at={entry.created_at} seconds />
            </span>
          </div>
          <Changed entry={entry} />
        </li>
      ))}
    </ol>
  );
}

/** So many are shown at once. */
const SHOWN = 8;

function Changed({ entry: { before, after, erased } }: { readonly entry: AuditEntry }) {
  if (erased) return <p className="hint">What it changed has been erased, with the person.</p>;
  const { changed, unchanged } = compare(before, after);
  return (
    <>
      {changed.length === 0 && <p className="hint">Nothing that is kept has changed.</p>}
      <Changes changes={changed.slice(0, SHOWN)} />
      <Folded title={`${changed.length - SHOWN} more`} changes={changed.slice(SHOWN)} />
      <Folded title={`${plural(unchanged.length, "other value")} unchanged`} changes={unchanged} />
    </>
  );
}

function Folded({ title, changes }: { readonly title: string; readonly changes: readonly Change[] }) {
  if (changes.length === 0) return null;
  return (
    <details className="folded">
      <summary>{title}</summary>
      <Changes changes={changes} />
    </details>
  );
}

function Changes({ changes }: { readonly changes: readonly Change[] }) {
  const named = useClusterNames();
  if (changes.length === 0) return null;
  return (
    <ul className="changes">
      {changes.map(({ path, before, after }) => (
        <li key={path}>
          <span className="change-name">{path}</span>
          {before === after ? (
            <span title={after}>{after !== undefined && named(after)}</span>
          ) : (
            <>
              {before !== undefined && <del title={before}>{named(before)}</del>}
              {after !== undefined && <ins title={after}>{named(after)}</ins>}
            </>
          )}
        </li>
      ))}
    </ul>
  );
}
