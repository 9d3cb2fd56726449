/** The resources of a made-up BMC, as its profile has them. */
import type { Drive, MockMachine } from './mock-machine.ts';

export type Body = Record<string, unknown>;

export const ROOT = '/redfish/v1';
export const SESSIONS = `${ROOT}/SessionService/Sessions`;
export const TASKS = `${ROOT}/TaskService/Tasks`;
export const SERVICE_TAG = '7XKQ2W3';
export const UUID = '4c4c4544-0058-4b10-8051-b7c04f325733';

/** Where things are; none of it is known to the client beforehand. */
export function placesOf({ profile, isDell }: MockMachine) {
  const system = `${ROOT}/Systems/${isDell ? 'System.Embedded.1' : '437XR1138R2'}`;
  const manager = `${ROOT}/Managers/${isDell ? 'iDRAC.Embedded.1' : 'BMC'}`;
  const mediaOwner = ['idrac9', 'idrac10'].includes(profile) ? system : manager;
  return {
    system,
    manager,
    settings: `${system}/Settings`,
    reset: `${system}/Actions/ComputerSystem.Reset`,
    media: `${mediaOwner}/VirtualMedia`,
    mediaOwner,
    ports: `${system}/EthernetInterfaces`,
    bios: `${system}/Bios`,
    biosSettings: `${system}/Bios/Settings`,
    attributes:
      profile === 'idrac9-old'
        ? `${manager}/Attributes`
        : `${manager}/Oem/Dell/DellAttributes/iDRAC.Embedded.1`,
    importProfile: `${manager}/Actions/Oem/EID_674_Manager.ImportSystemConfiguration`,
  };
}

/** The resource at a path without a slash at its end; undefined when there is none. */
export function resourceAt(machine: MockMachine, path: string): Body | undefined {
  const places = placesOf(machine);
  const { isDell, profile } = machine;
  const link = (to: string) => ({ '@odata.id': to });
  switch (path) {
    case ROOT:
      return {
        ...named(ROOT, '#ServiceRoot.v1_6_0.ServiceRoot', 'RootService', 'Root Service'),
        RedfishVersion: '1.9.0',
        UUID,
        Systems: link(`${ROOT}/Systems`),
        Managers: link(`${ROOT}/Managers`),
        Tasks: link(`${ROOT}/TaskService`),
        SessionService: link(`${ROOT}/SessionService`),
        Links: { Sessions: link(SESSIONS) },
        ...(isDell ? { Vendor: 'Dell', Oem: { Dell: { ServiceTag: SERVICE_TAG } } } : { Vendor: 'Contoso' }),
      };
    case `${ROOT}/Systems`:
      return collection(path, 'ComputerSystemCollection', [places.system]);
    case places.ports:
      return collection(path, 'EthernetInterfaceCollection', [`${path}/NIC.1`, `${path}/NIC.2`]);
    case `${places.ports}/NIC.1`:
    case `${places.ports}/NIC.2`:
      return {
        ...named(
          path,
          '#EthernetInterface.v1_5_0.EthernetInterface',
          path.slice(-5),
          'System Ethernet Interface',
        ),
        MACAddress: `B0:7B:25:AA:00:0${path.slice(-1)}`,
        PermanentMACAddress: `B0:7B:25:AA:00:0${path.slice(-1)}`,
        LinkStatus: path.endsWith('1') ? 'LinkUp' : 'LinkDown',
        SpeedMbps: 25_000,
      };
    case places.system:
      return systemOf(machine);
    case places.settings:
      if (profile !== 'idrac10') return undefined;
      return {
        ...named(path, '#ComputerSystem.v1_20_0.ComputerSystem', 'Settings', 'Settings'),
        Boot: bootOf(machine, false),
      };
    case places.manager:
      return managerOf(machine);
    case places.media:
      return collection(
        path,
        'VirtualMediaCollection',
        machine.drives.map(({ id }) => `${path}/${id}`),
      );
    case places.bios:
      return {
        ...named(path, '#Bios.v1_1_1.Bios', 'Bios', 'BIOS Configuration Current Settings'),
        Attributes: { BootMode: 'Uefi', ...machine.bios },
        '@Redfish.Settings': {
          '@odata.type': '#Settings.v1_3_6.Settings',
          SettingsObject: link(places.biosSettings),
        },
      };
    case places.biosSettings:
      return {
        ...named(path, '#Bios.v1_1_1.Bios', 'Settings', 'BIOS Configuration Pending Settings'),
        Attributes: machine.pendingBios,
      };
    case places.attributes:
      if (!isDell || profile === 'idrac8') return undefined;
      return {
        ...named(path, '#DellAttributes.v1_0_0.DellAttributes', 'iDRACAttributes', 'OEMAttributeRegistry'),
        Attributes: { ...machine.attributes },
      };
    default: {
      const drive = driveAt(machine, path);
      return drive === undefined ? undefined : driveOf(path, drive, machine.troubles.oldMedia);
    }
  }
}

/** The drive at a path. */
export function driveAt(machine: MockMachine, path: string): Drive | undefined {
  const { media } = placesOf(machine);
  return machine.drives.find(({ id }) => path === `${media}/${id}`);
}

function systemOf(machine: MockMachine): Body {
  const { system, manager, reset, media, mediaOwner, ports, bios, settings } = placesOf(machine);
  const { isDell, profile, troubles } = machine;
  const link = (to: string) => ({ '@odata.id': to });
  return {
    ...named(system, '#ComputerSystem.v1_20_0.ComputerSystem', system.split('/').at(-1) ?? '', 'System'),
    SystemType: 'Physical',
    Manufacturer: isDell ? 'Dell Inc.' : 'Contoso',
    Model: isDell ? 'PowerEdge R650' : '3500RX',
    SKU: isDell ? SERVICE_TAG : '8675309',
    SerialNumber: 'CNFCP0017A00B1',
    UUID,
    HostName: '',
    BiosVersion: '2.10.2',
    PowerState: machine.shownPower,
    Status: { State: 'Enabled', Health: 'OK', HealthRollup: 'OK' },
    Boot: bootOf(machine, profile !== 'idrac10'),
    ...(troubles.talkative
      ? { BootProgress: { LastState: machine.stage }, LastResetTime: machine.resetAt.value }
      : {}),
    Bios: link(bios),
    EthernetInterfaces: link(ports),
    Links: { ManagedBy: [link(manager)] },
    ...(mediaOwner === system ? { VirtualMedia: link(media) } : {}),
    ...(profile === 'idrac10'
      ? {
          '@Redfish.Settings': { '@odata.type': '#Settings.v1_3_6.Settings', SettingsObject: link(settings) },
        }
      : {}),
    Actions: {
      '#ComputerSystem.Reset': {
        target: reset,
        ...(profile === 'standard'
          ? { '@Redfish.ActionInfo': `${system}/ResetActionInfo` }
          : {
              'ResetType@Redfish.AllowableValues': [
                'On',
                'ForceOff',
                'ForceRestart',
                'GracefulShutdown',
                'PushPowerButton',
              ],
            }),
      },
    },
  };
}

function bootOf({ boot, isDell }: MockMachine, withValues: boolean): Body {
  return {
    BootSourceOverrideEnabled: boot.enabled,
    BootSourceOverrideTarget: boot.target,
    BootSourceOverrideMode: boot.mode,
    ...(isDell ? {} : { HttpBootUri: boot.uri }),
    ...(withValues
      ? {
          'BootSourceOverrideTarget@Redfish.AllowableValues': [
            'None',
            'Pxe',
            'Cd',
            'Hdd',
            'UefiTarget',
            'UefiHttp',
          ],
        }
      : {}),
  };
}

function managerOf(machine: MockMachine): Body {
  const { manager, media, mediaOwner, attributes, importProfile } = placesOf(machine);
  const { isDell, profile } = machine;
  const models = {
    standard: 'Joo Janta 200',
    idrac8: '13G Monolithic',
    'idrac9-old': '14G Monolithic',
    idrac9: '15G Monolithic',
    idrac10: '17G Monolithic',
  };
  const versions = {
    standard: '1.45.455b66',
    idrac8: '2.86.86.86',
    'idrac9-old': '4.40.10.00',
    idrac9: '7.10.50.10',
    idrac10: '1.20.60.50',
  };
  const linked = isDell && ['idrac9', 'idrac10'].includes(profile);
  return {
    ...named(manager, '#Manager.v1_11_1.Manager', manager.split('/').at(-1) ?? '', 'Manager'),
    ManagerType: 'BMC',
    Model: models[profile],
    FirmwareVersion: versions[profile],
    ...(mediaOwner === manager ? { VirtualMedia: { '@odata.id': media } } : {}),
    ...(linked ? { Links: { Oem: { Dell: { DellAttributes: [{ '@odata.id': attributes }] } } } } : {}),
    Actions: isDell
      ? { Oem: { 'OemManager.v1_0_0#OemManager.ImportSystemConfiguration': { target: importProfile } } }
      : {},
  };
}

function driveOf(path: string, { id, image, inserted, connected }: Drive, isOld: boolean): Body {
  const type = `#VirtualMedia.${isOld ? 'v1_0_10' : 'v1_4_1'}.VirtualMedia`;
  const actions = {
    '#VirtualMedia.InsertMedia': { target: `${path}/Actions/VirtualMedia.InsertMedia` },
    '#VirtualMedia.EjectMedia': { target: `${path}/Actions/VirtualMedia.EjectMedia` },
  };
  return {
    ...named(path, type, id, 'VirtualMedia Instance'),
    MediaTypes: id === 'RemovableDisk' ? ['USBStick'] : ['CD', 'DVD'],
    Image: image,
    ImageName: image?.split('/').at(-1) ?? null,
    Inserted: inserted,
    WriteProtected: inserted ? true : null,
    ConnectedVia: connected ? 'URI' : 'NotConnected',
    ...(isOld ? {} : { Actions: actions }),
  };
}

function collection(path: string, type: string, members: readonly string[]): Body {
  return {
    '@odata.id': path,
    '@odata.type': `#${type}.${type}`,
    Name: type,
    Members: members.map((member) => ({ '@odata.id': member })),
    'Members@odata.count': members.length,
  };
}

function named(path: string, type: string, id: string, name: string): Body {
  return { '@odata.id': path, '@odata.type': type, Id: id, Name: name };
}
