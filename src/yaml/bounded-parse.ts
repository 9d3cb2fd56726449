/** YAML to its node tree, within bounds: the parser recurses and keeps every sign, and a text may come from anybody. */
import { Composer, type Document, Lexer, Parser, YAMLParseError } from 'yaml';

/**
 * Words, signs and line ends outside of longer texts; a text of many lines counts as one. A configuration of a
 * thousand lines has about 5000; QuickJS reads some 50,000 in a second.
 */
const MAXIMUM_LEXEMES = 50_000;

/** Folding long texts line by line takes time too. */
const MAXIMUM_LINES = 50_000;

/** Far above any document that people write, far below what ends the stack. */
const MAXIMUM_OPEN = 100;

/** The text is beyond what is read. */
class TooMuchYaml extends Error {
  override readonly name = 'TooMuchYaml';
}

/**
 * Reads the first document of a text; a second one is an error in it.
 * @param lines How many lines the text has.
 * @throws {TooMuchYaml} when the text has too many lines or parts, or is nested too deeply.
 */
export function parseBounded(text: string, lines: number): Document {
  if (lines > MAXIMUM_LINES) throw new TooMuchYaml(`more than ${MAXIMUM_LINES} lines`);
  // Duplicate keys are told by `readNodes`, which knows both places.
  const composer = new Composer({
    prettyErrors: false,
    uniqueKeys: false,
    version: '1.2',
    stringKeys: false,
    // !!binary and the like, which are not of YAML 1.2's core schema, need what QuickJS does not have.
    resolveKnownTags: false,
  });
  let first: Document | undefined;
  for (const document of composer.compose(tokens(text), true, text.length)) {
    if (first === undefined) {
      first = document as Document;
      continue;
    }
    const [start, end] = document.range;
    first.errors.push(new YAMLParseError([start, end], 'MULTIPLE_DOCS', 'a second document'));
    break;
  }
  if (first === undefined) throw new TooMuchYaml('nothing was read');
  return first;
}

function* tokens(text: string) {
  const parser = new Parser();
  let count = 0;
  /** Open brackets, and signs in this line that open a list or map each. */
  let brackets = 0;
  let inLine = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (++count > MAXIMUM_LEXEMES) throw new TooMuchYaml(`more than ${MAXIMUM_LEXEMES} words and signs`);
    if (lexeme === '[' || lexeme === '{') brackets++;
    else if (lexeme === ']' || lexeme === '}') brackets--;
    else if (lexeme === '\n' || lexeme === '\r\n') inLine = 0;
    else if (brackets === 0 && (lexeme === '-' || lexeme === '?' || lexeme === ':')) inLine++;
    if (brackets > MAXIMUM_OPEN || inLine > MAXIMUM_OPEN) throw new TooMuchYaml('nested too deeply');
    yield* parser.next(lexeme);
  }
  yield* parser.end();
}
