import { expect, test } from 'vitest';
import { renderTemplate } from '../../../src/templating/render.ts';

test('values are put in as they are, and quoted by name', () => {
  expect(renderTemplate('a={{v}} s={{shell v}} j={{json v}}', { v: `<it's>` }, 't')).toBe(
    `a=<it's> s='<it'\\''s>' j="<it's>"`,
  );
});

test('an unknown name and a syntax error are told with the template and the known names', () => {
  expect(() => renderTemplate('one\n{{nope}}', { version: '1' }, 'x.hbs')).toThrow(
    'cannot render a template',
  );
  try {
    renderTemplate('one\n{{nope}}', { version: '1' }, 'x.hbs');
  } catch (error) {
    expect(error).toMatchObject({ where: 'x.hbs:2', needed: 'only these names: version' });
  }
  expect(() => renderTemplate('{{#if}', {}, 'x.hbs')).toThrow('cannot render a template');
});
