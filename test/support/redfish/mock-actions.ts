/** What a made-up BMC does when it is asked to change something. */
import type { SeenRequest } from './mock-bmc.ts';
import type { MockMachine } from './mock-machine.ts';
import { type Body, driveAt, placesOf, resourceAt } from './mock-resources.ts';

export interface Reply {
  readonly status: number;
  readonly body?: Body;
  readonly headers?: Record<string, string>;
  /** May become a task. */
  readonly async?: boolean;
}

const done: Reply = { status: 204, async: true };

/** @returns Undefined when there is nothing at that path. */
export function actOn(
  machine: MockMachine,
  { method, path, body, ifMatch }: SeenRequest,
  etagOf: (body: Body) => string,
): Reply | undefined {
  const places = placesOf(machine);
  if (method === 'POST') {
    // Actions know no precondition: iDRAC answers 412.
    if (ifMatch !== undefined)
      return said(412, 'Base.1.18.PreconditionFailed', 'The ETag supplied did not match.');
    if (path === places.reset) return reset(machine, body);
    if (path === places.importProfile && machine.isDell) return importProfile(machine, body);
    return media(machine, path, body);
  }
  if (method !== 'PATCH') return undefined;
  const resource = resourceAt(machine, path);
  if (resource === undefined) return undefined;
  const refused = precondition(machine, ifMatch, etagOf(resource));
  if (refused !== undefined) return refused;
  if (path === places.system || path === places.settings) return boot(machine, path, body);
  const drive = driveAt(machine, path);
  if (drive !== undefined) {
    if (typeof body.Image === 'string') machine.insert(drive, body.Image);
    else machine.eject(drive);
    return done;
  }
  const attributes = body.Attributes as Record<string, string> | undefined;
  if (attributes === undefined)
    return said(400, 'Base.1.12.PropertyUnknown', 'The property is not in the list.');
  if (path === places.attributes) Object.assign(machine.attributes, attributes);
  else if (path === places.biosSettings) Object.assign(machine.pendingBios, attributes);
  else return said(405, 'Base.1.12.OperationNotAllowed', 'The HTTP method is not allowed on this resource.');
  return { status: 200, body: { ...resource, Attributes: { ...attributes } }, async: true };
}

function reset(machine: MockMachine, { ResetType, ...rest }: Body): Reply {
  const known = ['On', 'ForceOff', 'ForceRestart', 'GracefulShutdown', 'PushPowerButton'];
  if (!known.includes(String(ResetType)) || Object.keys(rest).length > 0)
    return said(
      400,
      'Base.1.12.ActionParameterNotSupported',
      'The parameter for the action is not supported.',
    );
  if (machine.reset(String(ResetType)) === undefined) return done;
  return said(
    409,
    'IDRAC.2.4.PSU501',
    `Server is already powered ${String(ResetType) === 'On' ? 'ON' : 'OFF'}.`,
  );
}

function media(machine: MockMachine, path: string, body: Body): Reply | undefined {
  const [, drivePath = '', action = ''] = /^(.*)\/Actions\/VirtualMedia\.(\w+)$/.exec(path) ?? [];
  const drive = driveAt(machine, drivePath);
  if (drive === undefined || machine.troubles.oldMedia) return undefined;
  if (action === 'EjectMedia') {
    if (!drive.inserted)
      return said(
        500,
        'IDRAC.2.8.VRM0021',
        'Virtual Media is detached or no Virtual Media devices are currently connected.',
      );
    machine.eject(drive);
    return done;
  }
  const known = ['Image', 'Inserted', 'WriteProtected', 'TransferMethod', 'TransferProtocolType'];
  const { Image } = body;
  if (typeof Image !== 'string') return said(400, 'Base.1.12.ActionParameterMissing', 'Image is missing.');
  if (Object.keys(body).some((key) => !known.includes(key)))
    return said(400, 'Base.1.12.ActionParameterUnknown', 'A parameter is unknown.');
  if (drive.inserted)
    return said(
      500,
      'IDRAC.2.8.RAC0720',
      'Unable to locate the ISO or IMG image file or folder in the network share location because the file or folder path or the user credentials entered are incorrect.',
    );
  machine.insert(drive, Image);
  return done;
}

/** iDRAC takes a profile of one line only. */
function importProfile(machine: MockMachine, { ImportBuffer }: Body): Reply {
  const text = String(ImportBuffer);
  if (/>\s+</.test(text)) return said(400, 'IDRAC.2.1.SYS405', 'The format of the profile is invalid.');
  for (const [, name = '', value = ''] of text.matchAll(
    /<Attribute Name="ServerBoot\.1#(\w+)">([^<]*)<\/Attribute>/g,
  ))
    machine.attributes[`ServerBoot.1.${name}`] = value;
  return done;
}

function boot(machine: MockMachine, path: string, body: Body): Reply {
  const places = placesOf(machine);
  if (machine.profile === 'idrac10' && path === places.system)
    return said(
      400,
      'Base.1.18.PropertyNotWritable',
      'The property Boot is a read only property and cannot be assigned a value.',
    );
  const wanted = (body.Boot ?? {}) as Record<string, string>;
  if (wanted.HttpBootUri !== undefined && machine.isDell)
    return said(
      400,
      'Base.1.12.PropertyUnknown',
      'The property HttpBootUri is not in the list of valid properties.',
    );
  const { BootSourceOverrideEnabled, BootSourceOverrideTarget, BootSourceOverrideMode, HttpBootUri } = wanted;
  machine.boot = {
    enabled: BootSourceOverrideEnabled ?? machine.boot.enabled,
    target: BootSourceOverrideTarget ?? machine.boot.target,
    mode: BootSourceOverrideMode ?? machine.boot.mode,
    uri: HttpBootUri ?? machine.boot.uri,
  };
  if (machine.troubles.lyingOverride) return said(400, 'IDRAC.1.6.SYS430', 'Unable to run the method.');
  return { status: 200, body: resourceAt(machine, path) as Body, async: true };
}

function precondition(machine: MockMachine, ifMatch: string | undefined, etag: string): Reply | undefined {
  const { troubles } = machine;
  if (troubles.etags === 'ignored') return undefined;
  const failed = said(
    412,
    'Base.1.12.PreconditionFailed',
    'The ETag supplied did not match the ETag required.',
  );
  if (troubles.etags === 'broken') return ifMatch === undefined ? undefined : failed;
  if (ifMatch === undefined)
    return said(428, 'Base.1.12.PreconditionRequired', 'A precondition header is required.');
  if (troubles.etags === 'stale-once') {
    troubles.etags = 'needed';
    return failed;
  }
  return ifMatch === etag ? undefined : failed;
}

function said(status: number, id: string, text: string): Reply {
  const message = {
    MessageId: id,
    Message: text,
    Severity: 'Critical',
    Resolution: 'No response action is required.',
  };
  return {
    status,
    body: {
      error: {
        code: 'Base.1.12.GeneralError',
        message: 'See ExtendedInfo.',
        '@Message.ExtendedInfo': [message],
      },
    },
  };
}
