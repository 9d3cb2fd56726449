/** The pure parts: what a task's answer means, what a service says, iDRAC's profile, time limits that services ask for. */
import { describe, expect, test } from 'vitest';
import { retryAfterMs } from '../../../src/redfish/exchange.ts';
import { profileOf } from '../../../src/redfish/idrac.ts';
import { adviceOf, keyOf, messagesIn, sayMessages } from '../../../src/redfish/message.ts';
import { viewTask } from '../../../src/redfish/task.ts';
import { checkBody, checkRequest } from '../../support/redfish/bmc-schema.ts';

describe('tasks', () => {
  const task = (body: object) => ({ status: 200, body: { '@odata.type': '#Task.v1_4_3.Task', ...body } });

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
  expect(checkBody({ ...system, LastResetTime: '2026-11-22 06:00' })).toHaveLength(1);
  expect(checkBody({ ...system, '@odata.type': '#ComputerSystem.v1_99_0.ComputerSystem' })).toHaveLength(1);
  const { Name: _name, ...nameless } = system;
  expect(checkBody(nameless)).toHaveLength(1);
  const collection = {
    '@odata.id': '/redfish/v1/Systems',
    '@odata.type': '#ComputerSystemCollection.ComputerSystemCollection',
    Name: 'c',
    Members: [],
    'Members@odata.count': 0,
  };
  expect(checkBody(collection)).toEqual([]);
  expect(checkBody({ ...collection, Id: 'c' })).toHaveLength(1);
  const task = { ...system, '@odata.type': '#Task.v1_4_3.Task', TaskState: 'Running' };
  expect(checkBody(task)).toEqual([]);
  expect(checkBody({ ...task, TaskStatus: 'OK' })).not.toEqual([]);
});

test.each([
  [
    'an action',
    'POST',
    'VirtualMedia.InsertMedia',
    { Image: 'http://10.0.0.1/x.iso', WriteProtected: true },
    0,
  ],
  ['an action without what it needs', 'POST', 'VirtualMedia.InsertMedia', { Inserted: true }, 1],
  ['a parameter of no action', 'POST', 'VirtualMedia.EjectMedia', { Image: null }, 1],
  ['a value of no parameter', 'POST', 'ComputerSystem.Reset', { ResetType: 'PowerOn' }, 1],
  ['an action that is not known', 'POST', 'ComputerSystem.Explode', {}, 1],
  ['a property that is written', 'PATCH', '1', { Boot: { BootSourceOverrideEnabled: 'Once' } }, 0],
  ['one that is read-only', 'PATCH', '1', { Boot: {}, PowerState: 'On' }, 1],
  ['one of another case', 'PATCH', '1', { Boot: { HttpBootURI: 'http://10.0.0.1/x.efi' } }, 1],
  ['a question with a body', 'GET', '1', { a: 1 }, 1],
])('the schemas of requests: %s', (_name, method, last, body, complaints) => {
  const system = { '@odata.type': '#ComputerSystem.v1_20_0.ComputerSystem' };
  const request = { method, path: `/redfish/v1/Systems/${last}`, body };
  expect(checkRequest(request, system)).toHaveLength(complaints);
});
