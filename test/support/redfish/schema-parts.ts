/** What the schemas of a made-up BMC are put together from. */

/** A JSON schema. */
export type Schema = Readonly<Record<string, unknown>>;

export const text: Schema = { type: 'string' };
export const flag: Schema = { type: 'boolean' };
export const object: Schema = { type: 'object' };
export const reference: Schema = { type: 'string', format: 'uri-reference' };
export const time: Schema = { type: 'string', format: 'date-time' };

/** One of these values. */
export const oneOf = (...values: readonly string[]): Schema => ({ type: 'string', enum: values });
/** The same, or null. */
export const orNull = (schema: Schema): Schema => ({
  ...schema,
  type: [schema.type, 'null'],
  ...(Array.isArray(schema.enum) ? { enum: [...schema.enum, null] } : {}),
});
export const listOf = (items: Schema): Schema => ({ type: 'array', items });

/** An object that has nothing beside these properties. */
export const closed = (
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = [],
): Schema => ({ type: 'object', properties, required, additionalProperties: false });

/** The parts of vendors: an object for each. */
export const oem: Schema = { type: 'object', additionalProperties: object };

/** A reference to a resource: `idRef` of odata-v4. Within this service all have the same beginning. */
export const link: Schema = closed({ '@odata.id': { ...reference, pattern: '^/redfish/v1/' } }, [
  '@odata.id',
]);
export const links: Schema = listOf(link);

/** An action that is offered. The published schemas do not require the target; without it nothing can be done. */
export const action = (annotations: Readonly<Record<string, Schema>> = {}): Schema =>
  closed({ target: { ...reference, pattern: '^/redfish/v1/' }, title: text, ...annotations }, ['target']);

/** Health, PowerState, ResetType, UUID and Status of Resource. */
export const health = oneOf('OK', 'Warning', 'Critical');
export const powerState = oneOf('On', 'Off', 'PoweringOn', 'PoweringOff', 'Paused');
export const resetType = oneOf(
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
);
export const uuid: Schema = {
  type: 'string',
  pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$',
};
export const status = closed({
  State: orNull(
    oneOf(
      'Enabled',
      'Disabled',
      'StandbyOffline',
      'StandbySpare',
      'InTest',
      'Starting',
      'Absent',
      'UnavailableOffline',
      'Deferring',
      'Quiesced',
      'Updating',
      'Qualified',
      'Degraded',
    ),
  ),
  Health: orNull(health),
  HealthRollup: orNull(health),
  Oem: oem,
});

/** Message 1.1. `Severity` is deprecated in it, and is what older services have. */
export const message = closed(
  {
    MessageId: text,
    Message: text,
    MessageArgs: listOf(text),
    Severity: text,
    MessageSeverity: health,
    Resolution: text,
    RelatedProperties: listOf(text),
    Oem: oem,
  },
  ['MessageId'],
);

/** When settings are applied: ApplyTime of Settings 1.3. */
export const applyTime = oneOf(
  'Immediate',
  'OnReset',
  'AtMaintenanceWindowStart',
  'InMaintenanceWindowOnReset',
);

/** `@Redfish.Settings`: where settings are written that do not apply at once. */
export const settings = closed({
  '@odata.type': { const: '#Settings.v1_3_6.Settings' },
  SettingsObject: link,
  SupportedApplyTimes: listOf(applyTime),
  Time: orNull(time),
  ETag: orNull(text),
  Messages: listOf(message),
});

/** BootSource of ComputerSystem. */
export const bootSource = oneOf(
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
);

/** What can be written of Boot in ComputerSystem. */
export const boot = {
  BootSourceOverrideEnabled: orNull(oneOf('Disabled', 'Once', 'Continuous')),
  BootSourceOverrideTarget: orNull(bootSource),
  BootSourceOverrideMode: orNull(oneOf('Legacy', 'UEFI')),
  UefiTargetBootSourceOverride: orNull(text),
  HttpBootUri: orNull(reference),
};

/** Attributes of Bios: names of letters, digits and underscores. */
export const biosAttributes: Schema = {
  type: 'object',
  patternProperties: { '^[A-Za-z][A-Za-z0-9_]+$': { type: ['string', 'boolean', 'number', 'null'] } },
  additionalProperties: false,
};

/** TransferMethod and TransferProtocolType of VirtualMedia. */
export const transferMethod = oneOf('Stream', 'Upload');
export const transferProtocol = oneOf('CIFS', 'FTP', 'SFTP', 'HTTP', 'HTTPS', 'NFS', 'SCP', 'TFTP', 'OEM');

/** What can be written of VirtualMedia, from its first version on. */
export const medium = {
  Image: orNull(reference),
  Inserted: orNull(flag),
  WriteProtected: orNull(flag),
};
