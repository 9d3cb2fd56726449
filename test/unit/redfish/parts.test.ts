/** The pure parts: what a task's answer means, what a service says, iDRAC's profile, time limits that services ask for. */
import { describe, expect, test } from 'vitest';
import { retryAfterMs } from '../../../src/redfish/exchange.ts';
import { profileOf } from '../../../src/redfish/idrac.ts';
import { adviceOf, keyOf, messagesIn, sayMessages } from '../../../src/redfish/message.ts';
import { viewTask } from '../../../src/redfish/task.ts';
import { checkBody } from '../../support/redfish/bmc-schema.ts';

describe('tasks', () => {
  const task = (body: object) => ({ status: 200, body: { '@odata.type': '#Task.v1_4_2.Task', ...body } });

  test.each([
    ['a monitor that waits', { status: 202, body: undefined }, 'running'],
    ['a monitor that is over', { status: 204, body: undefined }, 'done'],
    ['a monitor that gives the answer', { status: 200, body: { Id: '1' } }, 'done'],
    ['running', task({ TaskState: 'Running' }), 'running'],
    ['pending', task({ TaskState: 'Pending' }), 'running'],
    ['completed', task({ TaskState: 'Completed', TaskStatus: 'OK' }), 'done'],
    ['completed, and critical', task({ TaskState: 'Completed', TaskStatus: 'Critical' }), 'failed'],
    ['an exception', task({ TaskState: 'Exception' }), 'failed'],
    ['cancelled', task({ TaskState: 'Cancelled' }), 'failed'],
    [
      'completed, and failed for Dell',
      task({ TaskState: 'Completed', Oem: { Dell: { JobState: 'Failed' } } }),
      'failed',
    ],
    [
      'with errors for Dell',
      task({ TaskState: 'Completed', Oem: { Dell: { JobState: 'CompletedWithErrors' } } }),
      'failed',
    ],
    ['a state that nobody knows', task({ TaskState: 'Dreaming' }), 'running'],
  ])('%s', (_name, answer, state) => {
    expect(viewTask(answer).state).toBe(state);
  });
});

test('messages, wherever services put them', () => {
  const message = {
    MessageId: 'IDRAC.2.8.RAC0904',
    Message: 'It is far.',
    Resolution: 'Go there.',
    Severity: 'Warning',
  };
  const forms = [
    { error: { code: 'x', message: 'y', '@Message.ExtendedInfo': [message] } },
    { '@Message.ExtendedInfo': [message] },
    { Messages: [message] },
  ];
  for (const body of forms) {
    const messages = messagesIn(body);
    expect(messages.map(keyOf)).toEqual(['RAC0904']);
    expect(sayMessages(messages)).toBe('It is far. (IDRAC.2.8.RAC0904)');
    expect(adviceOf(messages)).toEqual(['Go there.']);
  }
  expect(sayMessages(messagesIn({ error: { code: 'Base.1.0.GeneralError', message: 'No.' } }))).toBe(
    'No. (Base.1.0.GeneralError)',
  );
  for (const body of [
    undefined,
    {},
    { error: 'no' },
    { error: { '@Message.ExtendedInfo': 'no' }, Messages: [1] },
  ])
    expect(sayMessages(messagesIn(body))).toBe('');
  expect(
    adviceOf(
      messagesIn({ Messages: [{ Resolution: 'No response action is required.' }, { Resolution: 'None' }] }),
    ),
  ).toEqual([]);
});

test('the profile is one line without white space that means nothing', () => {
  const profile = profileOf('iDRAC.Embedded.1');
  expect(profile).toContain('<Component FQDD="iDRAC.Embedded.1">');
  expect(profile).toContain('<Attribute Name="ServerBoot.1#BootOnce">Enabled</Attribute>');
  expect(profile).toContain('<Attribute Name="ServerBoot.1#FirstBootDevice">VCD-DVD</Attribute>');
  expect(profile).not.toMatch(/>\s|\s</);
  expect(profileOf('a"><x/>')).toContain('FQDD="ax"');
});

test('Retry-After', () => {
  expect(retryAfterMs('2')).toBe(2000);
  expect(retryAfterMs(new Date(Date.now() + 5000).toUTCString())).toBeGreaterThan(3000);
  expect(retryAfterMs(new Date(0).toUTCString())).toBe(0);
  for (const text of [undefined, '', 'soon', '-1x']) expect(retryAfterMs(text)).toBeUndefined();
});

test('the schemas of the made-up BMC refuse what is not in the standard', () => {
  const system = {
    '@odata.id': '/redfish/v1/Systems/1',
    '@odata.type': '#ComputerSystem.v1_20_0.ComputerSystem',
    Id: '1',
    Name: 's',
  };
  expect(checkBody(system)).toEqual([]);
  expect(checkBody({ ...system, PowerState: 'Running' })).toHaveLength(1);
  expect(checkBody({ ...system, Powerstate: 'On' })).toHaveLength(1);
  expect(checkBody({ ...system, Boot: { BootSourceOverrideTarget: 'VCD-DVD' } })).toHaveLength(1);
  const { Name: _name, ...nameless } = system;
  expect(checkBody(nameless)).toHaveLength(1);
});
