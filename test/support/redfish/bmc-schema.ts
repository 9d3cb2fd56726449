/**
 * What the resources of a made-up BMC must look like, so that a client that works with it was not fed fiction. Written down
 * from the schemas of the DMTF (DSP8010: ServiceRoot 1.6, ComputerSystem 1.20, Manager 1.11, VirtualMedia 1.4, Session 1.3,
 * Task 1.4, EthernetInterface 1.5, Bios 1.1, ActionInfo 1.1): which properties are required, and of those that are used
 * here, their types and values. A property that is not written down here is a mistake. The published schemas themselves are
 * in no package that could be installed for this.
 */
import { Ajv, type ValidateFunction } from 'ajv';
import type { Body } from './mock-resources.ts';

const text = { type: 'string' };
const textOrNull = { type: ['string', 'null'] };
const flagOrNull = { type: ['boolean', 'null'] };
const link = {
  type: 'object',
  required: ['@odata.id'],
  properties: { '@odata.id': { type: 'string', pattern: '^/redfish/v1/' } },
  additionalProperties: false,
};
const links = { type: 'array', items: link };
const object = { type: 'object' };
const texts = { type: 'array', items: text };
const oneOf = (...values: readonly string[]) => ({ enum: values });
const closed = (properties: object, required: readonly string[] = []) => ({
  type: 'object',
  properties: { Oem: object, ...properties },
  required,
  additionalProperties: false,
});
const action = (annotations: object = {}) =>
  closed({ target: { type: 'string', pattern: '^/redfish/v1/' }, title: text, ...annotations }, ['target']);
const message = closed(
  {
    MessageId: text,
    Message: text,
    MessageArgs: texts,
    Severity: text,
    MessageSeverity: text,
    Resolution: text,
    RelatedProperties: texts,
  },
  ['MessageId'],
);

/** What every resource has: DSP0266, "Common properties". */
const common = {
  '@odata.id': { type: 'string', pattern: '^/redfish/v1' },
  '@odata.type': { type: 'string', pattern: '^#[A-Za-z]+(\\.v\\d+_\\d+_\\d+)?\\.[A-Za-z]+$' },
  '@odata.etag': text,
  Id: text,
  Name: text,
  Description: textOrNull,
};
const resource = (properties: object, required: readonly string[] = []) =>
  closed({ ...common, ...properties }, ['@odata.id', '@odata.type', 'Id', 'Name', ...required]);

const health = closed({
  State: oneOf('Enabled', 'Disabled', 'Absent', 'StandbyOffline', 'Starting', 'UnavailableOffline'),
  Health: oneOf('OK', 'Warning', 'Critical'),
  HealthRollup: oneOf('OK', 'Warning', 'Critical'),
});

const settings = {
  '@Redfish.Settings': { type: 'object', required: ['SettingsObject'], properties: { SettingsObject: link } },
};
const bootTargets = [
  'None',
  'Pxe',
  'Floppy',
  'Cd',
  'Usb',
  'Hdd',
  'BiosSetup',
  'Utilities',
  'Diags',
  'UefiShell',
  'UefiTarget',
  'SDCard',
  'UefiHttp',
  'RemoteDrive',
  'UefiBootNext',
  'Recovery',
];

const schemas: Readonly<Record<string, object>> = {
  ServiceRoot: resource(
    {
      RedfishVersion: { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+$' },
      UUID: textOrNull,
      Vendor: textOrNull,
      Product: textOrNull,
      Systems: link,
      Managers: link,
      Chassis: link,
      Tasks: link,
      SessionService: link,
      Links: closed({ Sessions: link }, ['Sessions']),
    },
    ['Links'],
  ),
  ComputerSystem: resource({
    SystemType: oneOf(
      'Physical',
      'Virtual',
      'OS',
      'PhysicallyPartitioned',
      'VirtuallyPartitioned',
      'Composed',
    ),
    Manufacturer: textOrNull,
    Model: textOrNull,
    SKU: textOrNull,
    SerialNumber: textOrNull,
    UUID: { type: ['string', 'null'], pattern: '^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$' },
    HostName: textOrNull,
    BiosVersion: textOrNull,
    PowerState: oneOf('On', 'Off', 'PoweringOn', 'PoweringOff', 'Paused'),
    Status: health,
    LastResetTime: { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT[\\d:]+(Z|[+-]\\d\\d:\\d\\d)$' },
    BootProgress: closed({
      LastState: oneOf(
        'None',
        'PrimaryProcessorInitializationStarted',
        'BusInitializationStarted',
        'MemoryInitializationStarted',
        'SecondaryProcessorInitializationStarted',
        'PCIResourceConfigStarted',
        'SystemHardwareInitializationComplete',
        'SetupEntered',
        'OSBootStarted',
        'OSRunning',
        'OEM',
      ),
      LastStateTime: text,
      OemLastState: textOrNull,
    }),
    Boot: closed({
      BootSourceOverrideEnabled: oneOf('Disabled', 'Once', 'Continuous'),
      BootSourceOverrideTarget: oneOf(...bootTargets),
      BootSourceOverrideMode: oneOf('Legacy', 'UEFI'),
      UefiTargetBootSourceOverride: textOrNull,
      HttpBootUri: textOrNull,
      'BootSourceOverrideTarget@Redfish.AllowableValues': { type: 'array', items: oneOf(...bootTargets) },
    }),
    Bios: link,
    EthernetInterfaces: link,
    VirtualMedia: link,
    Links: closed({ ManagedBy: links, Chassis: links }),
    Actions: closed({
      '#ComputerSystem.Reset': action({
        'ResetType@Redfish.AllowableValues': {
          type: 'array',
          items: oneOf(
            'On',
            'ForceOff',
            'GracefulShutdown',
            'GracefulRestart',
            'ForceRestart',
            'Nmi',
            'ForceOn',
            'PushPowerButton',
            'PowerCycle',
            'Suspend',
            'Pause',
            'Resume',
          ),
        },
        '@Redfish.ActionInfo': text,
      }),
    }),
    ...settings,
  }),
  Manager: resource({
    ManagerType: oneOf(
      'ManagementController',
      'EnclosureManager',
      'BMC',
      'RackManager',
      'AuxiliaryController',
      'Service',
    ),
    Model: textOrNull,
    FirmwareVersion: textOrNull,
    VirtualMedia: link,
    Links: closed({ ManagerForServers: links }),
    Actions: closed({ '#Manager.Reset': action() }),
  }),
  VirtualMedia: resource({
    MediaTypes: { type: 'array', items: oneOf('CD', 'Floppy', 'USBStick', 'DVD') },
    Image: textOrNull,
    ImageName: textOrNull,
    Inserted: flagOrNull,
    WriteProtected: flagOrNull,
    ConnectedVia: oneOf('NotConnected', 'URI', 'Applet', 'Oem'),
    TransferMethod: oneOf('Stream', 'Upload'),
    TransferProtocolType: oneOf('CIFS', 'FTP', 'SFTP', 'HTTP', 'HTTPS', 'NFS', 'SCP', 'TFTP', 'OEM'),
    Actions: closed({ '#VirtualMedia.InsertMedia': action(), '#VirtualMedia.EjectMedia': action() }),
  }),
  EthernetInterface: resource({
    MACAddress: { type: 'string', pattern: '^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$' },
    PermanentMACAddress: { type: 'string', pattern: '^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$' },
    LinkStatus: oneOf('LinkUp', 'NoLink', 'LinkDown'),
    SpeedMbps: { type: ['integer', 'null'] },
  }),
  Bios: resource({ Attributes: object, AttributeRegistry: textOrNull, ...settings }),
  Session: resource({ UserName: textOrNull }),
  Task: resource({
    TaskState: oneOf(
      'New',
      'Starting',
      'Running',
      'Suspended',
      'Interrupted',
      'Pending',
      'Stopping',
      'Completed',
      'Killed',
      'Exception',
      'Service',
      'Cancelling',
      'Cancelled',
    ),
    TaskStatus: oneOf('OK', 'Warning', 'Critical'),
    PercentComplete: { type: ['integer', 'null'] },
    Messages: { type: 'array', items: message },
  }),
  ActionInfo: resource({
    Parameters: {
      type: 'array',
      items: closed({ Name: text, Required: { type: 'boolean' }, DataType: text, AllowableValues: texts }, [
        'Name',
      ]),
    },
  }),
  /** Dell's own. */
  DellAttributes: resource({ Attributes: object }),
};

const collection = closed(
  { ...common, Members: links, 'Members@odata.count': { type: 'integer' }, 'Members@odata.nextLink': text },
  ['@odata.id', '@odata.type', 'Name', 'Members', 'Members@odata.count'],
);

const error = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: { code: text, message: text, '@Message.ExtendedInfo': { type: 'array', items: message } },
    },
  },
};

const ajv = new Ajv({ strict: false, allErrors: true });
const validators = new Map<string, ValidateFunction>(
  [...Object.entries(schemas), ['collection', collection] as const, ['error', error] as const].map(
    ([name, schema]) => [name, ajv.compile(schema)],
  ),
);

/** Why a body is not as its schema wants it; empty when it is. */
export function checkBody(body: Body): readonly string[] {
  const type = /^#([A-Za-z]+)/.exec(String(body['@odata.type'] ?? ''))?.[1];
  const name = type === undefined ? 'error' : type.endsWith('Collection') ? 'collection' : type;
  const validate = validators.get(name);
  if (validate === undefined) return [`${type}: no schema is written down for it`];
  if (validate(body)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message: said, params }) => `${name}${instancePath} ${said} ${JSON.stringify(params)}`,
  );
}
