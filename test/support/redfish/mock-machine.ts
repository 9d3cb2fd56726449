/**
 * The machine behind a made-up BMC: its power, its drives, what it boots from. Time passes by the clock, in quick steps. An
 * installer that was booted from the virtual CD works for a while, then restarts the machine or turns it off.
 */

/** Which BMC this pretends to be. */
export type Profile = 'standard' | 'idrac8' | 'idrac9-old' | 'idrac9' | 'idrac10';

export interface Drive {
  readonly id: string;
  image: string | null;
  inserted: boolean;
  connected: boolean;
}

/** What is wrong with the machine or its BMC, beside single answers. */
export interface Troubles {
  /** The BMC says the old power state for so long. */
  lagMs: number;
  /** The operating system does not listen to the request to shut down. */
  deaf: boolean;
  /** So many insertions do not get connected. */
  hangingInsertions: number;
  /** So many ejections do nothing. */
  hangingEjections: number;
  /** What becomes of what the BMC does by itself; `none`: it answers at once. */
  tasks: 'none' | 'done' | 'failed' | 'vanished' | 'endless';
  /** Drives are of VirtualMedia 1.0: without actions, their image is written. */
  oldMedia: boolean;
  /** Boot overrides are answered with 400 and are set all the same. */
  lyingOverride: boolean;
  /** ETags: needed, refused once, or refused always. */
  etags: 'ignored' | 'needed' | 'stale-once' | 'broken';
  /** BootProgress and LastResetTime are there. */
  talkative: boolean;
  /** How the installer ends. */
  installer: 'restarts' | 'powers-off' | 'stays';
  /** How long it works. */
  installMs: number;
}

const noTroubles: Troubles = {
  lagMs: 0,
  deaf: false,
  hangingInsertions: 0,
  hangingEjections: 0,
  tasks: 'none',
  oldMedia: false,
  lyingOverride: false,
  etags: 'ignored',
  talkative: true,
  installer: 'restarts',
  installMs: 150,
};

const SHUT_DOWN_MS = 30;
const POST_MS = 60;
const BOOT_MS = 60;
const VIRTUAL_CD = 'VCD-DVD';

export class MockMachine {
  power: 'On' | 'Off' = 'On';
  /** What the BMC says, which may lag. */
  private saidPower: 'On' | 'Off' = 'On';
  stage = 'OSRunning';
  resets = 0;
  readonly resetAt = { value: '2026-11-22T06:00:00+00:00' };
  readonly drives: Drive[];
  readonly troubles: Troubles = { ...noTroubles };
  boot = { enabled: 'Disabled', target: 'None', mode: 'UEFI', uri: '' };
  readonly attributes: Record<string, string> = {
    'ServerBoot.1.BootOnce': 'Disabled',
    'ServerBoot.1.FirstBootDevice': 'Normal',
    'VirtualMedia.1.Attached': 'AutoAttach',
  };
  bios: Record<string, string> = { HttpDev1EnDis: 'Disabled', HttpDev1Uri: '' };
  pendingBios: Record<string, string> = {};
  /** What it has started from, in order. */
  readonly booted: string[] = [];
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(readonly profile: Profile) {
    const names = {
      standard: ['1'],
      idrac8: ['CD'],
      'idrac9-old': ['RemovableDisk', 'CD'],
      idrac9: ['1', '2'],
      idrac10: ['1', '2'],
    };
    this.drives = names[profile].map((id) => ({ id, image: null, inserted: false, connected: false }));
  }

  get shownPower(): string {
    return this.saidPower;
  }

  get isDell(): boolean {
    return this.profile !== 'standard';
  }

  /** ComputerSystem.Reset. @returns A refusal, or undefined. */
  reset(type: string): 'already' | undefined {
    // iDRAC judges by what it believes.
    if (type === 'On' && this.saidPower === 'On') return 'already';
    if (type.endsWith('Off') && this.saidPower === 'Off') return 'already';
    if (type === 'GracefulShutdown') {
      if (this.saidPower === 'Off') return 'already';
      if (!this.troubles.deaf) this.after(SHUT_DOWN_MS, () => this.turn('Off'));
      return undefined;
    }
    if (type === 'ForceOff') this.turn('Off');
    if (type === 'On') this.turn('On');
    return undefined;
  }

  insert(drive: Drive, image: string): void {
    drive.image = image;
    drive.inserted = true;
    const hangs = this.troubles.hangingInsertions-- > 0;
    drive.connected = !hangs && this.attributes['VirtualMedia.1.Attached'] !== 'Detached';
  }

  eject(drive: Drive): void {
    if (this.troubles.hangingEjections-- > 0) return;
    Object.assign(drive, { image: null, inserted: false, connected: false });
  }

  /** Ends time. */
  stop(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  private turn(power: 'On' | 'Off'): void {
    if (this.power === power) return;
    // What was going to happen does not, without power.
    this.stop();
    this.power = power;
    const say = () => {
      this.saidPower = power;
    };
    if (this.troubles.lagMs === 0) say();
    else this.after(this.troubles.lagMs, say);
    this.stage = 'None';
    if (power === 'On') this.start();
  }

  private restart(): void {
    this.stop();
    this.saidPower = this.power;
    this.start();
  }

  private start(): void {
    this.resets++;
    this.resetAt.value = new Date(Date.UTC(2026, 10, 22, 6, this.resets))
      .toISOString()
      .replace('.000Z', '+00:00');
    this.stage = 'SystemHardwareInitializationComplete';
    Object.assign(this.bios, this.pendingBios);
    this.pendingBios = {};
    this.after(POST_MS, () => {
      const source = this.chooseSource();
      this.booted.push(source);
      this.stage = 'OSBootStarted';
      this.after(BOOT_MS, () => {
        this.stage = 'OSRunning';
        if (source.startsWith('cd ')) this.install();
      });
    });
  }

  private install(): void {
    const { installer, installMs } = this.troubles;
    if (installer === 'stays') return;
    this.after(installMs, () => (installer === 'restarts' ? this.restart() : this.turn('Off')));
  }

  /** What is asked for once is forgotten by that. */
  private chooseSource(): string {
    const virtual =
      this.attributes['ServerBoot.1.BootOnce'] === 'Enabled' &&
      this.attributes['ServerBoot.1.FirstBootDevice'] === VIRTUAL_CD;
    const medium = this.drives.find(({ connected }) => connected);
    if (virtual) {
      Object.assign(this.attributes, {
        'ServerBoot.1.BootOnce': 'Disabled',
        'ServerBoot.1.FirstBootDevice': 'Normal',
      });
      return medium === undefined ? 'disk' : `cd ${medium.image}`;
    }
    const { enabled, target, uri } = this.boot;
    if (enabled !== 'Once') return 'disk';
    this.boot = { ...this.boot, enabled: 'Disabled', target: 'None' };
    if (target === 'Pxe') return 'pxe';
    if (target === 'UefiHttp') return `http ${this.isDell ? this.bios.HttpDev1Uri : uri}`.trim();
    // The trap of iDRAC: `Cd` is the physical drive, and that is empty.
    return target === 'Cd' && !this.isDell && medium !== undefined ? `cd ${medium.image}` : 'disk';
  }

  private after(durationMs: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      work();
    }, durationMs);
    this.timers.add(timer);
  }
}
