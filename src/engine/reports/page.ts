/** One HTML file that needs nothing beside itself: it may load nothing and run nothing, follows the reader's light or dark, and prints. */
import { html, type Markup, type Part } from './markup.ts'
import { pageStyle } from './page-style.ts'

/** Nothing but styles inside and pictures inside. */
export const reportPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

export interface Fact {
  title: string
  value: string
}

/** The whole document. */
export function page(title: string, body: Part): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${reportPolicy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <style>
          ${{ markup: pageStyle }}
        </style>
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html> `.markup
}

export function factList(facts: readonly Fact[]): Markup {
  return html`<dl class="facts">
    ${facts.map(
      ({ title, value }) =>
        html`<div>
          <dt>${title}</dt>
          <dd><bdi>${value}</bdi></dd>
        </div>`,
    )}
  </dl>`
}

/** A picture inside of the page. */
export function picture(bytes: Uint8Array, type: 'image/webp' | 'image/svg+xml', alt: string): Markup {
  return html`<img src="data:${type};base64,${Buffer.from(bytes).toString('base64')}" alt="${alt}" />`
}

/** How a report says where it is from. */
export function footer(madeAt: string): Markup {
  return html`<footer><p>Made ${madeAt} by Capstan. This file holds all that it shows; it loads and runs nothing.</p></footer>`
}
