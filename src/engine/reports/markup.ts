/** HTML whose every text is escaped: only what `html` itself made goes in as it is. */

/** Markup that is sound already. */
export interface Markup {
  readonly markup: string
}

export type Part = string | number | Markup | null | readonly Part[]

/** A template of HTML: texts are escaped, parts may be lists, null is nothing. */
export function html(fixed: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return { markup: fixed.map((piece, index) => (index === 0 ? piece : written(parts[index - 1]) + piece)).join('') }
}

/** Markup that other code of ours made, such as a plot. */
export function asMarkup(markup: string): Markup {
  return { markup }
}

function written(part: Part): string {
  if (part === null) return ''
  if (typeof part === 'string') return escaped(part)
  if (typeof part === 'number') return String(part)
  return 'markup' in part ? part.markup : part.map(written).join('')
}

const signs: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Signs that end a text or an attribute become names; control characters, which a browser may drop, are shown to be there. */
function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => signs[sign]).replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '\ufffd')
}

/** A text that others wrote: its direction is its own, and it turns nothing around beside it. */
export function foreign(text: string): Markup {
  return html`<bdi>${text}</bdi>`
}
