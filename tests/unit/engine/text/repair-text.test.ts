import fc from 'fast-check'
import { expect, test } from 'vitest'
import { repairedText } from '#engine/text/repair-text.ts'

/** Texts, and what ftfy 6.3.1's `fix_text` and Python's `html.unescape`, twice, made of them. */
const pairs: [string, string][] = [
  ['\uff26\uff35\uff2c\uff2c\u3000\uff57\uff49\uff44\uff54\uff48\uff01', 'FULL width!'],
  ['\uff76\uff9e\uff70\uff84\uff9e', '\u30ac\u30fc\u30c9'],
  ['\ufb01re \ufb02y o\ufb03ce \ufb06reet', 'fire fly office street'],
  ['\u0132ssel \u01c6', 'IJssel d\u017e'],
  ['low \u201equotes\u201f and \u201asingle\u201b', 'low "quotes" and \'single\''],
  ['\u02bctis \u201ccurly\u201d \u2018single\u2019', "'tis \"curly\" 'single'"],
  ['bell\u0007 null\u0000 bom\ufeff', 'bell null bom'],
  ['esc \u001b[31mred\u001b[0m', 'esc red'],
  ['cp1252 \u0093quoted\u0094 it\u0092s', 'cp1252 "quoted" it\'s'],
  ['line\u2028sep\u0085', 'line\nsep\u2026'],
  ['caf\u00e9 cafe\u0301', 'caf\u00e9 caf\u00e9'],
  ['P&EACUTE;REZ &eacute;t&eacute; &SZLIG;', 'P\u00c9REZ \u00e9t\u00e9 SS'],
  ['&hearts; &hellip; &mdash; &rsquo; &ldquo;x&rdquo;', '\u2665 \u2026 \u2014 \' "x"'],
  ['&AMP; &Amp; &amp;amp; &amp;lt;b&amp;gt;', '& &Amp; & <b>'],
  ['<b>&eacute;</b> &amp;', '<b>\u00e9</b> &'],
  ['&copy 2020 &notit; &bogus;', '\u00a9 2020 \u00acit; &bogus;'],
  ['&#8217;s &#x27; &#150; &#0;', "'s ' \u2013 \ufffd"],
  ['&Jscr;ohn &CounterClockwiseContourIntegral;', '\ud835\udca5ohn \u2233'],
  ['zero\u200bwidth \u00abangled\u00bb', 'zero\u200bwidth \u00abangled\u00bb'],
  ['\u6771\u4eac \u306e \u591c \ud83d\udc36', '\u6771\u4eac \u306e \u591c \ud83d\udc36'],
]

test.each(pairs)('%j is repaired as ftfy does', (text, expected) => {
  expect(repairedText(text)).toBe(expected)
})

test('plain text stays, and what ftfy repairs is repaired once for all', () => {
  for (const text of ['a man riding a wave', "it's 5 < 6 & so on", '']) expect(repairedText(text)).toBe(text)
  const letters = fc.string({
    unit: fc.constantFrom('a', 'b', ' ', '&', ';', '<', '"', "'", '\uff21', '\ufb01', '\u201e', '\u0301', '\u0007', '\u0092', '\u3000'),
  })
  fc.assert(fc.property(letters, (text) => repairedText(repairedText(text)) === repairedText(text)))
})
