/** Handlebars for text files: strict (an unknown name is an error), no HTML escaping, quoting by named helpers. */
import Handlebars from 'handlebars';
import { messageOf, UserError } from '../errors.ts';
import { quoteArgument } from '../exec/quote.ts';

/** Values a template may name. */
export type TemplateValues = Readonly<Record<string, unknown>>;

/**
 * Renders a template.
 * @param file Its name, for messages.
 * @throws {UserError} when it has a syntax error or names an unknown value.
 */
export function renderTemplate(text: string, values: TemplateValues, file: string): string {
  const handlebars = Handlebars.create();
  handlebars.registerHelper('shell', (value: unknown) => quoteArgument(String(value)));
  handlebars.registerHelper('json', (value: unknown) => JSON.stringify(value));
  handlebars.registerHelper('quoted', (value: unknown) => `"${String(value).replace(/["\\$`]/g, '\\$&')}"`);
  handlebars.registerHelper('indent', (columns: unknown, value: unknown) =>
    indent(Number(columns), String(value)),
  );
  handlebars.registerHelper('xml', (value: unknown) => quoteForXml(String(value)));
  handlebars.registerHelper('systemd', (value: unknown) => quoteForSystemd(String(value)));
  handlebars.registerHelper('ipxe', (value: unknown) => quoteForIpxe(String(value)));
  handlebars.registerHelper('systemd-words', (value: unknown) => String(value).replaceAll('%', '%%'));
  try {
    return handlebars.compile(text, { strict: true, noEscape: true })(values);
  } catch (error) {
    const line = /(?:line|:) ?(\d+)/.exec(messageOf(error))?.[1];
    throw new UserError('template-failed', 'cannot render a template', {
      where: line === undefined ? file : `${file}:${line}`,
      seen: messageOf(error),
      needed: `only these names: ${Object.keys(values).sort().join(', ')}`,
      cause: error,
    });
  }
}

/** A text of several lines at a place where one of so many columns stands: the first line is where it is already. */
function indent(columns: number, text: string): string {
  return text.trimEnd().replaceAll('\n', `\n${' '.repeat(columns)}`);
}

/** Text or an attribute's value in XML (XML 1.0, sections 2.4 and 3.3.3). */
function quoteForXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** A word of a unit's value, such as `Environment=`: quoted, without specifiers (systemd.syntax(7), systemd.unit(5)). */
function quoteForSystemd(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replaceAll('%', '%%')}"`;
}

/**
 * Words of an iPXE script's `echo`. iPXE has no quoting (ipxe.org/scripting): what would expand, comment or join commands
 * becomes a question mark, and so does what is not ASCII, which its console has not.
 */
function quoteForIpxe(text: string): string {
  return text.replace(/[^A-Za-z0-9 .,:/_+()@=-]/g, '?');
}
