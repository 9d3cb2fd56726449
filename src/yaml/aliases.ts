/** What each alias of a document names. The library looks through the document for each alias anew. */
import { type Alias, type Document, isAlias, isMap, isNode, isPair, isSeq, type Node } from 'yaml';

/** Targets of the aliases that have one: the latest anchor of that name before the alias, as YAML has it. */
export function aliasTargets(document: Document): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  /** Nodes that are still to be visited, the next one last. */
  const waiting: unknown[] = [document.contents];
  while (waiting.length > 0) {
    const item = waiting.pop();
    if (isPair(item)) waiting.push(item.value, item.key);
    if (!isNode(item)) continue;
    if (isAlias(item)) {
      const target = anchors.get(item.source);
      if (target !== undefined) targets.set(item, target);
      continue;
    }
    if ('anchor' in item && typeof item.anchor === 'string') anchors.set(item.anchor, item);
    if (isMap(item) || isSeq(item))
      for (let index = item.items.length - 1; index >= 0; index--) waiting.push(item.items[index]);
  }
  return targets;
}
