/** The commands of `basalt-agent`. Each is loaded when it is called. */
import type { CommandEntry } from '../command.ts';

export const commands: Readonly<Record<string, CommandEntry>> = {};
