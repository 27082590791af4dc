import { expect, test } from 'vitest';
import { parseXml } from '../../../../../sandbox/aws/wire/xml-text.ts';

test('elements, attributes, entities and comments', () => {
  const parsed = parseXml('<?xml version="1.0"?><!-- x --><a k="1 &amp; 2"><b>x &lt; &#65;&#x42;</b><b/> </a>');
  expect(parsed).toMatchObject({
    name: 'a',
    attributes: { k: '1 & 2' },
    children: [
      { name: 'b', text: 'x < AB' },
      { name: 'b', text: '' },
    ],
  });
});

test.each([
  ['an element that is not closed', '<a><b></a>'],
  ['elements that close in the wrong order', '<a><b></a></b>'],
  ['two roots', '<a/><b/>'],
  ['a closing tag alone', '</a>'],
  ['nothing', ''],
  ['a document type, which could bring entities', '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'],
  ['text that is cut off', '<a>x</'],
])('%s is refused', (_name, text) => {
  expect(parseXml(text)).toBeUndefined();
});

test('a character beyond Unicode stays text', () => {
  expect(parseXml('<a>&#x7fffffff;</a>')?.text).toBe('&#x7fffffff;');
});
