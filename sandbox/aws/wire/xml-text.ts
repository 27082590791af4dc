/** One element of a request body. Text is what stands between its children, joined. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

const TOKEN =
  /<\?[^>]*\?>|<!--[\s\S]*?-->|<\/([^\s>]+)\s*>|<([^\s/>!?]+)((?:\s+[^\s=>]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|[^<]+/y;
const ATTRIBUTE = /([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

interface Open {
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  text: string;
}

function unescapeXml(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (hex) return codePoint(Number.parseInt(hex, 16), whole);
      if (decimal) return codePoint(Number(decimal), whole);
      return ENTITIES[name ?? ''] ?? whole;
    },
  );
}

/** A number beyond Unicode is left as it was written. */
function codePoint(value: number, written: string): string {
  return value <= 0x10ffff ? String.fromCodePoint(value) : written;
}

function readAttributes(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(ATTRIBUTE)].map((match) => [match[1] ?? '', unescapeXml(match[2] ?? match[3] ?? '')]),
  );
}

/**
 * Parses the small XML documents that S3 clients send: elements, attributes, text, comments. No document types, hence no entities of the
 * sender's own. Returns undefined when the text is not well-formed.
 */
export function parseXml(source: string): XmlElement | undefined {
  const root: Open = { name: '', attributes: {}, children: [], text: '' };
  const open: Open[] = [root];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const token = TOKEN.exec(source);
    const current = open.at(-1);
    if (!token || !current) return undefined;
    const [whole, closing, opening, attributes = '', selfClosing] = token;
    if (closing !== undefined) {
      if (current.name !== closing || open.length === 1) return undefined;
      open.pop();
    } else if (opening !== undefined) {
      const element: Open = { name: opening, attributes: readAttributes(attributes), children: [], text: '' };
      current.children.push(element);
      if (!selfClosing) open.push(element);
    } else if (!whole.startsWith('<')) {
      current.text += unescapeXml(whole);
    }
  }
  return open.length === 1 && root.children.length === 1 ? root.children[0] : undefined;
}
