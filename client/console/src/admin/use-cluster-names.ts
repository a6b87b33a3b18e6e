/** Names of clusters, where the API says ids. */

import { useClusters } from "back-office-client";

/** Answers the text with each id of a cluster replaced by its name. */
export function useClusterNames(): (text: string) => string {
  const { items } = useClusters();
  return (text) => items.reduce((text, { id, name }) => text.replaceAll(id, name), text);
}
