/** What the resources of a made-up BMC look like, by type and version; see bmc-schema.ts. */
import {
  action,
  biosAttributes,
  boot,
  bootSource,
  closed,
  flag,
  health,
  link,
  links,
  listOf,
  medium,
  message,
  object,
  oem,
  oneOf,
  orNull,
  powerState,
  reference,
  resetType,
  type Schema,
  settings,
  status,
  text,
  time,
  transferMethod,
  transferProtocol,
  uuid,
} from './schema-parts.ts';

type Properties = Readonly<Record<string, Schema>>;

/** What every resource has, collections too. */
const common: Properties = {
  '@odata.id': { ...reference, pattern: '^/redfish/v1' },
  '@odata.type': text,
  '@odata.etag': text,
  Name: text,
  Description: orNull(text),
  Oem: oem,
};
const resource = (properties: Properties, required: readonly string[] = []): Schema =>
  closed({ ...common, Id: text, ...properties }, ['@odata.id', '@odata.type', 'Id', 'Name', ...required]);

const integer: Schema = { type: 'integer' };
const mac: Schema = { type: 'string', pattern: '^([0-9A-Fa-f]{2}[:-]){5}([0-9A-Fa-f]{2})$' };

/** A collection has no Id. */
const collection = closed(
  { ...common, Members: links, 'Members@odata.count': integer, 'Members@odata.nextLink': reference },
  ['@odata.id', '@odata.type', 'Name', 'Members', 'Members@odata.count'],
);

const oldMedia: Properties = {
  ...medium,
  MediaTypes: listOf(oneOf('CD', 'Floppy', 'USBStick', 'DVD')),
  ImageName: orNull(text),
  ConnectedVia: orNull(oneOf('NotConnected', 'URI', 'Applet', 'Oem')),
};

/** By what `@odata.type` begins with. */
export const resourceSchemas: Readonly<Record<string, Schema>> = {
  'ServiceRoot.v1_6_0': resource(
    {
      RedfishVersion: { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+$' },
      UUID: orNull(uuid),
      Vendor: orNull(text),
      Product: orNull(text),
      Systems: link,
      Managers: link,
      Chassis: link,
      Tasks: link,
      SessionService: link,
      Links: closed({ Sessions: link, Oem: oem }, ['Sessions']),
    },
    ['Links'],
  ),
  // LastResetTime is there from 1.12 on, BootProgress and VirtualMedia from 1.13 on, HttpBootUri from 1.9 on.
  'ComputerSystem.v1_20_0': resource({
    SystemType: oneOf(
      'Physical',
      'Virtual',
      'OS',
      'PhysicallyPartitioned',
      'VirtuallyPartitioned',
      'Composed',
      'DPU',
    ),
    Manufacturer: orNull(text),
    Model: orNull(text),
    SKU: orNull(text),
    SerialNumber: orNull(text),
    UUID: orNull(uuid),
    HostName: orNull(text),
    BiosVersion: orNull(text),
    PowerState: orNull(powerState),
    Status: status,
    LastResetTime: time,
    BootProgress: orNull(
      closed({
        LastState: orNull(
          oneOf(
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
        ),
        LastStateTime: orNull(time),
        OemLastState: orNull(text),
        Oem: oem,
      }),
    ),
    Boot: closed({ ...boot, 'BootSourceOverrideTarget@Redfish.AllowableValues': listOf(bootSource) }),
    Bios: link,
    EthernetInterfaces: link,
    VirtualMedia: link,
    Links: closed({ ManagedBy: links, Chassis: links, Oem: oem }),
    Actions: closed({
      '#ComputerSystem.Reset': action({
        'ResetType@Redfish.AllowableValues': listOf(resetType),
        '@Redfish.ActionInfo': reference,
      }),
      Oem: object,
    }),
    '@Redfish.Settings': settings,
  }),
  // VirtualMedia is deprecated here from 1.10 on.
  'Manager.v1_11_1': resource({
    ManagerType: oneOf(
      'ManagementController',
      'EnclosureManager',
      'BMC',
      'RackManager',
      'AuxiliaryController',
      'Service',
    ),
    Model: orNull(text),
    FirmwareVersion: orNull(text),
    VirtualMedia: link,
    Links: closed({ ManagerForServers: links, Oem: oem }),
    Actions: closed({ '#Manager.Reset': action(), Oem: object }),
  }),
  'VirtualMedia.v1_0_10': resource(oldMedia),
  // The actions are there from 1.2 on, the two properties of transfers from 1.3 on.
  'VirtualMedia.v1_4_1': resource({
    ...oldMedia,
    TransferMethod: orNull(transferMethod),
    TransferProtocolType: orNull(transferProtocol),
    Actions: closed({
      '#VirtualMedia.InsertMedia': action(),
      '#VirtualMedia.EjectMedia': action(),
      Oem: object,
    }),
  }),
  'EthernetInterface.v1_5_0': resource({
    MACAddress: orNull(mac),
    PermanentMACAddress: orNull(mac),
    LinkStatus: orNull(oneOf('LinkUp', 'NoLink', 'LinkDown')),
    SpeedMbps: orNull(integer),
  }),
  // The published schema lets Bios have further properties; this one does not.
  'Bios.v1_1_1': resource({
    Attributes: biosAttributes,
    AttributeRegistry: orNull(text),
    '@Redfish.Settings': settings,
  }),
  'Session.v1_3_2': resource({ UserName: orNull(text) }),
  'Task.v1_4_3': {
    ...resource({
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
      TaskStatus: health,
      PercentComplete: orNull(integer),
      Messages: listOf(message),
    }),
    // Only in the words of the schema: the status is not set before the task is over.
    if: { required: ['TaskStatus'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
    then: { properties: { TaskState: oneOf('Completed', 'Killed', 'Exception', 'Cancelled') } },
  },
  'ActionInfo.v1_1_4': resource({
    Parameters: listOf(
      closed(
        {
          Name: text,
          Required: flag,
          DataType: orNull(
            oneOf('Boolean', 'Number', 'NumberArray', 'String', 'StringArray', 'Object', 'ObjectArray'),
          ),
          AllowableValues: listOf(orNull(text)),
        },
        ['Name'],
      ),
    ),
  }),
  ComputerSystemCollection: collection,
  EthernetInterfaceCollection: collection,
  VirtualMediaCollection: collection,
  // Dell's own.
  'DellAttributes.v1_0_0': resource({ Attributes: object }),
};

/** An error: redfish-error 1.0.1. */
export const errorSchema = closed(
  {
    error: closed({ code: text, message: text, '@Message.ExtendedInfo': listOf(message) }, [
      'code',
      'message',
    ]),
  },
  ['error'],
);
