/** Opens what reading artifacts needs: the tools tree only when something asks for it. */
import type { Workshop } from '../inspect/workshop.ts';
import type { Toolbox } from '../tools/toolbox.ts';
import { openToolsTree } from '../tools/tools-tree.ts';
import { prepareMachine } from './host-packages.ts';
import type { Session } from './session.ts';

/** The workshop of a session. */
export function workshopOf({ store, identity, signal, reporter }: Session): Workshop {
  const onMessage = (text: string) => reporter.emit({ type: 'message', level: 'info', text });
  let opened: Promise<Toolbox> | undefined;
  const open = async () => {
    await prepareMachine({ identity, signal, onMessage });
    return openToolsTree({ store, identity, signal, onMessage });
  };
  return {
    store,
    identity,
    signal,
    toolbox() {
      opened ??= open();
      return opened;
    },
  };
}
