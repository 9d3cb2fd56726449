/** What happens while a machine is installed, for the terminal, logs and the provisioning server. */

/** The steps, in their order. */
export const installSteps = [
  { name: 'check', title: 'Check the disk and the medium' },
  { name: 'partition', title: 'Partition the disk' },
  { name: 'copy', title: 'Copy the system' },
  { name: 'verify', title: 'Verify what was written' },
  { name: 'boot', title: 'Install the boot loader' },
  { name: 'configure', title: 'Write the configuration' },
  { name: 'finish', title: 'Make it bootable' },
] as const;

export type InstallStepName = (typeof installSteps)[number]['name'];

export type InstallEvent =
  | { readonly kind: 'step-started'; readonly step: InstallStepName }
  /** Within a step that copies or reads: `done` never falls. */
  | {
      readonly kind: 'progress';
      readonly step: InstallStepName;
      readonly doneBytes: number;
      readonly totalBytes: number;
    }
  | { readonly kind: 'step-ended'; readonly step: InstallStepName; readonly durationMs: number }
  /** What a person should know, such as what an interrupted installation left. */
  | { readonly kind: 'note'; readonly level: 'info' | 'warning'; readonly text: string };

/** The whole installation in percent, whole: what a provisioning server is told. Copying and verifying take the time. */
export function installPercent(event: InstallEvent): number | undefined {
  switch (event.kind) {
    case 'step-started':
      return STARTS_AT[event.step];
    case 'progress': {
      const from = STARTS_AT[event.step];
      const share = event.totalBytes === 0 ? 1 : event.doneBytes / event.totalBytes;
      return from + Math.floor(share * (ENDS_AT[event.step] - from));
    }
    default:
      return undefined;
  }
}

const STARTS_AT: Readonly<Record<InstallStepName, number>> = {
  check: 0,
  partition: 2,
  copy: 6,
  verify: 60,
  boot: 92,
  configure: 96,
  finish: 98,
};

const ENDS_AT: Readonly<Record<InstallStepName, number>> = {
  check: 2,
  partition: 6,
  copy: 60,
  verify: 92,
  boot: 96,
  configure: 98,
  finish: 100,
};
