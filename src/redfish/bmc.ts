/** The machine behind a BMC: its system and its managers, found by following links from the service's root. */
import { UserError } from '../errors.ts';
import type { RedfishClient, Resource } from './client.ts';
import { nonsense } from './failure.ts';
import { linkOf, listOf, textOf } from './json.ts';

/** What the work on a machine goes through. */
export interface Bmc {
  readonly client: RedfishClient;
  /** As it was read when the work began; {@link readSystem} reads it anew. */
  readonly system: Resource;
  readonly managers: readonly Resource[];
}

/**
 * Finds the machine.
 * @param id The Id of its system, for services with several: a chassis of sleds, a multi-node server.
 */
export async function openBmc(client: RedfishClient, id?: string): Promise<Bmc> {
  const reference = linkOf(client.root, 'Systems');
  if (reference === undefined)
    throw nonsense(client.urlOf('/redfish/v1/'), 'no Systems', 'a service that has systems');
  const systems = await client.members(reference);
  const idOf = ({ body }: Resource) => textOf(body, 'Id') ?? '';
  const system =
    id === undefined && systems.length === 1 ? systems[0] : systems.find((each) => idOf(each) === id);
  if (system === undefined) {
    const names = systems.map(idOf).join(', ');
    throw new UserError(
      'bmc-system-ambiguous',
      id === undefined ? 'this BMC has not one system' : 'this BMC has no such system',
      {
        where: client.urlOf(reference),
        seen: systems.length === 0 ? 'no system' : names,
        needed: id ?? 'one, or the name of one',
        next:
          systems.length === 0
            ? ['wait until the BMC has started, and run this again']
            : [`name one with --system: ${names}`],
      },
    );
  }
  const managers: Resource[] = [];
  for (const manager of listOf(system.body, 'Links', 'ManagedBy')) {
    const path = linkOf(manager);
    if (path !== undefined) managers.push(await client.get(path));
  }
  return { client, system, managers };
}

/** The system as it is now. */
export function readSystem({ client, system }: Bmc): Promise<Resource> {
  return client.get(system.path);
}
