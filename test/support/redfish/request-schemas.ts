/** What may be sent to a made-up BMC: the parameters of actions, and of resources what is not read-only; see bmc-schema.ts. */
import {
  applyTime,
  biosAttributes,
  boot,
  closed,
  flag,
  medium,
  object,
  orNull,
  resetType,
  type Schema,
  text,
  time,
  transferMethod,
  transferProtocol,
} from './schema-parts.ts';

/** By the last part of the path that is posted to. */
export const postSchemas: Readonly<Record<string, Schema>> = {
  // Required on create.
  Sessions: closed({ UserName: text, Password: text }, ['UserName', 'Password']),
  'ComputerSystem.Reset': closed({ ResetType: resetType }),
  'VirtualMedia.InsertMedia': closed(
    {
      Image: text,
      Inserted: flag,
      WriteProtected: flag,
      UserName: text,
      Password: text,
      TransferMethod: transferMethod,
      TransferProtocolType: transferProtocol,
    },
    ['Image'],
  ),
  'VirtualMedia.EjectMedia': closed({}),
  // Dell's own.
  'EID_674_Manager.ImportSystemConfiguration': closed(
    { ShareParameters: closed({ Target: text }, ['Target']), ImportBuffer: text },
    ['ShareParameters', 'ImportBuffer'],
  ),
};

/** By what the `@odata.type` of the resource that is changed begins with. */
export const patchSchemas: Readonly<Record<string, Schema>> = {
  'ComputerSystem.v1_20_0': closed({ Boot: closed(boot) }, ['Boot']),
  'Bios.v1_1_1': closed(
    {
      Attributes: biosAttributes,
      // PreferredApplyTime of Settings.
      '@Redfish.SettingsApplyTime': closed({
        '@odata.type': text,
        ApplyTime: applyTime,
        MaintenanceWindowStartTime: time,
        MaintenanceWindowDurationInSeconds: { type: 'integer', minimum: 0 },
      }),
    },
    ['Attributes'],
  ),
  'VirtualMedia.v1_0_10': closed(medium, ['Image']),
  'VirtualMedia.v1_4_1': closed(
    { ...medium, TransferMethod: orNull(transferMethod), TransferProtocolType: orNull(transferProtocol) },
    ['Image'],
  ),
  // Dell's own.
  'DellAttributes.v1_0_0': closed({ Attributes: object }, ['Attributes']),
};
